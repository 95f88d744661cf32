"""Containers for blobs: BOSH's own two, and one for each datastore of objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from paver.contract.errors import NotFound
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Name, Owner
from paver_azure import ids, places
from paver_azure.api import Record
from paver_azure.listing import Look
from paver_azure.resources.inner import InnerKind
from paver_azure.resources.noun import inside
from paver_azure.resources.storage_account import NOUN as ACCOUNT
from paver_azure.resources.storage_account import account_key
from paver_azure.settings import AzureSettings

NOUN = "container"
BOSH = ("bosh", "stemcell")
"""As BOSH's CPI names them (bosh.io, "Azure CPI")."""
OWNER, KEY = "paver_owner", "paver_key"
"""Metadata, whose names are those of variables (Microsoft Learn, "Naming and referencing containers")."""
AT_ONCE = 1000


class Container(Desired):
    """A container that nobody reads without a key."""

    account: Value
    public: str = "None"


class ContainerKind(InnerKind[Container]):
    """`container/NAME`."""

    noun = NOUN
    type = "Microsoft.Storage/storageAccounts/blobServices/containers"
    lasts: ClassVar[bool] = False
    precious: ClassVar[bool] = True
    replace: ClassVar[frozenset[str]] = frozenset({"account"})

    def native(self, owner: Owner, key: Key) -> str:
        """The key's own: it is unique in its account."""
        return key.name

    def id_of(self, want: Container, owner: Owner) -> str:
        """In its account."""
        return ids.child(f"{want.account}/blobServices/default", "containers", want.name)

    def body(self, want: Container, owner: Owner) -> dict[str, Any]:
        """Closed, with its marks."""
        return {"properties": {"publicAccess": want.public, "metadata": {OWNER: str(owner.id), KEY: want.key.name}}}

    def answer(self, sent: Any, id_: str, want: Container, attempt: Attempt) -> Answer:
        """It is there at once."""
        return Done(have=self.observed({"id": id_, "name": want.name, **_plain(want)}, want.key, attempt.owner))

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """By their marks, one list for each account of ours, each opened for whether anything is in it."""
        near: list[tuple[Key, Record]] = []
        others: list[str] = []
        for _, account in look.claimed(ACCOUNT):
            group = str(account["id"]).split("/")[4]
            for record in look.all_of(self.type, group, str(account["name"]), include="metadata"):
                marks = inside(record, "properties", "metadata") or {}
                name = str(record["name"])
                if marks.get(OWNER) == str(look.owner.id) and marks.get(KEY) == name:
                    near.append((Key(kind=NOUN, name=name), {**record, "Account": account}))
                else:
                    others.append(ids.canonical(str(record["id"])))
        self.api.note_others(NOUN, others)
        look.pass_by(len(others))
        opened = look.each(lambda one: self._holds(one[1]), near) if look.whole else [""] * len(near)
        return [(key, {**record, "Holds": held}) for (key, record), held in zip(near, opened, strict=True)]

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> Container:
        """As it is."""
        account = ids.canonical(str(record["id"])).rpartition("/blobServices/")[0]
        public = str(inside(record, "properties", "publicAccess") or "None")
        return Container(key=base["key"], name=base["name"], account=account, public=public)

    def proof(self, like: Container) -> Proof:
        """Its marks, which came with it."""
        return Proof.MARK

    def needs(self, like: Container, id_: str, look: Look | None) -> Iterable[str]:
        """Its account."""
        return (str(like.account),)

    def holds(self, record: Record, look: Look) -> str:
        """The blobs in it."""
        return str(record.get("Holds", ""))

    def update(self, have: Observed, want: Container, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Close it again."""
        return self.answer(self.api.put(self.type, have.id, self.body(want, attempt.owner)), have.id, want, attempt)

    def _holds(self, record: Record) -> str:
        url = str(inside(record["Account"], "properties", "primaryEndpoints", "blob") or "")
        try:
            count, more = self.api.blobs(url, str(record["name"]), AT_ONCE)
        except NotFound:  # it goes at this very moment
            return ""
        return f"{'more than ' if more else ''}{count:,} blob{'s' * (count != 1)}" if count else ""


def _plain(want: Container) -> dict[str, Any]:
    return {"properties": {"publicAccess": want.public}}


def container_key(name: Name) -> Key:
    """The key of a container."""
    return places.key(NOUN, name)


def names_of(spec: EnvironmentSpec) -> tuple[Name, ...]:
    """The datastores that are containers."""
    return tuple(name for name, store in spec.datastores.items() if store.purpose == "object")


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[Container]:  # noqa: ARG001  all nouns are asked alike
    """BOSH's, and the datastores'."""
    for name in dict.fromkeys((*BOSH, *names_of(spec))):
        yield Container(key=container_key(name), name=name, account=ref(account_key(spec)))
