"""The jumpbox's VM as its vCenter shows it: its phase, what it is set to, and the calls that set it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from pydantic import JsonValue

from paver.contract import names
from paver.contract.errors import NotFound, Rejected
from paver.contract.resource import Answer, Key, Observed, Phase, Proof, Waiting
from paver_vsphere.center import Center
from paver_vsphere.here import runs_here
from paver_vsphere.inventory import Listing
from paver_vsphere.jumpbox.cloud_init import guest_data
from paver_vsphere.jumpbox.wanted import KEY, KIND, Machine, machine_name
from paver_vsphere.machine.vm import IMPORTED, ON, PROPERTIES, ImportedVm, Ticket, options_of
from paver_vsphere.resources.host import each
from paver_vsphere.sdk import vim
from paver_vsphere.session import Reference, Row, moid

BAKED = "paver-jumpbox"
"""JSON: what first boot bakes in."""
HOST_KEY = "paver-host-key"
"""The SSH host key that the guest told first. There once all is done."""

SHOWN = (
    *PROPERTIES,
    "config.hardware",
    "guest.toolsRunningStatus",
    "parent",
    "resourcePool",
    "runtime.host",
)
"""What is read of the VMs in the environment's own folder."""

BAKES = ("image", "address", "prefix", "gateway", "dns_servers", "hostname", "user", "public_key")
PATIENCE = 60
"""Looks, a second apart, until a guest that was asked to shut down is switched off."""


