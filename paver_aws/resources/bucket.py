"""Buckets: private, versioned, encrypted, and open to nobody who does not use TLS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, cast

from pydantic import JsonValue

from paver.contract import names
from paver.contract.answers import changed, waiting
from paver.contract.errors import NotFound, Transient
from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Proof, Value
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places, policies
from paver_aws.api import Record
from paver_aws.errors import action, refusal
from paver_aws.listing import Look
from paver_aws.partition import partition
from paver_aws.resources.noun import AwsKind, Tagged
from paver_aws.settings import AwsSettings

NOUN = "bucket"
AT_ONCE = 1000
"""DeleteObjects takes so many, and a list tells so many (S3 API Reference)."""
AES = "AES256"
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
DEFAULT_REGION = "us-east-1"


class Bucket(Tagged):
    """A bucket."""

    private: bool = True
    versioned: bool = True
    encryption: Value = AES
    """AES256, or the ARN of a KMS key."""
    tls_only: bool = True


STEPS = ("private", "versioned", "encryption", "tls_only", "tags")
"""S3 takes each with a call of its own."""


class BucketKind(AwsKind[Bucket]):
    """`bucket/DATASTORE`. Its name is the whole world's, and ends in the owner's digits."""

    noun = NOUN
    limit: ClassVar[int] = 63
    precious: ClassVar[bool] = True

    def create(self, want: Bucket, attempt: Attempt) -> Answer:
        """Make it in the region; everything else comes next."""
        self.api.change("s3", "create_bucket", about=want.name, Bucket=want.name, **made_in(self.api.region))
        return waiting("made; its settings come next", 0.0, done=0)

    def advance(self, want: Bucket | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """The next setting, or the next thousand objects of one that is to go."""
        found = cast("dict[str, Any]", ticket)
        if want is None:
            return self._emptied(str(found["id"]))
        self._put(want.name, want, STEPS[found["done"]], attempt)
        if found["done"] + 1 < len(STEPS):
            return waiting("made; its settings come next", 0.0, done=found["done"] + 1)
        return Done(have=self._seen(want, attempt.owner))

    def change(self, have: Observed, want: Bucket, field: str, attempt: Attempt) -> Answer:
        """One setting."""
        self._put(have.id, want, field, attempt)
        value = getattr(want, field)
        return changed(have, **{field: dict(value) if field == "tags" else value})

    def tag(self, have: Observed, tags: Mapping[str, str]) -> None:
        """All tags at once: S3 knows no single ones."""
        self.api.change(
            "s3", "put_bucket_tagging", about=have.id, Bucket=have.id, Tagging={"TagSet": marks.pairs(tags)}
        )

    def _retag(self, have: Observed, want: Tagged, attempt: Attempt) -> Answer:
        """Ours and the labels, beside those of others. One that was left half made may bear none at all."""
        there = marks.plain(self._read("get_bucket_tagging", have.id).get("TagSet"))
        others = {name: text for name, text in there.items() if name not in {marks.LABELS, *marks.labels(there)}}
        self.tag(have, {**others, **marks.tags(attempt.owner, want.key, want.name, want.tags)})
        return changed(have, tags=dict(want.tags))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it, once it is empty; who consented to that is the engine's to know."""
        return self._emptied(have.id)

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """By name, in this region."""
        listed = look.pages("s3", "list_buckets", "Buckets", Prefix=f"{look.owner.name}-", BucketRegion=self.api.region)
        found = [(key, record["Name"]) for record in listed if (key := self._key(record["Name"], look.owner))]
        look.pass_by(len(listed) - len(found))
        opened = look.each(lambda one: self._open(look, one[1]), found)
        return [(key, record) for (key, _), record in zip(found, opened, strict=True) if record is not None]

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With every setting, and what is in it."""
        tags = marks.plain(record["tags"].get("TagSet"))
        like = Bucket(
            key=key,
            name=record["Name"],
            private=all(record["private"].get("PublicAccessBlockConfiguration", {}).get(block) for block in BLOCKS),
            versioned=record["versioned"].get("Status") == "Enabled",
            encryption=_encryption(record["encryption"]),
            tls_only=_tls_only(record["policy"].get("Policy")),
            # A bucket that was made a moment ago bears no marks yet: its labels are then missing as well.
            tags=marks.labels(tags) if names.OWNER in tags else {"": ""},
        )
        return self._seen(like, owner, holds=_holds(record["objects"]))

    def _seen(self, like: Bucket, owner: Owner, holds: str = "") -> Observed:
        outputs = {"name": like.name}
        key = str(like.encryption)
        needs = (key.rpartition("/")[2],) if ":key/" in key else ()
        return self.seen(like, like.name, owner, proof=Proof.NAME, outputs=outputs, needs=needs, holds=holds)

    def _key(self, name: str, owner: Owner) -> Key | None:
        tail = names.global_name("", owner.id)
        middle = name.removeprefix(f"{owner.name}-").removesuffix(tail)
        exact = middle and names.global_name(owner.name, owner.id, middle) == name
        return Key(kind=NOUN, name=middle) if exact else None

    def _open(self, look: Look, name: str) -> Record | None:
        asked: Mapping[str, Callable[[], Record]] = {
            "private": lambda: self._read("get_public_access_block", name),
            "versioned": lambda: self._read("get_bucket_versioning", name),
            "encryption": lambda: self._read("get_bucket_encryption", name),
            "policy": lambda: self._read("get_bucket_policy", name),
            "tags": lambda: self._read("get_bucket_tagging", name),
            "objects": lambda: self._read("list_object_versions", name, MaxKeys=AT_ONCE),
        }
        answers = look.each(lambda ask: ask(), asked.values())
        return {"Name": name, **dict(zip(asked, answers, strict=True))}

    def _read(self, method: str, name: str, **arguments: Any) -> Record:
        try:
            return self.api.read("s3", method, about=name, Bucket=name, **arguments)
        except NotFound:  # never set, and so said
            return {}

    def _put(self, name: str, want: Bucket, field: str, attempt: Attempt) -> None:
        match field:
            case "private":
                argument = {"PublicAccessBlockConfiguration": dict.fromkeys(BLOCKS, want.private)}
                self.api.change("s3", "put_public_access_block", about=name, Bucket=name, **argument)
            case "versioned":
                status = {"VersioningConfiguration": {"Status": "Enabled" if want.versioned else "Suspended"}}
                self.api.change("s3", "put_bucket_versioning", about=name, Bucket=name, **status)
            case "encryption":
                rules = {"ServerSideEncryptionConfiguration": {"Rules": [_rule(str(want.encryption))]}}
                self.api.change("s3", "put_bucket_encryption", about=name, Bucket=name, **rules)
            case "tls_only":
                policy = _policy(name, self.api.region)
                self.api.change("s3", "put_bucket_policy", about=name, Bucket=name, Policy=policy)
            case _:
                tags = marks.pairs(marks.tags(attempt.owner, want.key, want.name, want.tags))
                self.api.change("s3", "put_bucket_tagging", about=name, Bucket=name, Tagging={"TagSet": tags})

    def _emptied(self, name: str) -> Answer:
        """One call that changes something: the next objects, or the bucket."""
        listed = self.api.read("s3", "list_object_versions", about=name, Bucket=name, MaxKeys=AT_ONCE)
        objects = [
            {"Key": found["Key"], "VersionId": found["VersionId"]}
            for found in (*listed.get("Versions", ()), *listed.get("DeleteMarkers", ()))
        ]
        if objects:
            batch = {"Objects": objects, "Quiet": True}
            answer = self.api.remove("s3", "delete_objects", about=name, Bucket=name, Delete=batch)
            for left in answer.get("Errors", ()):  # the call succeeds even where it deleted nothing
                raise refusal({"Error": left}, f"DeleteObjects {name}", action("s3", "DeleteObjects"), sent=True)
            return waiting("being emptied", 0.0, id=name)
        self.api.remove("s3", "delete_bucket", about=name, Bucket=name)
        return Done(have=None)


def made_in(region: str) -> dict[str, Any]:
    """The arguments of `create_bucket` that say where: us-east-1 is the one region that must not be named.

    Source: S3 API Reference, CreateBucket.
    """
    return {} if region == DEFAULT_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}


def _rule(encryption: str) -> dict[str, object]:
    if encryption == AES:
        return {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": AES}}
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": encryption}
    return {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}


def _encryption(record: Record) -> str:
    rules = record.get("ServerSideEncryptionConfiguration", {}).get("Rules", ())
    default: Record = next((rule.get("ApplyServerSideEncryptionByDefault", {}) for rule in rules), {})
    return str(default.get("KMSMasterKeyID") or default.get("SSEAlgorithm") or "")


def _policy(name: str, region: str) -> str:
    bucket = f"arn:{partition(region).name}:s3:::{name}"
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket, f"{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _tls_only(text: str | None) -> bool:
    try:
        statements = json.loads(text)["Statement"] if text else []
    except ValueError as error:
        # S3 answers with the policy itself, and boto3 hands on whatever came of it.
        raise Transient("the bucket's policy came incomplete") from error
    return any(
        statement.get("Effect") == "Deny"
        and statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") == "false"
        for statement in ([statements] if isinstance(statements, dict) else statements)
    )


def _holds(record: Record) -> str:
    count = len(record.get("Versions", ())) + len(record.get("DeleteMarkers", ()))
    more = "more than " if record.get("IsTruncated") else ""
    return f"{more}{count:,} object{'s' * (count != 1)}" if count else ""


def bucket_key(name: str) -> Key:
    """The key of a datastore's bucket."""
    return places.key(NOUN, name)


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Bucket]:
    """One for each datastore of purpose object."""
    for name in policies.object_stores(spec):
        asked = name in policies.encrypted(spec)
        yield Bucket(
            key=bucket_key(name),
            name=names.global_name(spec.name, spec.id, name),
            encryption=policies.kms_arn(settings, name) if asked else AES,
        )
