"""Instances: made with a disk from an image, booted some time later, telling their host key as guest attributes."""

from __future__ import annotations

from typing import Any

from paver_gcp.sandbox.call import Call, answers
from paver_gcp.sandbox.networks import check_free, free
from paver_gcp.sandbox.operations import operate, repeated
from paver_gcp.sandbox.places import image_of, machine_type
from paver_gcp.sandbox.problem import Problem, absent, invalid, stale, unmade, unready, used
from paver_gcp.sandbox.world import Record, World, bare, fingerprint, link, moment

STORAGE = "https://storage.googleapis.com/"
DISK_GIB = "10"


def instance(call: Call, path: str, record: Record, before: Record | None) -> None:
    """A type and an image that are there, a subnet of the region, addresses that are free, an account that is."""
    if before is not None:
        return
    zone = path.split("/")[3]
    kind = machine_type(call.world, zone, str(record.get("machineType", "")))
    record["machineType"] = link(f"projects/{call.text('project')}/{kind}")
    if len(record.get("networkInterfaces", ())) != 1:
        raise unmade("instances with other than one network interface")
    _interface(call, zone, record["networkInterfaces"][0])
    for account in record.get("serviceAccounts", ()):
        if account.get("email") not in call.project.accounts:
            message = f"The resource '{account.get('email')}' of type 'serviceAccount' was not found."
            raise Problem(400, "notFound", message)
    record["disks"] = [_disk(call, path, record, record.get("disks", []))]
    record["status"] = "PROVISIONING"


def image(call: Call, path: str, record: Record, before: Record | None) -> None:
    """One of an archive that lies in a bucket, which is not told later; nobody can tell here how big its disk is."""
    del path
    if before is not None:
        return
    source = str(record.get("rawDisk", {}).get("source", ""))
    bucket, _, name = source.removeprefix(STORAGE).partition("/")
    if not source.startswith(STORAGE):
        raise unmade("images of anything but an archive in Cloud Storage")
    found = call.world.buckets.get(bucket, {}).get("_objects", ())
    if not any(one["name"] == name and "timeDeleted" not in one for one in found):
        raise Problem(404, "notFound", f"The resource '{source}' was not found")
    told = {"containerType": "TAR", "source": ""}
    record.update({"sourceType": "RAW", "status": "READY", "diskSizeGb": DISK_GIB, "rawDisk": told})


def boot(world: World, record: Record) -> None:
    """It runs; its host key is known a moment later, where it may tell it."""
    record |= {"status": "RUNNING", "lastStartTimestamp": moment(), "_booted": world.clock() + world.latency}
    record.setdefault("_host_key", _host_key())


def may_go(record: Record) -> None:
    """Raises Problem."""
    if record.get("deletionProtection"):
        raise invalid(f"Invalid resource usage: '{record['name']}' is protected against deletion")


def gone(world: World, record: Record) -> None:
    """Its disks go with it where they are to."""
    for disk in record.get("disks", ()):
        if disk.get("autoDelete"):
            world.resources.pop(bare(disk["source"]), None)


def _interface(call: Call, zone: str, interface: Record) -> None:
    place = bare(interface.get("subnetwork", ""))
    subnet = call.world.resources.get(place)
    if subnet is None:
        raise unmade("instances without a subnetwork")
    if place.split("/")[3] != zone.rpartition("-")[0]:
        raise invalid(f"Invalid value for field 'networkInterfaces[0].subnetwork': it is not in the region of {zone}")
    interface["network"] = subnet["network"]
    interface["name"] = "nic0"
    if "networkIP" in interface:
        _inner(call.world, place, str(interface["networkIP"]))
    else:
        interface["networkIP"] = str(next(free(call.world, place)))
    for access in interface.get("accessConfigs", ()):
        access.update({"name": access.get("name", "External NAT"), "networkTier": access.get("networkTier", "PREMIUM")})
        if "natIP" not in access:
            access["natIP"] = call.world.public_address()
        else:
            _outer(call.world, str(access["natIP"]))


def _inner(world: World, subnet: str, address: str) -> None:
    for path, record in world.resources.items():
        if "/addresses/" in path and record["address"] == address and bare(record.get("subnetwork", "")) == subnet:
            return
    check_free(world, subnet, address)


def _outer(world: World, address: str) -> None:
    if not any("/addresses/" in path and one["address"] == address for path, one in world.resources.items()):
        raise invalid(f"Invalid value for field 'accessConfigs[0].natIP': '{address}' is not reserved")
    for path, record in world.resources.items():
        for interface in record.get("networkInterfaces", ()):
            if any(one.get("natIP") == address for one in interface.get("accessConfigs", ())):
                raise used(f"addresses/{address}", path)


