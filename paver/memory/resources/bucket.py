"""Buckets: object stores under a name that the whole world shares. Deleting a full one takes two calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from pydantic import JsonValue

from paver.contract import names
from paver.contract.resource import Answer, Attempt, Desired, Key, Observed, Waiting
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver.memory.kind import MemoryKind
from paver.memory.record import Record
from paver.memory.settings import MemorySettings


class Bucket(Desired):
    """A bucket. Of an adopted one only what is not None is checked."""

    encrypted: bool | None


class BucketKind(MemoryKind[Bucket]):
    """`bucket/DATASTORE`."""

    noun = "bucket"
    precious: ClassVar[bool] = True

    @classmethod
    def native_name(cls, owner: Owner, key: Key) -> str:
        """The owner's digits make it ours in all the world."""
        return names.global_name(owner.name, owner.id, key.name)

    @classmethod
    def outputs(cls, record: Record) -> Mapping[str, JsonValue]:
        """Its name, and whether it is encrypted, of an adopted one as well."""
        return {"name": record["name"], "encrypted": record["fields"].get("encrypted")}

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """What is in it goes first, in a call of its own; that users agreed is the engine's to know."""
        if not have.holds:
            return super().delete(have, attempt)
        self.world.empty(have.id)
        return Waiting(ticket={"id": have.id, "doing": "delete"}, again=0.0, said="emptied")


def bucket_key(name: str) -> Key:
    """The key of an object store's bucket."""
    return Key(kind="bucket", name=name)


def wanted(spec: EnvironmentSpec, settings: MemorySettings) -> Iterator[Bucket]:
    """One for each object store."""
    for name, store in spec.datastores.items():
        if store.purpose == "object":
            native = names.global_name(spec.name, spec.id, name)
            yield Bucket(
                key=bucket_key(name),
                name=native,
                adopt=settings.existing.get(name, native) if store.existing else None,
                encrypted=store.encrypted if store.existing else bool(store.encrypted),
            )