class JumpboxVm(ImportedVm):
    """Finds it, wherever it was moved to, and sends one call at a time."""

    def __init__(self, center: Center) -> None:
        super().__init__(center.connection, center.owner, KEY, machine_name(center.owner.name))
        self._center = center

    def rows(self) -> Sequence[Row]:
        """Those in the environment's folder, and what bears its UUID."""
        return self.listed(Listing.of(self.connection))

    def listed(self, listing: Listing) -> list[Row]:
        """The same, by a listing that was read just now. No call where the environment has no folder."""
        folder = self._folder(listing)
        if folder is None:
            return []
        listing.look_into(self.connection, moid(folder.ref))
        refs = {moid(ref): ref for ref in folder.props.get("childEntity") or () if _is_vm(ref)}
        search = self._center.content.searchIndex.FindAllByUuid
        for ref in self.connection.read(search, None, str(self.uuid), True, True, what="look for the jumpbox") or ():
            refs[moid(ref)] = ref
        return self.connection.retrieve({"VirtualMachine": SHOWN}, roots=list(refs.values()), tree={}) if refs else []

    @property
    def uuid(self) -> UUID:
        """The one that the vCenter is to know it by: a clone gets another."""
        return uuid5(self.owner.id, str(KEY))

    def standing(self, vm: str) -> Row:
        """That VM as it is now, read by itself. Raises NotFound."""
        rows = self.connection.retrieve({"VirtualMachine": SHOWN}, roots=[self.connection.ref(vm)], tree={})
        if not rows or not self.ours(rows[0]):
            raise NotFound(f"{self.where} is gone")
        return rows[0]

    def observe(self, listing: Listing) -> list[Observed]:
        """The VM that bears our marks and the name that its key implies."""
        return [self._observed(row, _stands_on(row, listing)) for row in self.listed(listing) if self.ours(row)]

    def found(self, want: Machine, row: Row) -> Observed:
        """That VM as the inventory will show it."""
        stands_on = (want.folder, want.pool, want.datastore, want.network, *each(want.hosts))
        return self._observed(row, map(str, stands_on))

    def born(self, want: Machine) -> Mapping[str, str]:
        """The marks that go into the create call."""
        baked = want.model_dump(mode="json", include=set(BAKES))
        return {**names.marks(self.owner, KEY), BAKED: json.dumps(baked, sort_keys=True)}

    def mark(self, want: Machine, vm: str) -> Answer:
        """Write what the guest reads at first boot, and that the import is complete: one call."""
        instance, row = f"{self.uuid}-{vm.partition(':')[2]}", self.standing(vm)
        card = next((str(one.macAddress or "") for one in _cards(row)), "")
        data = guest_data(want, instance, card.lower())
        return self.reconfigure(vm, {**data, IMPORTED: "yes"}, "marking", "marked as imported")

    def keep(self, vm: str, host_key: str) -> Answer:
        """Write the host key where no guest can: one call, after which it is ready."""
        return self.reconfigure(vm, {HOST_KEY: host_key}, "changing", "its host key is kept")

    def settle(self, want: Machine, row: Row) -> Answer | None:
        """The next call towards what is wanted of its hardware and its power; None: it is so."""
        is_on, hardware = row.props.get("runtime.powerState") == ON, row.props["config.hardware"]
        if (want.cpus, want.memory_mib) != (hardware.numCPU, hardware.memoryMB):
            if is_on:
                return self._shut_down(row)
            spec = vim().vm.ConfigSpec(numCPUs=want.cpus, memoryMB=want.memory_mib)
            return self._change(row, spec, "being resized")
        if str(want.network) != _networks(row):
            return self._change(row, self._plugged(row, str(want.network)), "being plugged in")
        return None if is_on else self.power_on(moid(row.ref))

    def look_down(self, at: Ticket) -> Answer:
        """One look at a guest that was asked to shut down."""
        vm, looks = str(at["vm"]), at.get("looks")
        if self.power(vm) != ON:
            return Waiting(ticket={"step": "settle", "vm": vm}, again=0.0, said="switched off")
        if not isinstance(looks, int) or looks >= PATIENCE:
            return self._switch_off(vm)
        return Waiting(ticket={**at, "looks": looks + 1}, again=1.0, said="shutting down")

    def _shut_down(self, row: Row) -> Answer:
        vm = moid(row.ref)
        if row.props.get("guest.toolsRunningStatus") != "guestToolsRunning":
            return self._switch_off(vm)
        self.connection.call(row.ref.ShutdownGuest, what=f"shut down {self.name}")
        return Waiting(ticket={"step": "down", "vm": vm, "looks": 0}, again=0.2, said="shutting down")

    def _switch_off(self, vm: str) -> Answer:
        task = self.connection.call(self.connection.ref(vm).PowerOffVM_Task, what=f"power off {self.name}")
        return Waiting(ticket={"step": "changing", "task": moid(task), "vm": vm}, again=0.1, said="being switched off")

    def _change(self, row: Row, spec: Any, said: str) -> Answer:  # noqa: ANN401  pyVmomi makes its types at run time
        task = self.connection.call(row.ref.ReconfigVM_Task, spec, what=f"reconfigure {self.name}")
        return Waiting(ticket={"step": "changing", "task": moid(task), "vm": moid(row.ref)}, again=0.1, said=said)

    def _plugged(self, row: Row, network: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        """All its cards in one port group, as it was imported."""
        device = vim().vm.device
        backing = self._backing(network)
        changes = []
        for card in _cards(row):
            card.backing = backing
            changes.append(device.VirtualDeviceSpec(operation="edit", device=card))
        if not changes:
            raise Rejected(f"{self.where} has no network card", hint="take it away: the next pave makes another one")
        return vim().vm.ConfigSpec(deviceChange=changes)

    def _backing(self, network: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        card = vim().vm.device.VirtualEthernetCard
        if network.startswith("Network:"):
            name = self.connection.properties(self.connection.ref(network), "name")["name"]
            return card.NetworkBackingInfo(deviceName=name)
        if not network.startswith("DistributedVirtualPortgroup:"):
            raise Rejected(f"{self.where} is plugged in elsewhere than in {network}", hint="plug it in there by hand")
        group = self.connection.properties(self.connection.ref(network), "key", "config.distributedVirtualSwitch")
        switch = self.connection.properties(group["config.distributedVirtualSwitch"], "uuid")["uuid"]
        port = vim().dvs.PortConnection(portgroupKey=group["key"], switchUuid=switch)
        return card.DistributedVirtualPortBackingInfo(port=port)

    def _observed(self, row: Row, stands_on: Iterable[str]) -> Observed:
        options, vm, hardware = options_of(row.props), moid(row.ref), row.props["config.hardware"]
        is_on = row.props.get("runtime.powerState") == ON
        phase, ticket = _phase(options, vm, is_on=is_on)
        actual: dict[str, JsonValue] = {
            **dict.fromkeys(BAKES),
            **json.loads(options.get(BAKED, "{}")),
            "cpus": int(hardware.numCPU),
            "memory_mib": int(hardware.memoryMB),
            "network": _networks(row),
            "running": is_on,
        }
        cards = [str(card.macAddress) for card in _cards(row)]
        return Observed(
            kind=KIND,
            id=vm,
            key=KEY,
            owner=self.owner.id,
            proof=Proof.MARK,
            phase=phase,
            actual=actual,
            outputs={"name": self.name, "host_key": options.get(HOST_KEY, "")},
            needs=tuple(stands_on),
            ticket=ticket,
            carries_us=runs_here(str(row.props.get("config.uuid", "")), cards),
        )

    def _folder(self, listing: Listing) -> Row | None:
        """The environment's own, by its claim."""
        claim = self._center.claims.held.get(Key(kind="folder", name=self.owner.name))
        if claim is None:
            return None
        noted = listing.get(claim.id) if claim.id else None
        return noted or listing.named("Folder", claim.name)


def _phase(options: Mapping[str, str], vm: str, *, is_on: bool) -> tuple[Phase, JsonValue]:
    """How far it is, from what the vCenter shows alone."""
    if not options.get(IMPORTED):
        return Phase.PENDING, None
    if options.get(HOST_KEY):
        return Phase.READY, None
    return Phase.PENDING, {"step": "boot" if is_on else "on", "vm": vm}


def _networks(row: Row) -> str:
    """Where it is plugged in."""
    return " ".join(sorted({moid(ref) for ref in row.props.get("network") or ()}))


def _cards(row: Row) -> list[Any]:
    card = vim().vm.device.VirtualEthernetCard
    return [one for one in row.props["config.hardware"].device or () if isinstance(one, card)]


def _stands_on(row: Row, listing: Listing) -> Iterable[str]:
    """What may go only after it: any host of its cluster may carry it by then."""
    props = row.props
    for ref in (props.get("parent"), props.get("resourcePool"), *(props.get("datastore") or ())):
        if ref is not None:
            yield moid(ref)
    yield from (moid(ref) for ref in props.get("network") or ())
    host = listing.get(props["runtime.host"]) if props.get("runtime.host") is not None else None
    cluster = listing.get(host.props["parent"]) if host is not None else None
    yield from (moid(ref) for ref in (cluster.props.get("host") if cluster is not None else None) or ())


def _is_vm(ref: Reference) -> bool:
    return moid(ref).startswith("VirtualMachine:")
