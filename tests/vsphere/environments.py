"""An environment on a running sandbox, as a pipeline task or an operator has it: a spec, a state directory, verbs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import yaml
from sandboxes import Sandboxed

from paver import api
from paver.contract.driver import Finding
from paver.contract.environment import PavedEnvironment
from paver.engine.events import Event
from paver.engine.plan import Plan
from paver.settings import LoadedSpec, load_spec

Document = dict[str, Any]
Change = Callable[[Document], None]
VOLATILE = frozenset({"files"})
"""Of the census: what a datastore's files are called differs from run to run, their marks do not."""

NOBODY = frozenset({"", "127.0.0.1"})
"""Who manages a host that nobody manages: a host that never was in a vCenter names itself, one that was nobody."""


class Environment:
    """One spec on one sandbox.

    Args:
        sandboxed: The sandbox.
        change: Edits the sandbox's example spec before it is written.
        label: Of the spec file, its state directory and its secret store, where a sandbox carries several.
    """

    def __init__(self, sandboxed: Sandboxed, change: Change | None = None, label: str = "environment") -> None:
        self.sandboxed = sandboxed
        self.id: UUID = uuid4()
        self.base = sandboxed.directory
        self.file = self.base / f"{label}.yml"
        self.state = self.base / f"{label}-state"
        self.document: Document = yaml.safe_load(sandboxed.sandbox.spec(self.base, self.id))
        self.document["secrets"] = f"file:{label}-secrets"
        self.events: list[Event] = []
        self.edit(change)

    @property
    def section(self) -> Document:
        """The driver's section, to edit."""
        section: Document = self.document["iaas"]["vsphere"]
        return section

    @property
    def digits(self) -> str:
        """The owner's, as names end in them."""
        return self.id.hex[:10]

    def register(self) -> Document:
        """The register's value, as it stands on the vCenter's root folder."""
        root = next(thing for thing in self.sandboxed.control("/census")["vcenter"] if thing["path"] == "/")
        found: Document = json.loads(root["props"]["customValue"][f"paver-register-{self.digits}"])
        return found

    def edit(self, change: Change | None = None) -> None:
        """Change the spec and write it."""
        if change is not None:
            change(self.document)
        self.file.write_text(yaml.safe_dump(self.document, sort_keys=False))

    def loaded(self) -> LoadedSpec:
        return load_spec(self.file, iaas="vsphere", environ={})

    def options(self, state: Path | None = None) -> api.Options:
        return api.Options(state_dir=state or self.state)

    def pave(self, state: Path | None = None) -> PavedEnvironment:
        self.events.clear()
        return api.pave(self.loaded(), self.options(state), self.events.append)

    def plan(self, state: Path | None = None) -> Plan:
        return api.plan(self.loaded(), self.options(state))

    def destroy(self, state: Path | None = None) -> Plan:
        self.events.clear()
        return api.destroy(self.loaded(), self.options(state), self.events.append)

    def outputs(self, state: Path | None = None) -> PavedEnvironment:
        return api.outputs(self.loaded(), self.options(state))

    def preflight(self) -> tuple[Finding, ...]:
        return api.preflight(self.loaded(), self.options())

    def command(self, *arguments: str, state: Path | None = None) -> list[str]:
        """The command line of a verb."""
        verb, *rest = arguments
        return [
            *(sys.executable, "-m", "paver", verb, "-c", str(self.file), "--iaas", "vsphere"),
            *("--state-dir", str(state or self.state), *rest),
        ]

    def run(self, *arguments: str, state: Path | None = None) -> subprocess.CompletedProcess[str]:
        """A verb as a process of its own."""
        return subprocess.run(
            self.command(*arguments, state=state),
            env={**os.environ, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def census(sandboxed: Sandboxed, *, without: Iterable[str] = ()) -> dict[str, list[Document]]:
    """Everything on all servers, but for the volatile facts and for these scopes."""
    skipped = frozenset(without)
    return {
        scope: [{**thing, "props": _lasting(thing["props"])} for thing in things]
        for scope, things in sandboxed.control("/census").items()
        if scope not in skipped
    }


def multiset(things: Iterable[Document], *types: str) -> Counter[str]:
    """`Type path`, as often as it is there; of these types alone where any are given."""
    return Counter(f"{thing['type']} {thing['path']}" for thing in things if not types or thing["type"] in types)


def _lasting(props: Document) -> Document:
    found = {name: value for name, value in props.items() if name not in VOLATILE}
    if found.get("managementServerIp") in NOBODY:
        found["managementServerIp"] = ""
    return found
