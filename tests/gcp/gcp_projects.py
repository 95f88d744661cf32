"""An emulated project in a process of its own, a wire before it that counts, and a raw client past paver."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import yaml

from paver import api
from paver.conformance.wire.log import Counts
from paver.conformance.wire.proxy import Wire
from paver.conformance.wire.request import Request
from paver.conformance.wire.route import Route
from paver.contract.environment import PavedEnvironment
from paver.engine.events import Event
from paver.engine.plan import Plan
from paver.settings import LoadedSpec, load_spec
from paver_gcp.sandbox.census import FADING, census
from paver_gcp.sandbox.stage import Stage

Document = dict[str, Any]


def keeps_the_lease(request: Request) -> bool:
    return "paver-lease-" in request.path or b"paver-lease-" in request.body


class Project:
    """An empty project.

    Args:
        directory: Where the emulator's files go.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        home = directory / "sandbox"
        home.mkdir()
        self.stage = Stage(home)
        self.client = self.stage.client
        self.wire = Wire(
            Route("127.0.0.1:0", self.stage.url.removeprefix("http://")), bookkeeping=keeps_the_lease
        ).__enter__()

    def close(self) -> None:
        self.wire.__exit__(None, None, None)
        self.client.close()
        self.stage.close()

    def environment(self, label: str = "environment", change: Callable[[Document], None] | None = None) -> Environment:
        return Environment(self, label, change)

    def census(self) -> Counter[str]:
        return Counter(f"{thing.noun} {thing.name}" for thing in census(self.client) if thing.noun != FADING)

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Within, nothing that changes anything may go over the wire."""
        self.wire.reset()
        yield
        assert [exchange.operation for exchange in self.wire.exchanges if exchange.mutating] == []

    def counts(self) -> Counts:
        return self.wire.counts()


class Environment:
    """One spec in one project, with its state and its secrets."""

    def __init__(self, project: Project, label: str, change: Callable[[Document], None] | None) -> None:
        self.project = project
        self.id: UUID = uuid4()
        self.file = project.directory / f"{label}.yml"
        self.state = project.directory / f"{label}-state"
        self.document: Document = yaml.safe_load(project.stage.sandbox.spec(project.stage.directory, self.id))
        self.document["secrets"] = f"file:{label}-secrets"
        self.section["credentials_file"] = str(project.stage.credentials)
        self.section["endpoint"] = f"http://{project.wire.address()}"
        self.events: list[Event] = []
        self.edit(change)

    @property
    def section(self) -> Document:
        section: Document = self.document["iaas"]["gcp"]
        return section

    def edit(self, change: Callable[[Document], None] | None = None) -> None:
        if change is not None:
            change(self.document)
        self.file.write_text(yaml.safe_dump(self.document, sort_keys=False))

    def loaded(self) -> LoadedSpec:
        return load_spec(self.file, iaas="gcp", environ={})

    def options(self, **more: Any) -> api.Options:
        return api.Options(state_dir=self.state, **more)

    def pave(self, on_event: Callable[[Event], object] | None = None, **more: Any) -> PavedEnvironment:
        self.events.clear()
        return api.pave(self.loaded(), self.options(**more), on_event or self.events.append)

    def pave_whatever_preflight_finds(self) -> PavedEnvironment:
        """What the driver itself does about what preflight would have stopped."""
        return api.pave(self.loaded(), self.options(), self.events.append, judge=lambda findings: None)

    def plan(self) -> Plan:
        return api.plan(self.loaded(), self.options())

    def destroy(self, **more: Any) -> Plan:
        self.events.clear()
        return api.destroy(self.loaded(), self.options(**more), self.events.append)
