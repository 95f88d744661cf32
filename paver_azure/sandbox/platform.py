"""The rules of storage accounts, private zones and identities, and what Azure adds to them."""

from __future__ import annotations

import base64
import re
import secrets
import uuid
from typing import Any

from paver_azure.sandbox.kinds import ACCOUNTS, CONTAINERS
from paver_azure.sandbox.message import Json, Refusal
from paver_azure.sandbox.place import parent
from paver_azure.sandbox.store import SUCCEEDED, Resource, Store

ZONES = "microsoft.network/privatednszones"
ZONE_LINKS, RECORDS, SOA = f"{ZONES}/virtualnetworklinks", f"{ZONES}/a", f"{ZONES}/soa"
IDENTITIES = "microsoft.managedidentity/userassignedidentities"
ACCOUNT_NAME = re.compile(r"[a-z0-9]{3,24}")
CONTAINER_NAME = re.compile(r"[a-z0-9](-?[a-z0-9]){2,62}")


def check(store: Store, resource: Resource, before: Resource | None) -> None:
    """Hold a body against the rules of its type. Raises Refusal."""
    properties = resource.body.setdefault("properties", {})
    if resource.type == ACCOUNTS:
        _account(store, resource, properties, before)
    elif resource.type == CONTAINERS:
        if store.get(account_of(resource.id)) is None:
            raise Refusal(404, "ResourceNotFound", f"The Resource {account_of(resource.id)} was not found.")
        if not CONTAINER_NAME.fullmatch(resource.name):
            raise Refusal(400, "InvalidResourceName", "The specified resource name contains invalid characters.")
        account = store.get(account_of(resource.id))
        shown = str(properties.get("publicAccess") or "None") != "None"
        if shown and account is not None and account.body["properties"].get("allowBlobPublicAccess") is False:
            raise Refusal(409, "PublicAccessNotPermitted", "Public access is not permitted on this storage account.")
    elif resource.type in {ZONE_LINKS, RECORDS}:
        if store.get(parent(resource.id)) is None:
            said = f"Can not perform the operation on a nested resource. Parent '{parent(resource.id)}' not found."
            raise Refusal(404, "ParentResourceNotFound", said)
    elif resource.type == IDENTITIES:
        old: dict[str, Any] = before.body["properties"] if before is not None else {}
        for name in ("clientId", "principalId"):
            properties[name] = old.get(name) or str(uuid.uuid4())


def _account(store: Store, resource: Resource, properties: Json, before: Resource | None) -> None:
    if not ACCOUNT_NAME.fullmatch(resource.name):
        said = f"{resource.name} is not a valid storage account name: 3 to 24 numbers and lower-case letters."
        raise Refusal(400, "AccountNameInvalid", said)
    if before is None and taken(store, resource.name):
        raise Refusal(409, "StorageAccountAlreadyTaken", f"The storage account named {resource.name} is already taken.")
    old = before.body["properties"] if before is not None else None
    second = (properties.get("encryption") or {}).get("requireInfrastructureEncryption")
    if old is not None and bool((old.get("encryption") or {}).get("requireInfrastructureEncryption")) != bool(second):
        said = "Values for request parameters are invalid: requireInfrastructureEncryption cannot be changed."
        raise Refusal(400, "InvalidValuesForRequestParameters", said)
    resource.secret = before.secret if before is not None else base64.b64encode(secrets.token_bytes(64)).decode()


def taken(store: Store, name: str) -> bool:
    """Whether some account anywhere has that name."""
    return any(one.name.lower() == name.lower() for one in store.of(ACCOUNTS))


def account_of(container: str) -> str:
    """The account that a container is in."""
    at = container.lower().index("/blobservices/")
    return container[:at]


def made(store: Store, resource: Resource) -> None:
    """A zone comes with its first record."""
    if resource.type == ZONES and store.get(f"{resource.id}/SOA/@") is None:
        told = {
            "ttl": 3600,
            "soaRecord": {"host": "azureprivatedns.net", "email": "azureprivatedns-host.microsoft.com"},
        }
        store.add(Resource(f"{resource.id}/SOA/@", SOA, {"properties": told}, SUCCEEDED))


def deletable(store: Store, resource: Resource) -> None:
    """A zone that networks see stays."""
    if resource.type == ZONES and (there := store.of(ZONE_LINKS, resource.key)):
        said = f"Can not delete resource {resource.id} before nested resources are deleted: {there[0].id}"
        raise Refusal(409, "CannotDeleteResource", said)


def told(resource: Resource, properties: Json, base: str) -> None:
    """What only a reader sees."""
    if resource.type == ACCOUNTS:
        properties["primaryEndpoints"] = {"blob": f"{base}/blob/{resource.name}/"}
        properties.setdefault("publicNetworkAccess", "Enabled")
    if resource.type in {RECORDS, SOA}:
        properties["fqdn"] = f"{resource.name}.{parent(resource.id).rpartition('/')[2]}."
    if resource.type == CONTAINERS:
        properties.setdefault("publicAccess", "None")
        properties |= {"leaseState": "Available", "hasLegalHold": False}
