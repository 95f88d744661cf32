"""The control plane: a thing that takes its time to be made, and then serves a session of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

from pydantic import JsonValue

from paver.contract import names
from paver.contract.driver import Session
from paver.contract.resource import Desired, Key, Observed, Phase, Ref, Value
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver.memory.kind import MemoryKind
from paver.memory.record import Record
from paver.memory.resources.subnet import subnet_key
from paver.memory.settings import MemorySettings
from paver.memory.world import World

CONTROL_PLANE = Key(kind="control-plane", name="main")


class ControlPlane(Desired):
    """A control plane."""

    subnet: Value


class ControlPlaneKind(MemoryKind[ControlPlane]):
    """`control-plane/main`.

    Args:
        world: The API.
        inside: From a control plane's id to the session that it serves.
    """

    noun = "control-plane"
    replace: ClassVar[frozenset[str]] = frozenset({"subnet"})
    needs = ("subnet",)
    container = True

    def __init__(self, world: World, inside: Callable[[str], Session]) -> None:
        super().__init__(world)
        self._inside = inside

    @classmethod
    def native_name(cls, owner: Owner, key: Key) -> str:
        """Names are taken account-wide, so the owner's digits are in it."""
        return names.global_name(owner.name, owner.id, key.name)

    @classmethod
    def outputs(cls, record: Record) -> Mapping[str, JsonValue]:
        """Where it answers."""
        return {"url": f"memory://{record['id']}"}

    def opens(self, have: Observed) -> Session | None:
        """The session that it serves once it is ready."""
        return self._inside(have.id) if have.phase is Phase.READY else None


def wanted(spec: EnvironmentSpec, settings: MemorySettings) -> Iterator[ControlPlane]:
    """One, unless the section wants none."""
    if settings.control_plane:
        network = spec.of_purpose("management")[0]
        yield ControlPlane(
            key=CONTROL_PLANE,
            name=names.global_name(spec.name, spec.id, CONTROL_PLANE.name),
            subnet=Ref(to=subnet_key(network, "z1")),
        )
