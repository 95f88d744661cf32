"""A port group of the distributed switch: one a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from pydantic import JsonValue

from paver.contract import names
from paver.contract.names import marker, read_marker
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Value
from paver_vsphere.claims import Claim
from paver_vsphere.inventory import Listing
from paver_vsphere.resources.entity import EntityKind
from paver_vsphere.sdk import vim
from paver_vsphere.session import Reference, Row, moid
from paver_vsphere.vlans import ranges, vlan_of

KIND = "port-group"


POLICY = {"forged_transmits": "forgedTransmits", "mac_changes": "macChanges", "promiscuous": "allowPromiscuous"}
"""What a machine may be allowed, to the API's word for it. Source: DVSMacManagementPolicy, of switches from 6.6 on."""


class PortGroup(Desired):
    """Wanted: a distributed port group."""

    switch: Value
    vlan: int | str
    """One VLAN, 0 for none; or a trunk's ranges."""
    allows: tuple[str, ...] = ()
    """What machines may, of `POLICY`; what is not named is refused."""


class PortGroupKind(EntityKind[PortGroup]):
    """Its description bears the mark, in the create call."""

    kind = KIND
    replace: ClassVar[frozenset[str]] = frozenset({"switch"})

    def send(self, want: PortGroup) -> Reference:
        """A task, without a result: the group is found by name."""
        portgroup = vim().dvs.DistributedVirtualPortgroup
        spec = portgroup.ConfigSpec(
            name=want.name,
            type="earlyBinding",
            autoExpand=True,
            numPorts=8,
            description=marker(self.center.owner, want.key),
            defaultPortConfig=self._ports(want),
        )
        add = self.center.ref(want.switch).AddDVPortgroup_Task
        return self.center.connection.call(add, [spec], what=f"add port group {want.name}")

    def update(self, have: Observed, want: PortGroup, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Another VLAN or policy: a task."""
        del fields, attempt
        group = self.center.ref(have.id)
        version = self.center.connection.properties(group, "config.configVersion")["config.configVersion"]
        spec = vim().dvs.DistributedVirtualPortgroup.ConfigSpec(
            configVersion=version, defaultPortConfig=self._ports(want)
        )
        task = self.center.connection.call(
            group.ReconfigureDVPortgroup_Task, spec, what=f"change port group {want.name}"
        )
        return self.center.waiting(task, "being changed")

    def advance(self, want: PortGroup | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look at the task."""
        if want is None:
            return super().advance(want, ticket, attempt)
        at = dict(ticket) if isinstance(ticket, dict) else {}
        over, _ = self.center.result(at, str(attempt.key))
        if not over:
            return self.center.still(at)
        listing = Listing.of(self.center.connection)
        return Done(have=next(found for found in self.observe(listing, {}, [want]) if found.key == want.key))

    def needs(self, want: PortGroup) -> tuple[str, ...]:
        """Its switch."""
        return (str(want.switch),)

    def observe(self, listing: Listing, register: Mapping[Key, Claim], wanted: list[PortGroup]) -> Iterator[Observed]:
        """By its mark, where it bears the name that its key implies."""
        del register, wanted
        for row in listing.all("DistributedVirtualPortgroup"):
            marked = read_marker(row.props.get("config.description"))
            if marked is None or marked[0].id != self.center.owner.id:
                continue
            if marked[1].kind == KIND and row.props.get("name") == names.name(marked[0].name, marked[1].name):
                yield self._observed(row, marked[1])

    def _observed(self, row: Row, key: Key) -> Observed:
        switch = moid(row.props["config.distributedVirtualSwitch"])
        ports = row.props.get("config.defaultPortConfig")
        policy = getattr(ports, "macManagementPolicy", None)
        allows = tuple(name for name, word in POLICY.items() if getattr(policy, word, False))
        want = PortGroup(key=key, name=str(row.props["name"]), switch=switch, vlan=vlan_of(ports), allows=allows)
        return self.found(want, moid(row.ref))

    def _ports(self, want: PortGroup) -> object:
        switch = vim().dvs.VmwareDistributedVirtualSwitch
        if isinstance(want.vlan, str):
            spans = [vim().NumericRange(start=first, end=last) for first, last in ranges(want.vlan)]
            vlan = switch.TrunkVlanSpec(inherited=False, vlanId=spans)
        else:
            vlan = switch.VlanIdSpec(inherited=False, vlanId=want.vlan)
        allowed = {word: name in want.allows for name, word in POLICY.items()}
        return switch.VmwarePortConfigPolicy(
            vlan=vlan, macManagementPolicy=switch.MacManagementPolicy(inherited=False, **allowed)
        )
