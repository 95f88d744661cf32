"""Whole lives of environments on the memory driver, through the library that tasks import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from paver import api
from paver.contract.environment import PavedEnvironment
from paver.engine.events import Event
from paver.engine.plan import Plan
from paver.memory.hand import Hand
from paver.memory.sandbox import MemorySandbox
from paver.memory.settings import MemorySettings
from paver.memory.world import World
from paver.settings import LoadedSpec, load_spec

OURS = UUID("7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4")
THEIRS = UUID("3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17")


@dataclass
class Life:
    """One environment: its spec file, its world, its state."""

    directory: Path
    owner: UUID = OURS
    file: str = "environment.yml"

    def write(self, memory: Mapping[str, Any] | None = None, **changes: object) -> None:
        """Write the spec: the sandbox's, with some of its top level and its section changed."""
        document = yaml.safe_load(MemorySandbox().spec(self.directory, self.owner))
        document |= changes
        document["iaas"]["memory"] |= {"pending": 0.02, **(memory or {})}
        (self.directory / self.file).write_text(yaml.safe_dump(document))

    @property
    def loaded(self) -> LoadedSpec:
        return load_spec(self.directory / self.file)

    @property
    def hand(self) -> Hand:
        settings = self.loaded.settings
        assert isinstance(settings, MemorySettings)
        return Hand(World.of(settings))

    def options(self, **more: object) -> api.Options:
        return api.Options(state_dir=self.directory / "state", **more)

    def plan(self, **more: object) -> Plan:
        return api.plan(self.loaded, self.options(**more))

    def pave(self, events: list[Event] | None = None, **more: object) -> PavedEnvironment:
        heard: list[Event] = [] if events is None else events
        # What preflight would find is let through: the engine must bear it all the same.
        return api.pave(self.loaded, self.options(**more), heard.append, judge=lambda findings: None)

    def destroy(self, **more: object) -> Plan:
        return api.destroy(self.loaded, self.options(**more))

    def steps(self, **more: object) -> dict[str, str]:
        """What a plan would do, kept things left out."""
        return {str(step.key): step.action.value for step in self.plan(**more) if step.mutates}
