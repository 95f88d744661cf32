"""Networks that are there, whatever they are made of: what the spec adopts, and what others use.

A port group of a distributed switch, a standard one (which hosts share by its name), a segment of NSX.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from paver_vsphere.session import Connection, Reference, Row, moid
from paver_vsphere.vlans import vlan_of

_GROUP = "DistributedVirtualPortgroup"
_NETWORKS = (f"{_GROUP}:", "Network:", "OpaqueNetwork:")
_TREE = {"Folder": ("childEntity",)}
_WANTED = {
    _GROUP: (
        "name",
        "host",
        "config.defaultPortConfig",
        "config.backingType",
        "config.distributedVirtualSwitch",
        "config.uplink",
    ),
    # Of distributed port groups too, which are networks: what both say is the same.
    "Network": ("name", "host"),
    "DistributedVirtualSwitch": ("name", "uuid"),
    "HostSystem": ("config.network.portgroup", "config.network.vswitch", "config.network.proxySwitch"),
}


class Network(NamedTuple):
    """One network."""

    ref: Reference
    name: str
    hosts: frozenset[str]
    """Ids of the hosts that reach it."""
    vlans: frozenset[int | str]
    """Of a standard one as the hosts that were read have it; none of a segment, whose tags are NSX's affair."""

    @property
    def vlan(self) -> int | str | None:
        """Its VLAN; several, where hosts differ, in one text."""
        return next(iter(self.vlans), None) if len(self.vlans) < 2 else " or ".join(sorted(map(str, self.vlans)))  # noqa: PLR2004  one or none


class Networks:
    """All networks of one datacenter.

    Args:
        rows: Of one retrieval.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = {moid(row.ref): row for row in rows}
        self._hosts = {id_: row.props for id_, row in self._rows.items() if id_.startswith("HostSystem:")}

    @classmethod
    def of(cls, connection: Connection, folder: Reference, hosts: Iterable[Reference]) -> Networks:
        """Read them now: one retrieval.

        Args:
            connection: To the vCenter.
            folder: The datacenter's `networkFolder`.
            hosts: Whose standard port groups and NICs are read as well.
        """
        return cls(connection.retrieve(_WANTED, roots=[folder, *hosts], tree=_TREE))

    def all(self) -> Iterator[Network]:
        """Every network that machines can stand on."""
        for id_, row in self._rows.items():
            if id_.startswith(_NETWORKS) and not row.props.get("config.uplink"):
                name, hosts = str(row.props["name"]), frozenset(moid(host) for host in row.props.get("host") or ())
                yield Network(row.ref, name, hosts, self._vlans(row, name))

    def named(self, name: str) -> list[Network]:
        """All of that name, which NSX gives more than once."""
        return [network for network in self.all() if network.name == name]

    def switches(self, name: str) -> int:
        """How many distributed switches bear that name."""
        return sum(row.props.get("name") == name for row in self._rows.values() if "uuid" in row.props)

    def wired(self, network: Network, host: str) -> bool:
        """Whether a NIC of a host is behind a network, by the host's own settings. What NSX wires is not seen here."""
        props, row = self._hosts.get(host), self._rows[moid(network.ref)].props
        if props is None or not network.vlans:
            return True
        if "config.distributedVirtualSwitch" in row:
            switch = self._rows.get(moid(row["config.distributedVirtualSwitch"]))
            uuid = switch.props.get("uuid") if switch is not None else None
            return any(one.pnic for one in props.get("config.network.proxySwitch") or () if one.dvsUuid == uuid)
        on = {str(one.spec.vswitchName) for one in _groups(props) if str(one.spec.name) == network.name}
        return any(one.pnic for one in props.get("config.network.vswitch") or () if str(one.name) in on)

    def _vlans(self, row: Row, name: str) -> frozenset[int | str]:
        id_ = moid(row.ref)
        if id_.startswith("OpaqueNetwork:") or row.props.get("config.backingType") == "nsx":
            return frozenset()
        if id_.startswith(_GROUP):
            return frozenset({vlan_of(row.props.get("config.defaultPortConfig"))})
        groups = (one for props in self._hosts.values() for one in _groups(props))
        return frozenset(int(one.spec.vlanId) for one in groups if str(one.spec.name) == name)


def _groups(host: Mapping[str, Any]) -> Iterable[Any]:
    found: Iterable[Any] = host.get("config.network.portgroup") or ()
    return found
