"""KMS keys: for datastores that ask for encryption. A deleted one fades for a week, and so does what it opens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, cast

from pydantic import JsonValue

from paver.contract.answers import changed, waiting
from paver.contract.errors import NotFound
from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Phase
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places, policies
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.noun import AwsKind, Tagged
from paver_aws.settings import AwsSettings

NOUN = "kms-key"
WINDOW = 7
"""Days that a key fades: the least that AWS takes (KMS API Reference, ScheduleKeyDeletion)."""
GOING = "PendingDeletion"
TAG_KEY, TAG_VALUE = "TagKey", "TagValue"


class KmsKey(Tagged):
    """A symmetric key that AWS makes anew every year."""

    rotation: bool = True
    enabled: bool = True


class KmsKeyKind(AwsKind[KmsKey]):
    """`kms-key/DATASTORE`."""

    noun = NOUN
    precious: ClassVar[bool] = True

    def create(self, want: KmsKey, attempt: Attempt) -> Answer:
        """Make it; who may use it is IAM's affair, as the default policy says."""
        tags = marks.tags(attempt.owner, want.key, want.name, want.tags)
        made = self.api.change(
            "kms",
            "create_key",
            about=want.name,
            Description=f"paver: {want.key.name} of {attempt.owner.name}",
            Tags=marks.pairs(tags, TAG_KEY, TAG_VALUE),
        )
        found = made["KeyMetadata"]
        return waiting("made; its rotation comes next", 0.0, id=found["KeyId"], arn=found["Arn"])

    def advance(self, want: KmsKey | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """Switch rotation on."""
        found = cast("dict[str, str]", ticket)
        if want is None:
            return Done(have=None)
        self.api.change("kms", "enable_key_rotation", about=want.name, KeyId=found["id"])
        return Done(have=self.seen(want, found["id"], attempt.owner, outputs={"arn": found["arn"]}))

    def change(self, have: Observed, want: KmsKey, field: str, attempt: Attempt) -> Answer:
        """Its rotation, or that it can be used."""
        words = {"rotation": "key_rotation", "enabled": "key"}[field]
        verb = "enable" if getattr(want, field) else "disable"
        self.api.change("kms", f"{verb}_{words}", about=have.id, KeyId=have.id)
        return changed(have, **{field: getattr(want, field)})

    def tag(self, have: Observed, tags: Mapping[str, str]) -> None:
        """Set tags."""
        self.api.change("kms", "tag_resource", about=have.id, KeyId=have.id, Tags=marks.pairs(tags, TAG_KEY, TAG_VALUE))

    def untag(self, have: Observed, names: Sequence[str]) -> None:
        """Remove tags."""
        self.api.change("kms", "untag_resource", about=have.id, KeyId=have.id, TagKeys=list(names))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Begin its end: until the day that is told, it can be taken back."""
        made = self.api.remove("kms", "schedule_key_deletion", about=have.id, KeyId=have.id, PendingWindowInDays=WINDOW)
        fades = made["DeletionDate"].date().isoformat()
        return Done(have=have.model_copy(update={"phase": Phase.FADING, "fades": fades}))

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """By tag: KMS itself lists ids only, those of all keys of the account."""
        filters = [{"Key": "paver-owner", "Values": [str(look.owner.id)]}]
        listed = look.pages(
            "resourcegroupstaggingapi",
            "get_resources",
            "ResourceTagMappingList",
            TagFilters=filters,
            ResourceTypeFilters=["kms"],
        )
        for opened in look.each(self._open, [record["ResourceARN"] for record in listed]):
            if opened is not None:
                key = marks.claim(marks.plain(opened["Tags"], TAG_KEY, TAG_VALUE), look.owner, NOUN)
                if key is None:
                    look.pass_by()
                else:
                    yield key, opened

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With its end, where that has begun."""
        like = KmsKey(
            key=key,
            name=marks.implied(owner.name, key),
            rotation=record["Rotation"],
            enabled=record["Enabled"],
            tags=marks.labels(marks.plain(record["Tags"], TAG_KEY, TAG_VALUE)),
        )
        seen = self.seen(like, record["KeyId"], owner, outputs={"arn": record["Arn"]})
        if record["KeyState"] != GOING:
            return seen
        date = record["DeletionDate"].date().isoformat()
        return seen.model_copy(update={"phase": Phase.FADING, "fades": date})

    def _open(self, arn: str) -> Record | None:
        """Its state, its tags as they are now, its rotation."""
        try:
            found: Record = self.api.read("kms", "describe_key", about=arn, KeyId=arn)["KeyMetadata"]
            tags = self.api.pages("kms", "list_resource_tags", "Tags", KeyId=arn)
            if found["KeyState"] == GOING:
                return {**found, "Tags": tags, "Rotation": False}
            rotation = self.api.read("kms", "get_key_rotation_status", about=arn, KeyId=arn)["KeyRotationEnabled"]
        except NotFound:  # the tagging service has not heard of its end
            return None
        return {**found, "Tags": tags, "Rotation": rotation}


def kms_key_key(name: str) -> Key:
    """The key of a datastore's KMS key."""
    return places.key(NOUN, name)


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[KmsKey]:
    """One for each datastore that asks for encryption, unless the section names one for all."""
    if settings.kms_key is None:
        for name in policies.encrypted(spec):
            yield KmsKey(key=kms_key_key(name), name=places.native(spec, name))
