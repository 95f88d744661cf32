"""One environment on one site, as the kit paves, watches and destroys it."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import yaml

from paver.conformance.child import LONGEST, Child, Ended
from paver.conformance.ledger import Ledger
from paver.conformance.target import Census, Line, Site
from paver.conformance.wire import Counts
from paver.conformance.wire.behaviour import When
from paver.settings import load_spec

SIXTEENTHS = 4
FREE_SLOTS = slice(8, 16)
"""Of the address space's sixteenths: those that no purpose has."""


class Clean(NamedTuple):
    """What runs send that nothing disturbs."""

    pave: int
    """Changes."""
    destroy: int
    """Changes."""
    calls: int
    """All requests of the pave but its bookkeeping."""


class Trial:
    """An environment that does not exist yet.

    Args:
        site: Where.
        iaas: The driver's name.
        directory: For its spec, state and secrets.
        ledger: Notes owners and calls.
        owner: Whose it is; None: a new one.
    """

    def __init__(self, site: Site, iaas: str, directory: Path, ledger: Ledger, owner: UUID | None = None) -> None:
        self.site = site
        self.iaas = iaas
        self.owner = owner or uuid4()
        self.directory = directory
        self._ledger = ledger
        directory.mkdir(parents=True, exist_ok=True)
        self.spec = directory / "environment.yml"
        self.spec.write_text(site.spec(self.owner), encoding="utf-8")
        self.state = directory / "state"
        self.name = str(yaml.safe_load(self.spec.read_text(encoding="utf-8"))["name"])
        self.before = site.census()
        self._overlay: Path | None = None
        self._lag = 0.0
        self._children: list[Child] = []
        ledger.owns(self.owner)

    @property
    def line(self) -> Line:
        """The wire endpoint; tests that need it are skipped where there is none."""
        if self.site.line is None:
            raise TypeError("a rule that needs the line must say so")
        return self.site.line

    def change(self, **parts: object) -> None:
        """Lay a second file over the spec: what a person adds; nothing: take it away again."""
        self._overlay = None
        if parts:
            self._overlay = self.directory / "overlay.yml"
            self._overlay.write_text(yaml.safe_dump(parts), encoding="utf-8")

    def widen(self, *names: str) -> None:
        """Add networks, each with a block of the address space that no network of the target's spec uses.

        The spec's own networks are said again: one that names none has those of the defaults, and would lose them.
        """
        spec = load_spec(self.spec, iaas=self.iaas).spec
        own = {name: network.model_dump(mode="json", exclude_defaults=True) for name, network in spec.networks.items()}
        free = list(spec.address_space.subnets(prefixlen_diff=SIXTEENTHS))[FREE_SLOTS]
        more = {name: {"purpose": "workload", "cidr": str(cidr)} for name, cidr in zip(names, free, strict=False)}
        section = self.site.section(names)
        self.change(networks={**own, **more}, **({"iaas": {self.iaas: dict(section)}} if section else {}))

    def start(self, verb: str, *flags: str, environ: Mapping[str, str] | None = None) -> Child:
        """Start a verb."""
        files = [self.spec, *([self._overlay] if self._overlay else [])]
        words = [verb, *(word for file in files for word in ("-c", str(file))), "--iaas", self.iaas]
        if verb != "validate":
            words += ["--state-dir", str(self.state)]
        if verb in {"pave", "destroy"}:
            words += ["-y"]
        if verb == "destroy":
            words += ["--confirm-env", self.name]
        words += ["-o", "json", "--log-format", "json", *flags]
        child = Child(words, self.directory, {**self.environ(), **(environ or {})})
        self._children.append(child)
        return child

    def environ(self) -> dict[str, str]:
        """Variables for every run: the site's, and how far its listings lag where that is known."""
        found = dict(self.site.environ())
        if self.site.settle is not None and not self._lag:
            found[f"PAVER_SPEC__IAAS__{self.iaas.upper().replace('-', '_')}__SETTLE"] = str(self.site.settle)
        return found

    def stale(self, seconds: float) -> None:
        """Let listings lag by so much from now on. Runs know no more of that than what the driver takes for it."""
        self._lag = seconds
        self.site.stale(seconds)

    def run(self, verb: str, *flags: str, environ: Mapping[str, str] | None = None, longest: float = LONGEST) -> Ended:
        """Run a verb to its end, whatever that is."""
        ended = self.start(verb, *flags, environ=environ).wait(longest)
        self._ledger.spent(ended.calls)
        return ended

    def pave(self, *flags: str, longest: float = LONGEST) -> dict[str, Any]:
        """Pave, and return the document. It must succeed."""
        return self._well(self.run("pave", *flags, longest=longest))

    def destroy(self, *flags: str) -> None:
        """Destroy. It must succeed."""
        ended = self.run("destroy", *flags)
        assert ended.code == 0, str(ended)

    def plan(self) -> list[str]:
        """What a plan would do: action and key, kept and adopted things left out. It must succeed."""
        steps = self._well(self.run("plan"))["steps"]
        return sorted(f"{step['action']} {step['key']}" for step in steps if step["action"] not in {"keep", "adopt"})

    def killed(self, verb: str, at: int, when: When) -> Ended:
        """Run a verb that dies at its `at`-th change."""
        self.line.reset()
        children: list[Child] = []

        def strike() -> None:
            children[0].kill()

        self.line.kill(strike, at=at, when=when)
        children.append(self.start(verb))
        ended = children[0].wait()
        self.line.reset()
        return ended

    def counts(self, verb: str) -> Counts:
        """How many requests a run of that verb sends. It must succeed."""
        self.line.reset()
        ended = self.run(verb)
        assert ended.code == 0, str(ended)
        return self.line.counts()

    def clean(self) -> Clean:
        """Pave and destroy, counting both. Nothing is there before and afterwards."""
        paved = self.counts("pave")
        assert paved.mutating, "a pave that changes nothing proves nothing"
        destroyed = self.counts("destroy")
        self.check_gone()
        return Clean(paved.mutating, destroyed.mutating, paved.mutating + paved.reading)

    def lose_state(self) -> None:
        """The next run is on another disk."""
        shutil.rmtree(self.state, ignore_errors=True)

    def made(self) -> Counter[str]:
        """What is there now and was not before."""
        return self._made(self.site.census())

    def _made(self, now: Census) -> Counter[str]:
        return Counter(str(thing) for id_, thing in now.items() if id_ not in self.before)

    def end(self) -> None:
        """Kill what a test that failed left at work."""
        for child in self._children:
            child.end()

    def check_paved(self) -> None:
        """Exactly what is promised is there, once, and all others' things are as they were."""
        now = self.site.census()
        made, expected = self._made(now), self.site.expected()
        assert made == expected, f"too many: {dict(made - expected)}; missing: {dict(expected - made)}"
        check_same(self.before, now)

    def check_gone(self) -> None:
        """The account is as it was before."""
        now = self.site.census()
        made = self._made(now)
        assert not made, f"left behind: {dict(made)}"
        check_same(self.before, now)

    def check_others(self) -> None:
        """What was there before is there, byte by byte."""
        check_same(self.before, self.site.census())

    def _well(self, ended: Ended) -> dict[str, Any]:
        assert ended.code == 0, str(ended)
        found: dict[str, Any] = ended.document
        return found


def check_same(before: Census, now: Census) -> None:
    """Everything that was there is there still, and as it was."""
    gone = [str(thing) for id_, thing in before.items() if id_ not in now]
    assert not gone, f"gone, and others' own: {gone}"
    changed = [f"{thing}: {thing.state} became {now[id_].state}" for id_, thing in before.items() if thing != now[id_]]
    assert not changed, f"changed, and others' own: {changed}"
