"""What the nouns that are imported VMs share: the steps of an import, of power, and of the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from pydantic import JsonValue

from paver.contract.driver import Kind
from paver.contract.resource import Answer, Attempt, Desired, Done, Observed, Waiting
from paver_vsphere.machine.importing import Import
from paver_vsphere.machine.vm import ImportedVm, Ticket
from paver_vsphere.session import finished

D = TypeVar("D", bound=Desired)
Step = Callable[[D, Ticket], Answer]


class ImportedKind(Kind[D]):
    """Each step's ticket follows from what the server shows of the VM, so that a lost journal loses nothing.

    verify → import → upload → mark → power on, and then what the noun says. Until the VM bears the mark that its import
    is complete, it may go at any time, with its lease or by us, and is made again.

    Args:
        vm: The VM.
        imported: Its import.
        noun: It, in messages.
        steps: The noun's own: `mark`, `boot`, and what those lead to.
    """

    def __init__(self, vm: ImportedVm, imported: Import[D], noun: str, steps: Mapping[str, Step[D]]) -> None:
        self._machine, self._import, self._noun = vm, imported, noun
        self._steps: Mapping[str, Step[D]] = {
            "verify": lambda want, _: self._import.verified(want),
            "upload": lambda _, at: self._import.upload(at),
            "dead": lambda _want, _at: self._import.clear(),
            "clearing": lambda _, at: self._import.cleared(at),
            "marking": lambda _, at: self.after(at, f"mark the {noun}", "on"),
            "on": lambda _, at: self._machine.power_on(str(at["vm"])),
            "starting": lambda _, at: self.after(at, f"power the {noun} on", "boot"),
            **steps,
        }

    def close(self) -> None:
        """Stop what runs in the background."""
        self._import.close()

    def create(self, want: D, attempt: Attempt) -> Answer:
        """Read the OVA through first; nothing is sent before every digest has been compared."""
        del want, attempt
        return self._import.verify()

    def advance(self, want: D | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """The next step. Without a ticket the import is one whose lease nobody knows: a dead one."""
        del attempt
        at: Ticket = dict(ticket) if isinstance(ticket, dict) else {"step": "dead"}
        return self._remove(at) if want is None else self._steps[str(at["step"])](want, at)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Switch it off, then destroy it: two calls."""
        del attempt
        return self._remove({"step": "off", "vm": have.id})

    def after(self, at: Ticket, what: str, then: str) -> Answer:
        """Once the task is over: the next step."""
        if self.over(at, what):
            return Waiting(ticket={"step": then, "vm": at["vm"]}, again=0.0, said=f"{what}: done")
        return Waiting(ticket=at, again=0.2, said=what)

    def over(self, at: Ticket, what: str) -> bool:
        """Whether the task is over. Raises what it failed with."""
        connection = self._machine.connection
        return finished(connection.task(connection.ref(str(at["task"]))), what)

    def _remove(self, at: Ticket) -> Answer:
        if at["step"] in {"switching", "destroying"}:
            said = "being switched off" if at["step"] == "switching" else "being destroyed"
            if not self.over(at, f"{said} of the {self._noun}"):
                return Waiting(ticket=at, again=0.5, said=said)
            if at["step"] == "destroying":
                return Done(have=None)
        return self._machine.take_down(str(at["vm"]))
