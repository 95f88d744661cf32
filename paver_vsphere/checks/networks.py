"""What the spec adopts of a vCenter's networks: there, once, with its VLAN, on the hosts, behind a NIC."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.driver import Finding
from paver.contract.findings import Path, bad, good, warn
from paver.contract.spec import EnvironmentSpec
from paver_vsphere.inventory import Listing
from paver_vsphere.networks import Network, Networks
from paver_vsphere.section import SECTION
from paver_vsphere.session import Row, moid
from paver_vsphere.settings import VsphereSettings
from paver_vsphere.vlans import words


class NetworkChecks:
    """The checks of one vCenter.

    Args:
        where: The vCenter, for people.
        spec: The whole spec.
        settings: The section.
        listing: What is there.
        networks: Those of the datacenter.
        datacenter: It.
    """

    def __init__(
        self,
        where: str,
        spec: EnvironmentSpec,
        settings: VsphereSettings,
        listing: Listing,
        networks: Networks,
        datacenter: Row,
    ) -> None:
        self._where, self._spec, self._settings = where, spec, settings
        self._listing, self._networks, self._datacenter = listing, networks, datacenter

    def findings(self) -> Iterator[Finding]:
        """Nothing, where nothing is adopted."""
        if self._settings.switch is not None:
            yield self._switch(self._settings.switch)
        for name, native in self._settings.port_groups.items():
            yield from self._adopted(name, native)

    def _switch(self, native: str) -> Finding:
        count = self._networks.switches(native)
        if count == 1:
            return good("names", f"switch {native} is there")
        said = f"has {count} switches {native}" if count else f"has no switch {native}"
        return bad("names", f"{self._where} {said}", "name the one", (*SECTION, "switch"))

    def _adopted(self, name: str, native: str) -> Iterator[Finding]:
        at: Path = (*SECTION, "port_groups", name)
        named = self._networks.named(native)
        if len(named) != 1:
            said = f"has {len(named)} networks {native}" if named else f"has no network {native}"
            known = ", ".join(sorted({network.name for network in self._networks.all()})) or "none"
            yield bad("names", f"{self._where} {said}", f"it has {known}", at)
            return
        (found,) = named
        problems = [*self._vlan(found, name), *self._reach(found, name)]
        yield from problems or [good("networks", f"{native} is there for {name}, on every host, {words(found.vlan)}")]

    def _vlan(self, found: Network, name: str) -> Iterator[Finding]:
        wanted = self._settings.vlans.get(name)
        if wanted is not None and found.vlan != wanted:
            has = words(found.vlan) if found.vlans else "a segment's tags, which NSX sets"
            what = f"{found.name} has {has}; the spec says {words(wanted)} for {name}"
            yield bad("networks", what, "correct it, or leave it out", (*SECTION, "vlans", name))

    def _reach(self, found: Network, name: str) -> Iterator[Finding]:
        at: Path = (*SECTION, "port_groups", name)
        hosts = self._hosts(name)
        off = sorted(host for id_, host in hosts.items() if id_ not in found.hosts)
        if off:
            yield bad("networks", f"{found.name} of {name} is not on {', '.join(off)}", "attach them to it", at)
        bare = sorted(
            host for id_, host in hosts.items() if id_ in found.hosts and not self._networks.wired(found, id_)
        )
        if bare:
            gateway = self._settings.gateways.get(name) or self._spec.cidr(name).network_address + 1
            what = f"{found.name} has no NIC on {', '.join(bare)}: gateway {gateway} must be a machine there"
            yield warn("networks", what, path=at)

    def _hosts(self, network: str) -> dict[str, str]:
        """Names, by id, of the hosts of a network's zones. Who is in a host group the plan looks up."""
        places = [self._settings.zones[zone] for zone in self._spec.network_zones(network)]
        clusters = {place.cluster for place in places if place.host_group is None}
        rows = [row for name in clusters for row in cluster_hosts(self._listing, name, self._datacenter)]
        return {moid(row.ref): str(row.props["name"]) for row in rows}


def cluster_hosts(listing: Listing, name: str, datacenter: Row) -> list[Row]:
    """The hosts of a cluster, by its name."""
    cluster = listing.named("ClusterComputeResource", name, datacenter.ref)
    rows = (listing.get(host) for host in (cluster.props.get("host") or () if cluster is not None else ()))
    return [row for row in rows if row is not None]
