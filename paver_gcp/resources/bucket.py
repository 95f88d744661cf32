"""Buckets: access by policy alone, never public, versioned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from pydantic import JsonValue

from paver.contract import names
from paver.contract.answers import changed, waiting
from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Proof
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict, Owner
from paver_gcp import marks, places, policies
from paver_gcp.api import Record, quoted
from paver_gcp.listing import Look
from paver_gcp.resources.noun import GcpKind, Labelled
from paver_gcp.settings import GcpSettings

NOUN = "bucket"
ENFORCED = "enforced"
AT_ONCE = 1000
"""Most objects of one list (Cloud Storage JSON API, `objects.list`)."""


class Bucket(Labelled):
    """A bucket. Google encrypts everything that is in one."""

    location: str
    uniform: bool = True
    """Whether its policy alone says who may what, and no object's list of its own."""
    public_access: str = ENFORCED
    versioned: bool = True
    soft_delete: int = 0
    """Seconds that deleted objects are kept: versions do that, and a bucket that was deleted is to be gone."""


class BucketKind(GcpKind[Bucket]):
    """`bucket/DATASTORE`. Its name is the whole world's, and ends in the owner's digits."""

    noun = NOUN
    precious: ClassVar[bool] = True
    replace: ClassVar[frozenset[str]] = frozenset({"location"})

    def create(self, want: Bucket, attempt: Attempt) -> Answer:
        """Make it with all its settings, and its marks."""
        body = {
            "name": want.name,
            "location": want.location,
            **_settings(want),
            "labels": marks.labels(attempt.owner, want.key, want.labels, {}),
        }
        made = self.api.change("POST", "storage", "b", body, about=f"bucket {want.name}", project=self.api.project)
        return Done(have=self._seen(made, want.key, attempt.owner))

    def change(self, have: Observed, want: Bucket, fields: frozenset[str], attempt: Attempt) -> Answer:
        """All settings and labels in one call. A label that goes is null there."""
        path = f"b/{quoted(have.id)}"
        record = self.api.read("storage", path)
        before = record.get("labels", {})
        labels: dict[str, Any] = marks.labels(attempt.owner, want.key, want.labels, before)
        gone = dict.fromkeys(set(before) - set(labels))
        body = {**_settings(want), "labels": {**labels, **gone}}
        self.api.change("PATCH", "storage", path, body, ifMetagenerationMatch=record["metageneration"])
        told = {name: getattr(want, name) for name in fields}
        return changed(have, **{name: dict(v) if isinstance(v, FrozenDict) else v for name, v in told.items()})

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it, once it is empty; who consented to that is the engine's to know."""
        return self._emptied(have.id)

    def advance(self, want: Bucket | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """The next object of one that is to go."""
        return self._emptied(str(ticket["id"]) if isinstance(ticket, dict) else "")

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """By name, in this project."""
        listed = look.pages("storage", "b", "items", project=self.api.project, prefix=f"{look.owner.name}-")
        found = [(key, record) for record in listed if (key := self._key(record["name"], look.owner))]
        look.pass_by(len(listed) - len(found))
        held = look.each(lambda one: self._objects(one[1]["name"], AT_ONCE) if look.whole else {}, found)
        return [(key, {**record, "_held": objects}) for (key, record), objects in zip(found, held, strict=True)]

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With every setting, and what is in it."""
        return self._seen(record, key, owner)

    def _seen(self, record: Record, key: Key, owner: Owner) -> Observed:
        access = record.get("iamConfiguration", {})
        like = Bucket(
            key=key,
            name=record["name"],
            location=str(record.get("location", "")).lower(),
            uniform=bool(access.get("uniformBucketLevelAccess", {}).get("enabled")),
            public_access=access.get("publicAccessPrevention", ""),
            versioned=bool(record.get("versioning", {}).get("enabled")),
            soft_delete=int(record.get("softDeletePolicy", {}).get("retentionDurationSeconds", 0)),
            labels=marks.shown(record.get("labels", {}), owner, key),
        )
        outputs = {"name": like.name}
        return self.seen(
            like, like.name, owner, proof=Proof.NAME, outputs=outputs, holds=_holds(record.get("_held", {}))
        )

    def _key(self, name: str, owner: Owner) -> Key | None:
        tail = names.global_name("", owner.id)
        middle = name.removeprefix(f"{owner.name}-").removesuffix(tail)
        exact = middle and names.global_name(owner.name, owner.id, middle) == name
        return Key(kind=NOUN, name=middle) if exact else None

    def _objects(self, name: str, most: int) -> Record:
        return self.api.read("storage", f"b/{quoted(name)}/o", versions=True, maxResults=most)

    def _emptied(self, name: str) -> Answer:
        """One call that changes something: the next object, or the bucket."""
        found = next(iter(self._objects(name, 1).get("items", ())), None)
        if found is None:
            self.api.remove("storage", f"b/{quoted(name)}")
            return Done(have=None)
        path = f"b/{quoted(name)}/o/{quoted(found['name'])}"
        self.api.remove("storage", path, generation=found["generation"])
        return waiting("being emptied", 0.0, id=name)


def _settings(want: Bucket) -> dict[str, Any]:
    return {
        "iamConfiguration": {
            "uniformBucketLevelAccess": {"enabled": want.uniform},
            "publicAccessPrevention": want.public_access,
        },
        "versioning": {"enabled": want.versioned},
        "softDeletePolicy": {"retentionDurationSeconds": str(want.soft_delete)},
    }


def _holds(record: Record) -> str:
    count = len(record.get("items", ()))
    more = "more than " if record.get("nextPageToken") else ""
    return f"{more}{count:,} object{'s' * (count != 1)}" if count else ""


def bucket_key(name: str) -> Key:
    """The key of a datastore's bucket."""
    return places.key(NOUN, name)


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Bucket]:
    """One for each datastore of purpose object."""
    for name in policies.object_stores(spec):
        yield Bucket(
            key=bucket_key(name),
            name=names.global_name(spec.name, spec.id, name),
            location=(settings.bucket_location or settings.region).lower(),
        )
