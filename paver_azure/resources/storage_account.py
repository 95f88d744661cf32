"""The storage account: private, over TLS only. Its name is the whole world's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import JsonValue

from paver.contract import names
from paver.contract.resource import Key
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_azure import places
from paver_azure.api import Record
from paver_azure.listing import Look
from paver_azure.resources.group import group_key
from paver_azure.resources.noun import Tagged, TaggedKind, inside
from paver_azure.settings import AzureSettings

NOUN = "storage-account"


class StorageAccount(Tagged):
    """An account for blobs."""

    redundancy: str
    twice_encrypted: bool
    """With a second key of Azure's, below the first one."""
    private: bool = True
    """Whether nothing in it can be made public."""
    tls_only: bool = True
    tls: str = "TLS1_2"


class StorageAccountKind(TaggedKind[StorageAccount]):
    """`storage-account/ENVIRONMENT`."""

    noun = NOUN
    type = "Microsoft.Storage/storageAccounts"
    lasts: ClassVar[bool] = False
    precious: ClassVar[bool] = True
    replace: ClassVar[frozenset[str]] = frozenset({"twice_encrypted"})

    def native(self, owner: Owner, key: Key) -> str:
        """Without hyphens, with the owner's digits."""
        return names.folded_name(owner.name, owner.id)

    def body(self, want: StorageAccount, owner: Owner) -> dict[str, Any]:
        """With every door closed that need not be open."""
        service = {"enabled": True, "keyType": "Account"}
        encryption = {
            "keySource": "Microsoft.Storage",
            "services": {"blob": service, "file": service},
            "requireInfrastructureEncryption": want.twice_encrypted,
        }
        return {
            **self.tagged(want, owner),
            "kind": "StorageV2",
            "sku": {"name": want.redundancy},
            "properties": {
                "accessTier": "Hot",
                "allowBlobPublicAccess": not want.private,
                "minimumTlsVersion": want.tls,
                "supportsHttpsTrafficOnly": want.tls_only,
                "encryption": encryption,
            },
        }

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> StorageAccount:
        """As it is."""
        properties = record.get("properties") or {}
        return StorageAccount(
            **base,
            redundancy=str(inside(record, "sku", "name") or ""),
            twice_encrypted=bool(inside(properties, "encryption", "requireInfrastructureEncryption")),
            private=properties.get("allowBlobPublicAccess") is False,
            tls_only=properties.get("supportsHttpsTrafficOnly") is True,
            tls=str(properties.get("minimumTlsVersion") or ""),
        )

    def outputs(self, record: Record) -> dict[str, JsonValue]:
        """Where its blobs are."""
        return {"blobs": str(inside(record, "properties", "primaryEndpoints", "blob") or "")}

    def holds(self, record: Record, look: Look) -> str:
        """Containers that others made in it."""
        account, group = str(record["name"]), str(record["id"]).split("/")[4]
        containers = "Microsoft.Storage/storageAccounts/blobServices/containers"
        listed = look.all_of(containers, group, account, include="metadata")
        others = len(listed) - len([one for _, one in look.claimed("container") if one["Account"] is record])
        return f"{others} container{'s' * (others != 1)} of others" if others > 0 else ""


def account_key(spec: EnvironmentSpec) -> Key:
    """The account's key."""
    return places.key(NOUN, spec.name)


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[StorageAccount]:
    """One: BOSH's containers and every datastore of objects are in it."""
    yield StorageAccount(
        key=account_key(spec),
        name=names.folded_name(spec.name, spec.id),
        redundancy=settings.redundancy,
        twice_encrypted=any(store.purpose == "object" and store.encrypted for store in spec.datastores.values()),
        after=(group_key(spec),),
    )
