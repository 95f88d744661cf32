"""Volumes: where machines keep their disks. What users put there goes only with their consent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from pydantic import JsonValue

from paver.contract import names
from paver.contract.errors import Rejected
from paver.contract.resource import Answer, Attempt, Desired, Key, Observed
from paver.contract.spec import EnvironmentSpec
from paver.memory.kind import MemoryKind
from paver.memory.record import Record
from paver.memory.settings import MemorySettings

DEFAULT_GIB = 100


class Volume(Desired):
    """A volume. Of an adopted one only what is not None is checked."""

    purpose: str | None
    capacity_gib: int | None
    encrypted: bool | None


class VolumeKind(MemoryKind[Volume]):
    """`volume/DATASTORE`."""

    noun = "volume"
    replace: ClassVar[frozenset[str]] = frozenset({"purpose", "encrypted"})
    precious: ClassVar[bool] = True

    @classmethod
    def outputs(cls, record: Record) -> Mapping[str, JsonValue]:
        """Its size and whether it is encrypted, of an adopted one as well."""
        return {name: record["fields"].get(name) for name in ("capacity_gib", "encrypted")}

    def update(self, have: Observed, want: Volume, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Volumes grow."""
        before = have.actual.get("capacity_gib")
        if isinstance(before, int) and want.capacity_gib is not None and want.capacity_gib < before:
            raise Rejected(f"{have.id} has {before} GiB and does not shrink to {want.capacity_gib}")
        return super().update(have, want, fields, attempt)


def volume_key(name: str) -> Key:
    """The key of a datastore's volume."""
    return Key(kind="volume", name=name)


def wanted(spec: EnvironmentSpec, settings: MemorySettings) -> Iterator[Volume]:
    """One for each datastore that is no object store."""
    for name, store in spec.datastores.items():
        if store.purpose == "object":
            continue
        native = names.name(spec.name, name)
        given = store.existing
        yield Volume(
            key=volume_key(name),
            name=native,
            adopt=settings.existing.get(name, native) if given else None,
            purpose=None if given else store.purpose,
            capacity_gib=store.capacity_gib or (None if given else DEFAULT_GIB),
            encrypted=store.encrypted if given else bool(store.encrypted),
        )
