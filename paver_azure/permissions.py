"""The least that whoever paves a spec must be allowed to do: a custom role, with no wildcard among its actions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from paver.contract import names
from paver.contract.resource import Desired
from paver.contract.spec import EnvironmentSpec
from paver_azure.nouns import KINDS
from paver_azure.settings import AzureSettings
from paver_azure.wanted import resources

# Microsoft Learn, "Azure permissions for Networking", "… Compute", "… Storage", "… Management and governance".
_ALWAYS = (
    "Microsoft.Authorization/permissions/read",
    "Microsoft.Resources/subscriptions/locations/read",
    "Microsoft.Resources/subscriptions/providers/read",
    "Microsoft.Resources/subscriptions/read",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Resources/subscriptions/resources/read",
    "Microsoft.Resources/subscriptions/resourcegroups/resources/read",
    "Microsoft.Compute/locations/operations/read",
    "Microsoft.Compute/locations/usages/read",
    "Microsoft.Compute/skus/read",
    "Microsoft.Network/locations/operations/read",
    "Microsoft.Network/locations/usages/read",
    "Microsoft.Network/privateDnsOperationStatuses/read",
    "Microsoft.Storage/checknameavailability/read",
    "Microsoft.Storage/locations/usages/read",
    "Microsoft.Storage/storageAccounts/delete",
    "Microsoft.Storage/storageAccounts/listKeys/action",
    "Microsoft.Storage/storageAccounts/read",
    "Microsoft.Storage/storageAccounts/write",
)
_TIES = {
    "application-group": ("joinIpConfiguration/action", "joinNetworkSecurityRule/action"),
    "identity": ("assign/action",),
    "machine": ("retrieveBootDiagnosticsData/action",),
    "nat-gateway": ("join/action",),
    "network-interface": ("join/action",),
    "public-address": ("join/action",),
    "route-table": ("join/action",),
    "security-group": ("join/action",),
    "subnet": ("join/action",),
    "virtual-network": ("join/action",),
}
"""What referring to a thing, or asking it, takes beside reading it."""
_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
_GROUPS = "Microsoft.Resources/resourceGroups"
_SPELLED = {_GROUPS: "Microsoft.Resources/subscriptions/resourceGroups"}


class Needed(NamedTuple):
    """What is needed."""

    actions: tuple[str, ...]
    data_actions: tuple[str, ...]


def needed(spec: EnvironmentSpec, settings: AzureSettings) -> Needed:
    """For everything that paving, verifying and destroying this spec does."""
    found = set(_ALWAYS)
    for want in resources(spec, settings):
        found.update(_of(want))
    # Everything is listed, whether the spec wants it or not: what it wanted before may still be there.
    found.update(f"{_SPELLED.get(kind.type, kind.type)}/read" for kind in KINDS)
    found.add("Microsoft.Network/privateDnsZones/ALL/read")
    return Needed(tuple(sorted(found)), (_BLOBS,))


def role(spec: EnvironmentSpec, settings: AzureSettings) -> dict[str, Any]:
    """The custom role, as `az role definition create --role-definition` takes it."""
    allows = needed(spec, settings)
    return {
        "Name": names.global_name(spec.name, spec.id, "paver"),
        "IsCustom": True,
        "Description": f"What paver needs to pave, verify and destroy {spec.name}",
        "Actions": list(allows.actions),
        "NotActions": [],
        "DataActions": list(allows.data_actions),
        "NotDataActions": [],
        "AssignableScopes": [settings.root],
    }


def _of(want: Desired) -> Iterator[str]:
    type_ = next(kind.type for kind in KINDS if kind.noun == want.key.kind)
    spelled = _SPELLED.get(type_, type_)
    verbs: Iterable[str] = ("read",) if want.adopt is not None else ("delete", "read", "write")
    yield from (f"{spelled}/{verb}" for verb in (*verbs, *_TIES.get(want.key.kind, ())))
