"""The key pair: machines let in whoever has its private half, which never leaves the secret store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.noun import Ec2Kind, Tagged
from paver_aws.settings import AwsSettings

NOUN = "key-pair"
JUMPBOX = Key(kind="credential", name="jumpbox")
"""Where core keeps the jumpbox's key."""


class KeyPair(Tagged):
    """A public key."""

    public_key: Value


class KeyPairKind(Ec2Kind[KeyPair]):
    """`key-pair/ENVIRONMENT`. Its name is unique in account and region."""

    noun = NOUN
    resource = "key-pair"
    described = ("describe_key_pairs", "KeyPairs")
    identifier = "KeyPairId"
    replace: ClassVar[frozenset[str]] = frozenset({"public_key"})

    def create(self, want: KeyPair, attempt: Attempt) -> Answer:
        """Import it."""
        made = self.api.change(
            "ec2",
            "import_key_pair",
            about=want.name,
            KeyName=want.name,
            PublicKeyMaterial=str(want.public_key).encode(),
            TagSpecifications=self.specifications(want, attempt),
        )
        return Done(have=self._seen(want, made["KeyPairId"], want.name, attempt.owner))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it; machines that have it keep it."""
        self.remove("ec2", "delete_key_pair", have, KeyName=have.output("name"))
        return Done(have=None)

    def records(self, look: Look) -> Iterator[tuple[Key, Record]]:
        """By tag, with the public keys, which are not told unless asked for."""
        filters = [{"Name": "tag:paver-owner", "Values": [str(look.owner.id)]}]
        for record in look.pages("ec2", "describe_key_pairs", "KeyPairs", Filters=filters, IncludePublicKey=True):
            key = marks.claim(self.tags_of(record), look.owner, NOUN)
            if key is not None and record["KeyName"] == marks.implied(look.owner.name, key):
                yield key, record

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """Without the comment that may stand behind a public key."""
        like = KeyPair(
            key=key,
            name=marks.implied(owner.name, key),
            public_key=" ".join(str(record.get("PublicKey", "")).split()[:2]),
            tags=marks.labels(self.tags_of(record)),
        )
        return self._seen(like, record["KeyPairId"], record["KeyName"], owner)

    def _seen(self, like: KeyPair, id_: str, name: str, owner: Owner) -> Observed:
        bare = like.model_copy(update={"public_key": " ".join(str(like.public_key).split()[:2])})
        return self.seen(bare, id_, owner, outputs={"name": name})


def key_pair_key(spec: EnvironmentSpec) -> Key:
    """The key pair's key."""
    return places.key(NOUN, spec.name)


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[KeyPair]:
    """One, of the jumpbox's key."""
    given = settings.ssh_public_key if spec.jumpbox.existing else None
    yield KeyPair(
        key=key_pair_key(spec),
        name=places.native(spec),
        public_key=given or ref(JUMPBOX, "public_key"),
    )
