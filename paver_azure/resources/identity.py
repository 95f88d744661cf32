"""Managed identities: who a machine is to Azure, without a secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import JsonValue

from paver.contract.resource import Key
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_azure import places, roles
from paver_azure.api import Record
from paver_azure.listing import Look
from paver_azure.resources.group import group_key
from paver_azure.resources.noun import Tagged, TaggedKind, inside
from paver_azure.settings import AzureSettings

NOUN = "identity"


class Identity(Tagged):
    """A user-assigned identity. It has nothing but its name."""


class IdentityKind(TaggedKind[Identity]):
    """`identity/jumpbox`, `identity/director`, `identity/CREDENTIAL`."""

    noun = NOUN
    type = "Microsoft.ManagedIdentity/userAssignedIdentities"
    lasts: ClassVar[bool] = False

    def body(self, want: Identity, owner: Owner) -> dict[str, Any]:
        """Its name and tags."""
        return self.tagged(want, owner)

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> Identity:
        """As it is."""
        return Identity(**base)

    def outputs(self, record: Record) -> dict[str, JsonValue]:
        """What it logs in as, and what roles are assigned to."""
        return {
            "client_id": str(inside(record, "properties", "clientId") or ""),
            "principal_id": str(inside(record, "properties", "principalId") or ""),
        }


def identity_key(name: str) -> Key:
    """The key of an identity."""
    return places.key(NOUN, name)


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[Identity]:
    """One for each machine of paver's, and for each credential that no application is given for."""
    for name in roles.identities(spec, settings):
        yield Identity(key=identity_key(name), name=places.native(spec, name), after=(group_key(spec),))
