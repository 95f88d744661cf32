"""A network that is there: a port group, a standard one or a segment of NSX, adopted by its name and checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from paver.contract.driver import Kind
from paver.contract.errors import NotOurs, PreflightFailed
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed
from paver_vsphere.center import Center
from paver_vsphere.claims import Claim
from paver_vsphere.inventory import Listing
from paver_vsphere.networks import Networks
from paver_vsphere.places import host_names
from paver_vsphere.resources.entity import adopted
from paver_vsphere.resources.host import keyed_hosts
from paver_vsphere.session import Row, moid

KIND = "network"


class Network(Desired):
    """Wanted: one network of that name, which the hosts of its zones reach."""

    zones: tuple[str, ...]
    vlan: int | str | None = None
    """None: whatever it has."""
    unreached: tuple[str, ...] = ()
    """Hosts of its zones that do not reach it."""
    namesakes: int = 0


class NetworkKind(Kind[Network]):
    """It is never changed, and never deleted."""

    def __init__(self, center: Center) -> None:
        self._center = center

    def create(self, want: Network, attempt: Attempt) -> Answer:
        """Nothing is made: it came with the hosts that were added meanwhile, or it is not there."""
        del attempt
        listing, held = Listing.of(self._center.connection), self._center.claims.held
        found = next(self.observe(listing, held, [want], {}), None)
        if found is None:
            where = self._center.where(want.name)
            raise PreflightFailed(f"{where}: the spec adopts it, and it is not there", exit_code=7)
        asked = want.model_dump(mode="json", include=set(found.actual))
        wrong = ", ".join(f"{name} {value}" for name, value in found.actual.items() if value != asked[name])
        if wrong:
            raise PreflightFailed(f"{self._center.where(want.name)} is not as the spec says: {wrong}", exit_code=7)
        return Done(have=found)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """It is somebody else's. Raises NotOurs."""
        del attempt
        raise NotOurs(f"{have.key} is adopted, and not to be deleted")

    def observe(
        self,
        listing: Listing,
        register: Mapping[Key, Claim],
        wanted: Iterable[Network],
        groups: Mapping[str, frozenset[str]],
    ) -> Iterator[Observed]:
        """What the spec adopts: one retrieval more, where it adopts any.

        Args:
            listing: What is there.
            register: Our claims.
            wanted: What is asked for.
            groups: By zone that is a host group: the ids of the hosts that its machines must run on.
        """
        wants, datacenter = list(wanted), self._center.datacenter(listing)
        if not wants or datacenter is None:
            return
        zones = {zone for want in wants for zone in want.zones}
        hosts = {zone: self._hosts(listing, register, datacenter, zone, groups) for zone in zones}
        roots = {moid(row.ref): row.ref for rows in hosts.values() for row in rows}
        networks = Networks.of(self._center.connection, datacenter.props["networkFolder"], roots.values())
        for want in wants:
            named = networks.named(want.name)
            if not named:
                continue
            rows = [row for zone in want.zones for row in hosts[zone]]
            reached = frozenset[str]().union(*(network.hosts for network in named))
            unreached = sorted({str(row.props["name"]) for row in rows if moid(row.ref) not in reached})
            actual = {
                "zones": list(want.zones),
                "vlan": None if want.vlan is None else named[0].vlan,
                "unreached": unreached,
                "namesakes": len(named) - 1,
            }
            row = Row(named[0].ref, {"name": want.name})
            yield from adopted(want, row, actual, vlan=named[0].vlan)

    def _hosts(
        self,
        listing: Listing,
        register: Mapping[Key, Claim],
        datacenter: Row,
        zone: str,
        groups: Mapping[str, frozenset[str]],
    ) -> list[Row]:
        """The hosts that a zone's machines run on."""
        settings = self._center.settings
        place = settings.zones[zone]  # type: ignore[index]  # a zone of the spec is one of the section's
        if place.hosts:
            named, keyed = host_names(settings), keyed_hosts(self._center, listing, register)
            own = {named[str(endpoint)] for endpoint in place.hosts}
            ids = {id_ for id_, name in keyed.items() if name in own}
        else:
            cluster = listing.named("ClusterComputeResource", place.cluster, datacenter.ref)
            ids = {moid(host) for host in cluster.props.get("host") or ()} if cluster is not None else set()
        rows = (listing.get(id_) for id_ in sorted(ids & groups.get(zone, ids)))
        return [row for row in rows if row is not None]
