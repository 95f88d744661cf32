"""Aliases: a KMS key's name for people. It is free again the moment it is deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import places
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.kms_key import GOING, kms_key_key
from paver_aws.resources.kms_key import NOUN as KMS_KEY
from paver_aws.resources.noun import AwsKind
from paver_aws.settings import AwsSettings

NOUN = "kms-alias"


class KmsAlias(Desired):
    """A name of a key."""

    target: Value
    """The key's id."""


class KmsAliasKind(AwsKind[KmsAlias]):
    """`kms-alias/DATASTORE`: it bears no tags, and is its key's."""

    noun = NOUN
    replace: ClassVar[frozenset[str]] = frozenset({"target"})

    def create(self, want: KmsAlias, attempt: Attempt) -> Answer:
        """Make it."""
        self.api.change("kms", "create_alias", about=want.name, AliasName=want.name, TargetKeyId=want.target)
        return Done(have=self._seen(want, attempt.owner))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it."""
        self.api.remove("kms", "delete_alias", about=have.id, AliasName=have.id)
        return Done(have=None)

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """Of our keys, under the name that is implied."""
        ours = {record["KeyId"]: key for key, record in look.claimed(KMS_KEY) if record["KeyState"] != GOING}
        if not ours:
            return
        for record in look.pages("kms", "list_aliases", "Aliases"):
            key = ours.get(record.get("TargetKeyId"))
            if key is not None and record["AliasName"] == _alias(look.owner.name, key.name):
                yield Key(kind=NOUN, name=key.name), record

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """Of its key."""
        return self._seen(KmsAlias(key=key, name=record["AliasName"], target=record["TargetKeyId"]), owner)

    def _seen(self, like: KmsAlias, owner: Owner) -> Observed:
        return self.seen(like, like.name, owner, proof=Proof.PARENT, needs=(str(like.target),))


def _alias(environment: str, store: str) -> str:
    return f"alias/{environment}-{store}"


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[KmsAlias]:
    """One for each key."""
    if settings.kms_key is None:
        for name in (name for name, store in spec.datastores.items() if store.encrypted):
            yield KmsAlias(key=places.key(NOUN, name), name=_alias(spec.name, name), target=ref(kms_key_key(name)))
