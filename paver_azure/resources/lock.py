"""Locks against deletion, by setting: of the virtual network, the storage account and the public addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from paver.contract.names import marker, read_marker
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_azure import ids, places
from paver_azure.api import Record, Sent
from paver_azure.listing import Look
from paver_azure.resources.noun import AzureKind, inside
from paver_azure.resources.public_address import wanted as addresses
from paver_azure.resources.storage_account import account_key
from paver_azure.resources.virtual_network import network_key
from paver_azure.settings import AzureSettings

NOUN = "lock"
LEVEL = "CanNotDelete"
_CHILDREN = ("subnet", "container", "zone-link")


class Lock(Desired):
    """A lock."""

    on: Value
    """What it locks, with all that is in it."""
    level: str = LEVEL


class LockKind(AzureKind[Lock]):
    """`lock/KIND/NAME`: its notes bear the mark, so that nobody else's is ever taken away."""

    noun = NOUN
    type = "Microsoft.Authorization/locks"
    lasts: ClassVar[bool] = False
    replace: ClassVar[frozenset[str]] = frozenset({"on"})

    def id_of(self, want: Lock, owner: Owner) -> str:
        """On what it locks."""
        return f"{want.on}/providers/{self.type}/{want.name}"

    def body(self, want: Lock, owner: Owner) -> dict[str, Any]:
        """What it keeps from happening, and whose it is."""
        return {"properties": {"level": want.level, "notes": marker(owner, want.key)}}

    def listed(self, look: Look) -> list[Record]:
        """One call a group tells all in it."""
        return [lock for group in look.groups() for lock in look.all_of(self.type, group)]

    def claim(self, record: Record, look: Look) -> Key | None:
        """By its notes, where the name is the one that the key implies."""
        marked = read_marker(inside(record, "properties", "notes"))
        if marked is None or marked[0] != look.owner or marked[1].kind != NOUN:
            return None
        return marked[1] if str(record["name"]).lower() == self.native(look.owner, marked[1]) else None

    def answer(self, sent: Sent, id_: str, want: Lock, attempt: Attempt) -> Answer:
        """It is there at once."""
        record = {**self.body(want, attempt.owner), **sent.record, "id": id_, "name": want.name}
        return Done(have=self.observed(record, want.key, attempt.owner))

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> Lock:
        """As it is."""
        at = str(record["id"]).lower().rpartition("/providers/microsoft.authorization/")[0]
        level = str(inside(record, "properties", "level") or "")
        return Lock(key=base["key"], name=base["name"], on=ids.canonical(at), level=level)

    def needs(self, like: Lock, id_: str, look: Look | None) -> Iterable[str]:
        """What it locks and what is in that: all of it goes after the lock."""
        yield str(like.on)
        if look is not None:
            yield from (one for one in look.ours(*_CHILDREN) if one.startswith(f"{like.on}/"))


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[Lock]:
    """One on each thing that would be missed most, and is not others'."""
    if not settings.locks:
        return
    on: list[Key] = [account_key(spec), *(address.key for address in addresses(spec, settings))]
    on += [] if settings.virtual_network else [network_key(spec)]
    for key in on:
        parts = (key.kind, *(() if key.name == spec.name else key.name.split("/")))
        yield Lock(key=places.key(NOUN, *parts), name=places.native(spec, *parts), on=ref(key))
