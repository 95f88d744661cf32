"""The SSH key: machines let in whoever has its private half, which never leaves the secret store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import JsonValue

from paver.contract.resource import Key, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_azure import places
from paver_azure.api import Record
from paver_azure.listing import Look
from paver_azure.resources.group import group_key
from paver_azure.resources.noun import Tagged, TaggedKind, inside
from paver_azure.settings import AzureSettings

NOUN = "ssh-key"
JUMPBOX = Key(kind="credential", name="jumpbox")
"""Where core keeps the jumpbox's key."""


class SshKey(Tagged):
    """A public key."""

    public_key: Value


class SshKeyKind(TaggedKind[SshKey]):
    """`ssh-key/ENVIRONMENT`."""

    noun = NOUN
    type = "Microsoft.Compute/sshPublicKeys"
    lasts: ClassVar[bool] = False

    def body(self, want: SshKey, owner: Owner) -> dict[str, Any]:
        """The public half."""
        return {**self.tagged(want, owner), "properties": {"publicKey": str(want.public_key)}}

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> SshKey:
        """Without the comment that may stand behind it."""
        text = str(inside(record, "properties", "publicKey") or "")
        return SshKey(**base, public_key=" ".join(text.split()[:2]))

    def outputs(self, record: Record) -> dict[str, JsonValue]:
        """The key itself, for machines."""
        return {"public_key": " ".join(str(inside(record, "properties", "publicKey") or "").split()[:2])}


def ssh_key_key(spec: EnvironmentSpec) -> Key:
    """The key's key."""
    return places.key(NOUN, spec.name)


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[SshKey]:
    """One, of the jumpbox's key."""
    given = settings.ssh_public_key if spec.jumpbox.existing else None
    yield SshKey(
        key=ssh_key_key(spec),
        name=places.native(spec),
        public_key=given or ref(JUMPBOX, "public_key"),
        after=(group_key(spec),),
    )
