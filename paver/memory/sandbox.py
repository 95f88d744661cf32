"""The sandbox: a directory in which a world lies. There is no process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

from paver.contract.driver import Sandbox


class MemorySandbox(Sandbox):
    """A world, its spec and its secrets in one directory."""

    def prepare(self, directory: Path, say: Callable[[str], None]) -> Sequence[str]:
        """Nothing to run; the first call makes the world."""
        del directory, say
        return ()

    def spec(self, directory: Path, owner: UUID) -> str:
        """Every noun once."""
        del directory
        return f"""\
schema_version: 1
name: sandbox
id: {owner}
zones: 2
address_space: 10.40.0.0/16
dns: {{zone: sandbox.example.com}}
load_balancers:
  concourse: {{ports: [443]}}
secrets: file:secrets

iaas:
  memory:
    path: world.json
    zones: {{z1: rack-1, z2: rack-2}}
"""
