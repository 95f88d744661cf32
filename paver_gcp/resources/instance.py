"""The jumpbox: a machine at a fixed address that lets in whoever has one key, and has no account of Google's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from typing import Any, ClassVar

from pydantic import JsonValue

from paver.contract.answers import later, pending
from paver.contract.errors import NotFound, OutcomeUnknown
from paver.contract.layout import assigned, jumpbox_network, jumpbox_zone
from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict, Owner
from paver_gcp import host_key, marks, places, rules
from paver_gcp.api import Record
from paver_gcp.listing import Look
from paver_gcp.resources.address import JUMPBOX, address_key
from paver_gcp.resources.address import NOUN as ADDRESS
from paver_gcp.resources.compute import ComputeKind, bare, base, url
from paver_gcp.resources.image import image_key
from paver_gcp.resources.noun import Labelled
from paver_gcp.resources.subnet import subnet_key
from paver_gcp.settings import GcpSettings

NOUN = "instance"
CREDENTIAL = Key(kind="credential", name="jumpbox")
"""Where core keeps the jumpbox's key."""
IMAGE = "paver-image"
"""The metadata that say how the image was chosen: a newer one of its family is no reason to make the machine anew."""
SSH_KEYS = "ssh-keys"
SWITCHES = {"block-project-ssh-keys": "TRUE", "enable-guest-attributes": "TRUE", "enable-oslogin": "FALSE"}
"""Nobody else's keys let in, and the host key is told (Compute Engine documentation, "Predefined metadata keys")."""
GOING = frozenset({"STOPPING", "SUSPENDING", "PENDING_STOP", "DEPROVISIONING"})
COMING = frozenset({"PROVISIONING", "STAGING", "REPAIRING", "PENDING"})
RUNNING = "RUNNING"


class Instance(Labelled):
    """A machine."""

    zone: str
    image: Value
    """An image's path, or a family's."""
    machine_type: str
    disk_gib: int
    subnet: Value
    address: IPv4Address
    tags: tuple[str, ...]
    public_key: Value
    user: str
    public_address: Value | None = None
    """The number of a reserved address."""
    switches: bool = True
    """Whether the metadata say whom to let in, and to tell the host key."""
    running: bool = True


