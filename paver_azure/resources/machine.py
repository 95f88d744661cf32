"""The jumpbox: the machine that the environment is worked on from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, cast

from pydantic import JsonValue

from paver.contract.answers import later, no_sooner
from paver.contract.layout import jumpbox_zone
from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Phase, Value, Waiting, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_azure import host_key, ids, marks, places, roles
from paver_azure.api import Record, Sent
from paver_azure.listing import Look
from paver_azure.resources.availability_set import set_key
from paver_azure.resources.group import group_key
from paver_azure.resources.identity import identity_key
from paver_azure.resources.network_interface import interface_key
from paver_azure.resources.noun import DONE, Tagged, TaggedKind, inside, linked, state_of
from paver_azure.resources.ssh_key import ssh_key_key
from paver_azure.settings import AzureSettings

NOUN = "machine"
DELETE, DETACH = "Delete", "Detach"


class Machine(Tagged):
    """A machine that lets in one key, and has an identity instead of secrets."""

    size: str
    image: str
    """`PUBLISHER:OFFER:SKU:VERSION`."""
    user: str
    public_key: Value
    interface: Value
    disk: Value
    identity: Value
    zone: str | None = None
    availability_set: Value | None = None
    console: bool = True
    """Whether Azure keeps what it prints."""


class MachineKind(TaggedKind[Machine]):
    """`machine/jumpbox`."""

    noun = NOUN
    type = "Microsoft.Compute/virtualMachines"
    replace: ClassVar[frozenset[str]] = frozenset(
        {"image", "user", "public_key", "interface", "disk", "zone", "availability_set"}
    )

    def body(self, want: Machine, owner: Owner) -> dict[str, Any]:
        """All of it; its first disk goes with it, its other one stays."""
        publisher, offer, sku, version = want.image.split(":")
        image = {"publisher": publisher, "offer": offer, "sku": sku, "version": version}
        key = {"path": f"/home/{want.user}/.ssh/authorized_keys", "keyData": str(want.public_key)}
        login = {"disablePasswordAuthentication": True, "ssh": {"publicKeys": [key]}}
        where = {"availabilitySet": {"id": str(want.availability_set)}} if want.availability_set else {}
        return {
            **self.tagged(want, owner),
            **({"zones": [want.zone]} if want.zone else {}),
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {str(want.identity): {}}},
            "properties": {
                "hardwareProfile": {"vmSize": want.size},
                "storageProfile": {
                    "imageReference": image,
                    "osDisk": {
                        "name": f"{want.name}-os",
                        "createOption": "FromImage",
                        "caching": "ReadWrite",
                        "deleteOption": DELETE,
                        "managedDisk": {"storageAccountType": "StandardSSD_LRS"},
                    },
                    "dataDisks": [
                        {
                            "lun": 0,
                            "createOption": "Attach",
                            "caching": "None",
                            "deleteOption": DETACH,
                            "managedDisk": {"id": str(want.disk)},
                        }
                    ],
                },
                "osProfile": {
                    "computerName": "jumpbox",
                    "adminUsername": want.user,
                    "linuxConfiguration": login,
                },
                "networkProfile": {
                    "networkInterfaces": [
                        {"id": str(want.interface), "properties": {"primary": True, "deleteOption": DETACH}}
                    ]
                },
                "diagnosticsProfile": {"bootDiagnostics": {"enabled": True}},
                "securityProfile": {
                    "securityType": "TrustedLaunch",
                    "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
                },
                **where,
            },
        }

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> Machine:
        """As it is."""
        image = inside(record, "properties", "storageProfile", "imageReference") or {}
        disks = inside(record, "properties", "storageProfile", "dataDisks") or ()
        nics = inside(record, "properties", "networkProfile", "networkInterfaces") or ()
        profile = inside(record, "properties", "osProfile") or {}
        keys = inside(profile, "linuxConfiguration", "ssh", "publicKeys") or ()
        identities = inside(record, "identity", "userAssignedIdentities") or {}
        return Machine(
            **base,
            size=str(inside(record, "properties", "hardwareProfile", "vmSize") or ""),
            image=":".join(str(image.get(part) or "") for part in ("publisher", "offer", "sku", "version")),
            user=str(profile.get("adminUsername") or ""),
            public_key=" ".join(str(keys[0]["keyData"]).split()[:2]) if keys else "",
            interface=" ".join(ids.canonical(str(nic["id"])) for nic in nics),
            disk=" ".join(ids.canonical(str(inside(disk, "managedDisk", "id") or "")) for disk in disks),
            identity=" ".join(sorted(ids.canonical(id_) for id_ in identities)),
            zone=next(iter(record.get("zones") or ()), None),
            availability_set=linked(record, "availabilitySet"),
            console=inside(record, "properties", "diagnosticsProfile", "bootDiagnostics", "enabled") is True,
        )

    def outputs(self, record: Record) -> dict[str, JsonValue]:
        """How whoever connects knows it."""
        return {"host_key": host_key.noted(record.get("tags"))}

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """One whose host key nobody knows is not ready."""
        seen = super().observed(record, key, owner, look)
        if seen.phase is not Phase.READY or state_of(record) != DONE or host_key.noted(record.get("tags")):
            return seen
        ticket = {"id": seen.id, "operation": "", "going": False}
        return seen.model_copy(update={"phase": Phase.PENDING, "ticket": ticket})

    def answer(self, sent: Sent, id_: str, want: Machine, attempt: Attempt) -> Answer:
        """There is a look to come, whatever a PUT came to."""
        found = super().answer(sent, id_, want, attempt)
        return self._known(found, id_, None)

    def advance(self, want: Machine | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look, then its host key."""
        told = cast("dict[str, Any]", ticket)
        id_, key = str(told["id"]), told.get("host_key")
        if key is not None and want is not None:
            before = self.api.get(self.type, id_).get("tags")
            tags = marks.merged(before, marks.tags(attempt.owner, want.key, want.tags))
            sent = self.api.patch(self.type, id_, {"tags": {**tags, host_key.TAG: str(key)}})
            look = later("its host key is known", None, id=id_, operation=sent.operation, going=False)
            return no_sooner(sent.after, look)
        found = super().advance(want, ticket, attempt)
        if want is None:
            return found
        return self._known(found, id_, ticket)

    def _known(self, found: Answer, id_: str, ticket: JsonValue) -> Answer:
        """The same, unless it is done and its host key is still to be found out."""
        if not isinstance(found, Done) or found.have is None or found.have.phase is not Phase.PENDING:
            return found
        key = host_key.said(self.api, id_)
        if key is None:
            return later("its host key is not on its console yet", ticket, id=id_, operation="", going=False)
        return Waiting(
            ticket={"id": id_, "operation": "", "going": False, "host_key": key},
            again=0.0,
            said="its host key comes next",
        )

    def needs(self, like: Machine, id_: str, look: Look | None) -> Iterable[str]:
        """Everything that it is tied to."""
        yield from super().needs(like, id_, look)
        for links in (like.interface, like.disk, like.identity, like.availability_set):
            yield from str(links or "").split()


def machine_key() -> Key:
    """The jumpbox's key."""
    return places.key(NOUN, "jumpbox")


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[Machine]:
    """One, unless it is there already."""
    if spec.jumpbox.existing:
        return
    zone = jumpbox_zone(spec)
    asked = settings.jumpbox
    image = asked.image
    yield Machine(
        key=machine_key(),
        name=places.native(spec, "jumpbox"),
        size=asked.size,
        image=f"{image.publisher}:{image.offer}:{image.sku}:{image.version}",
        user=asked.user,
        public_key=ref(ssh_key_key(spec), "public_key"),
        interface=ref(interface_key()),
        disk=ref(places.key("disk", "jumpbox")),
        identity=ref(identity_key(roles.JUMPBOX)),
        zone=settings.zones[zone] if settings.zones else None,
        availability_set=ref(set_key(spec)) if settings.availability_set else None,
        after=(group_key(spec),),
        note=asked.size,
    )