def _disk(call: Call, path: str, record: Record, disks: list[Record]) -> Record:
    """The boot disk, made from an image."""
    if len(disks) != 1 or not disks[0].get("boot") or "initializeParams" not in disks[0]:
        raise unmade("instances with other than one new boot disk")
    asked = disks[0]["initializeParams"]
    image = image_of(call.world, call.text("project"), str(asked.get("sourceImage", "")))
    size = str(asked.get("diskSizeGb") or image["diskSizeGb"])
    if int(size) < int(image["diskSizeGb"]):
        raise invalid(f"Invalid value for field 'diskSizeGb': '{size}'. The image has {image['diskSizeGb']}")
    name = asked.get("diskName") or record["name"]
    place = f"{path.rsplit('/', 2)[0]}/disks/{name}"
    kind = str(asked.get("diskType", "pd-standard")).rpartition("/")[2]
    call.world.resources[place] = {
        "kind": "compute#disk",
        "id": call.world.id(),
        "name": name,
        "selfLink": link(place),
        "creationTimestamp": moment(),
        "sizeGb": size,
        "status": "READY",
        "sourceImage": image["selfLink"],
        "type": link(f"{path.rsplit('/', 2)[0]}/diskTypes/{kind}"),
        "zone": link(path.rsplit("/", 2)[0]),
        "physicalBlockSizeBytes": "4096",
        **({"labels": asked["labels"]} if asked.get("labels") else {}),
        **({"description": asked["description"]} if asked.get("description") else {}),
    }
    kept = {name: value for name, value in disks[0].items() if name != "initializeParams"}
    return {"deviceName": "persistent-disk-0", **kept, "source": link(place), "diskSizeGb": size, "mode": "READ_WRITE"}


def _host_key() -> str:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  only a booting machine needs it
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415  the same

    key = Ed25519PrivateKey.generate().public_key()
    raw = key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return raw.decode().split()[1]


@answers("compute.instances.getGuestAttributes")
def guest_attributes(call: Call) -> Record:
    """What the guest has written; nothing before it has booted, nor where it may not (Compute documentation)."""
    path, record = _machine(call)
    allowed = any(
        one["key"] == "enable-guest-attributes" and one.get("value", "").upper() == "TRUE"
        for one in record.get("metadata", {}).get("items", ())
    )
    asked = call.text("queryPath")
    if not allowed or record.get("_booted", float("inf")) > call.world.clock() or not asked.startswith("hostkeys/"):
        raise absent(f"{path}/guestAttributes/{asked}")
    items = [{"namespace": "hostkeys", "key": "ssh-ed25519", "value": record["_host_key"]}]
    return {"kind": "compute#guestAttributes", "queryPath": asked, "queryValue": {"items": items}}


@answers("compute.instances.setMetadata")
def set_metadata(call: Call) -> Record:
    """All of it at once, where nobody has changed it since."""
    return _set(call, "metadata", "setMetadata")


@answers("compute.instances.setTags")
def set_tags(call: Call) -> Record:
    """The same for tags."""
    return _set(call, "tags", "setTags")


@answers("compute.instances.start")
def start(call: Call) -> Record:
    """Run."""
    path, record = _machine(call)
    if call.world.busy(path):
        raise unready(path)
    return operate(call, path, "start", lambda: boot(call.world, record))


@answers("compute.instances.stop")
def stop(call: Call) -> Record:
    """Run no more."""
    path, record = _machine(call)
    if call.world.busy(path):
        raise unready(path)
    return operate(call, path, "stop", lambda: record.update({"status": "TERMINATED"}))


def _set(call: Call, field: str, kind: str) -> Record:
    if (again := repeated(call)) is not None:
        return again
    path, record = _machine(call)
    if call.world.busy(path):
        raise unready(path)
    if call.body.get("fingerprint") != fingerprint(record.get(field, {})):
        raise stale("Supplied fingerprint does not match current metadata fingerprint.")
    value: dict[str, Any] = {name: inner for name, inner in call.body.items() if name not in {"fingerprint", "kind"}}
    return operate(call, path, kind, lambda: record.update({field: value}))


def _machine(call: Call) -> tuple[str, Record]:
    path = f"projects/{call.text('project')}/zones/{call.text('zone')}/instances/{call.text('instance')}"
    if path not in call.world.resources:
        raise absent(path)
    return path, call.world.resources[path]