class InstanceKind(ComputeKind[Instance]):
    """`instance/jumpbox`."""

    noun = NOUN
    collection = "instances"
    place = "zones"
    replace: ClassVar[frozenset[str]] = frozenset(
        {"zone", "image", "machine_type", "disk_gib", "subnet", "address", "public_address"}
    )
    deadline: ClassVar[float] = 900.0

    def create(self, want: Instance, attempt: Attempt) -> Answer:
        """Begin to make it; it and its disk bear their marks from the start."""
        labels = marks.labels(attempt.owner, want.key, want.labels, {})
        body = {"labels": labels}
        return super().create(want.model_copy(update={"labels": FrozenDict(body["labels"])}), attempt)

    def body(self, want: Instance) -> Record:
        """One disk, one interface, and no service account."""
        public = {"accessConfigs": [{"type": "ONE_TO_ONE_NAT", "name": "External NAT", "natIP": want.public_address}]}
        zone = f"zones/{want.zone}"
        return {
            "machineType": f"{zone}/machineTypes/{want.machine_type}",
            "labels": dict(want.labels),
            "tags": {"items": list(want.tags)},
            "metadata": {"items": _items(want)},
            "disks": [
                {
                    "boot": True,
                    "autoDelete": True,
                    "initializeParams": {
                        "sourceImage": want.image,
                        "diskSizeGb": str(want.disk_gib),
                        "diskType": f"{zone}/diskTypes/pd-balanced",
                        "labels": dict(want.labels),
                    },
                }
            ],
            "networkInterfaces": [
                {
                    "subnetwork": url(want.subnet),
                    "networkIP": str(want.address),
                    **(public if want.public_address is not None else {}),
                }
            ],
        }

    def made(self, want: Instance, id_: str, ticket: Mapping[str, JsonValue], attempt: Attempt) -> Answer:
        """Wait until it runs, then until it has told its host key; note that."""
        try:
            record = self.api.read("compute", id_)
        except NotFound as error:
            raise OutcomeUnknown(f"{id_} was made and is not there") from error
        before = dict(ticket)
        if record["status"] in COMING | GOING:
            return later(str(record["status"]).lower(), before, id=id_)
        items = record.get("metadata", {}).get("items", ())
        if record["status"] != RUNNING or host_key.noted(items):
            return Done(have=self.observed(record, want.key, attempt.owner))
        key = host_key.said(self.api, id_)
        if key is None:
            return later("its host key is not told yet", before, id=id_)
        return self._describe(record, [*items, {"key": host_key.ITEM, "value": key}], attempt)

    def change(self, have: Observed, want: Instance, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Whom it lets in, its tags, that it runs, its labels: each by a call of its own."""
        if fields & {"public_key", "user", "switches"}:
            record = self.api.read("compute", have.id)
            ours = {SSH_KEYS, IMAGE, *SWITCHES}
            others = [one for one in record.get("metadata", {}).get("items", ()) if one["key"] not in ours]
            return self._describe(record, [*others, *_items(want)], attempt)
        if "tags" in fields:
            record = self.api.read("compute", have.id)
            body = {"items": list(want.tags), "fingerprint": record["tags"]["fingerprint"]}
            return self.begin("POST", f"{have.id}/setTags", body, attempt, id=have.id)
        if "running" in fields:
            return self.begin("POST", f"{have.id}/start", None, attempt, id=have.id)
        return super().change(have, want, fields, attempt)

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With whom it lets in, and the address that it has outside."""
        items = {one["key"]: str(one.get("value", "")) for one in record.get("metadata", {}).get("items", ())}
        interface: Record = next(iter(record.get("networkInterfaces", ())), {})
        outside = next((one["natIP"] for one in interface.get("accessConfigs", ()) if "natIP" in one), None)
        user, _, public_key = items.get(SSH_KEYS, "").partition(":")
        like = Instance(
            key=key,
            name=marks.implied(owner.name, key),
            zone=base(record["zone"]),
            image=items.get(IMAGE, ""),
            machine_type=base(record.get("machineType", "")),
            disk_gib=int(next((disk.get("diskSizeGb", 0) for disk in record.get("disks", ())), 0)),
            subnet=bare(interface.get("subnetwork", "")),
            address=interface.get("networkIP", "0.0.0.0"),  # noqa: S104  no address at all
            tags=tuple(sorted(record.get("tags", {}).get("items", ()))),
            public_key=" ".join(public_key.split()[:2]),
            user=user,
            public_address=outside,
            switches=all(items.get(name, "").upper() == value for name, value in SWITCHES.items()),
            running=record["status"] in {RUNNING, *COMING},
            labels=marks.shown(record.get("labels", {}), owner, key),
        )
        addresses = look.claimed(ADDRESS) if look is not None else ()
        needs = [bare(found["selfLink"]) for _, found in addresses if outside and found.get("address") == outside]
        noted = host_key.noted(record.get("metadata", {}).get("items", ()))
        outputs: dict[str, Any] = {"name": record["name"], "private_ip": str(like.address), "host_key": noted}
        seen = self.seen(like, bare(record["selfLink"]), owner, needs=(*needs, str(like.subnet)), outputs=outputs)
        status = record["status"]
        unfinished = status in COMING | GOING or (status == RUNNING and not noted)
        return pending(seen, {"id": seen.id}) if unfinished else seen

    def _describe(self, record: Record, items: list[Any], attempt: Attempt) -> Answer:
        id_ = bare(str(record["selfLink"]))
        body = {"items": items, "fingerprint": record["metadata"]["fingerprint"]}
        return self.begin("POST", f"{id_}/setMetadata", body, attempt, id=id_)


def _items(want: Instance) -> list[dict[str, str]]:
    said = {SSH_KEYS: f"{want.user}:{want.public_key}", IMAGE: str(want.image), **SWITCHES}
    return [{"key": name, "value": value} for name, value in said.items()]


def jumpbox_key() -> Key:
    """The jumpbox's key."""
    return places.key(NOUN, JUMPBOX)


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Instance]:
    """One, unless it is there already."""
    if spec.jumpbox.existing:
        return
    network = jumpbox_network(spec)
    zone = jumpbox_zone(spec)
    inner = assigned(spec, network)["jumpbox"]
    yield Instance(
        key=jumpbox_key(),
        name=places.native(spec, jumpbox_key()),
        zone=settings.zones[zone],
        image=ref(image_key()) if settings.jumpbox.tarball else settings.jumpbox.image,
        machine_type=settings.jumpbox.machine_type,
        disk_gib=settings.jumpbox.disk_gib,
        subnet=ref(subnet_key(network)),
        address=inner,
        tags=(places.tag(spec, rules.JUMPBOX),),
        public_key=ref(CREDENTIAL, "public_key"),
        user=settings.jumpbox.user,
        public_address=ref(address_key(JUMPBOX), "address") if spec.jumpbox.public else None,
        note=str(inner),
    )
