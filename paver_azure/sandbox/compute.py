"""The rules of Microsoft.Compute: zones agree, a disk has one machine, a first disk goes with it."""

from __future__ import annotations

import re
import secrets
from typing import Any

from paver_azure.sandbox.message import Json, Refusal
from paver_azure.sandbox.store import SUCCEEDED, Link, Resource, Store

DISKS, MACHINES = "microsoft.compute/disks", "microsoft.compute/virtualmachines"
INTERFACES = "microsoft.network/networkinterfaces"
KEY = re.compile(r"(ssh-rsa|ssh-ed25519) [A-Za-z0-9+/=]+( .*)?")


def check(store: Store, resource: Resource, before: Resource | None) -> None:
    """Hold a body against the rules of its type. Raises Refusal."""
    properties = resource.body.setdefault("properties", {})
    if resource.type == MACHINES:
        _machine(store, resource, properties, before)
    elif resource.type == "microsoft.compute/sshpublickeys" and not KEY.fullmatch(str(properties.get("publicKey"))):
        raise Refusal(400, "InvalidParameter", "The value of parameter publicKey is invalid.")
    elif resource.type == DISKS and before is not None and _size(properties) < _size(before.body["properties"]):
        raise Refusal(409, "OperationNotAllowed", "Shrinking a disk is not supported.")


def _size(properties: Json) -> int:
    return int(properties.get("diskSizeGB") or 0)


def _machine(store: Store, resource: Resource, properties: Json, before: Resource | None) -> None:
    zones = resource.body.get("zones") or []
    if before is None and (disk := store.get(_first_disk_id(resource))) is not None:
        raise Refusal(409, "ConflictingUserInput", f"Disk {disk.name} already exists in resource group.")
    if before is not None:
        resource.secret = before.secret
        _unchanged(before.body["properties"], properties)
    for link in resource.links:
        found = store.get(link.to)
        if found is None:
            continue
        if found.type in {DISKS, INTERFACES}:
            for user in store.users(found.key):
                if user.part.lower() != resource.key and found.type == DISKS:
                    said = f"Disk {found.id} is already attached to VM {user.part}."
                    raise Refusal(409, "AttachDiskWhileBeingDetached", said)
                if found.type == INTERFACES and user.part.lower() != resource.key:
                    said = f"Network interface {found.id} is used by existing VM {user.part}."
                    raise Refusal(400, "NicInUse", said)
        if found.type == DISKS and (found.body.get("zones") or []) != zones:
            said = f"Disk {found.id} cannot be attached to the VM because it is not in zone {zones}."
            raise Refusal(400, "BadRequest", said)


def _unchanged(old: Json, new: Json) -> None:
    for path in (("osProfile",), ("storageProfile", "imageReference")):
        first, second = _inside(old, path), _inside(new, path)
        if first != second:
            raise Refusal(409, "PropertyChangeNotAllowed", f"Changing property '{'.'.join(path)}' is not allowed.")


def _inside(found: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        found = (found or {}).get(name)
    return found


def _first_disk_id(resource: Resource) -> str:
    group = "/".join(resource.id.split("/")[:5])
    name = _inside(resource.body["properties"], ("storageProfile", "osDisk", "name"))
    return f"{group}/providers/Microsoft.Compute/disks/{name}"


def made(store: Store, resource: Resource) -> None:
    """A machine's first disk comes with it."""
    if resource.type != MACHINES:
        return
    id_ = _first_disk_id(resource)
    disk = resource.body["properties"]["storageProfile"]["osDisk"]
    if store.get(id_) is None:
        what = {"creationData": {"createOption": "FromImage"}, "diskSizeGB": 30, "osType": "Linux"}
        sku = {"name": (disk.get("managedDisk") or {}).get("storageAccountType", "Standard_LRS")}
        where: Json = {name: resource.body[name] for name in ("location", "zones") if name in resource.body}
        store.add(Resource(id_, DISKS, {**where, "sku": sku, "properties": what}, SUCCEEDED))
    disk.setdefault("managedDisk", {})["id"] = id_
    resource.secret = resource.secret or secrets.token_urlsafe(20)
    resource.links = (*resource.links, Link(resource.id, id_.lower()))


def gone(store: Store, resource: Resource) -> None:
    """And it goes with it, where the machine says so."""
    if resource.type == MACHINES:
        disk = resource.body["properties"]["storageProfile"]["osDisk"]
        found = store.get(_first_disk_id(resource))
        if found is not None and disk.get("deleteOption") == "Delete":
            store.drop(found)


def told(store: Store, resource: Resource, body: Json) -> None:
    """A disk says which machine has it."""
    if resource.type == DISKS:
        users = store.users(resource.key)
        body["properties"]["diskState"] = "Attached" if users else "Unattached"
        if users:
            body["managedBy"] = users[0].part
