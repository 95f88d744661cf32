"""A datastore: an NFS export mounted on hosts, or one that is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, ClassVar

from pydantic import JsonValue

from paver.contract.errors import AlreadyExists, NotFound
from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Value
from paver_vsphere.claims import Claim
from paver_vsphere.inventory import Listing
from paver_vsphere.marks import Bearer
from paver_vsphere.nas import Export
from paver_vsphere.places import host_names
from paver_vsphere.resources.entity import ClaimedKind, Entity, adopted
from paver_vsphere.resources.host import each, keyed_hosts, members
from paver_vsphere.session import Reference, Row, moid

KIND = "datastore"
BOOTSTRAP = "datastore-mount"
"""Kind of the key under which the register names the datastore that the appliance stands on."""

NUMBERED = r"( \(\d+\))?"
"""What a vCenter appends to the name of a host's own datastore where another host's has that name already."""


class Datastore(Entity):
    """Wanted: an export mounted on these hosts under one name, or (`adopt`) a datastore of that name."""

    server: str = ""
    path: str = ""
    protocol: str = ""
    """`NFS` or `NFS41`."""
    hosts: Mapping[str, Value] = {}
    """By a host's name in its key its id; by `cluster-ZONE` the ids of the hosts of a cluster that exists."""


class DatastoreKind(ClaimedKind[Datastore]):
    """One mounting call a host; unmounting likewise. What is on the export is the file server's, and stays."""

    kind = KIND
    type = "Datastore"
    replace: ClassVar[frozenset[str]] = frozenset({"server", "path", "protocol"})

    def create(self, want: Datastore, attempt: Attempt) -> Answer:
        """Mount it on the first host; the one of the appliance has its own. What is adopted came with its host."""
        if want.adopt is not None:
            found = self.observe(Listing.of(self.center.connection), self.center.claims.held, [want])
            brought = next((one for one in found if one.key == want.key), None)
            return super().create(want, attempt) if brought is None else Done(have=brought)
        if Key(kind=BOOTSTRAP, name=want.key.name) in self.center.claims.names:
            listing = Listing.of(self.center.connection)
            for bearer in self.ours(listing, self.center.claims.held):
                if bearer.key == want.key:
                    return self.born(want, bearer.row.ref)
        return super().create(want, attempt)

    def send(self, want: Datastore) -> Reference:
        """Mount it on the first host. Not a task: the object."""
        return self._mount(want, each(want.hosts)[0])

    def whole(self, want: Datastore, id_: str) -> Answer:
        """Mount it wherever it is not mounted yet."""
        return self._spread(want, id_, self._mounted(id_))

    def _spread(self, want: Datastore, id_: str, mounted: list[str]) -> Answer:
        """Mount it on the next host that has it not, or tell that all have."""
        for host in each(want.hosts):
            if host not in mounted:
                # Who mounts the same export at the same time is told that it is there.
                with suppress(AlreadyExists):
                    self._mount(want, host)
                done = [*mounted, host]
                return self.center.later({"store": id_, "on": list[JsonValue](done)}, f"mounted on {len(done)}")
        return super().whole(want, id_)

    def update(self, have: Observed, want: Datastore, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Unmount it from a host that is to leave, which nobody else would do; mount it on one that has joined."""
        if "labels" in fields:
            return super().update(have, want, fields, attempt)
        there: Any = have.actual["hosts"]
        # The mount that the appliance stands on is the ESXi host's session's.
        stay = {*want.hosts, self.center.carrier}
        return self._leave(want, have.id, each({name: id_ for name, id_ in there.items() if name not in stay}))

    def _leave(self, want: Datastore, id_: str, leaving: list[str]) -> Answer:
        """Unmount it from the next host that is to leave; then mount it where it is not mounted yet."""
        if not leaving:
            return self.whole(want, id_)
        self._remove(id_, leaving[0], want.name)
        return self.center.later({"store": id_, "leaving": list[JsonValue](leaving[1:])}, "unmounted")

    def destroy(self, have: Observed) -> Answer:
        """Unmount it from one host; the next by advance."""
        return self._unmount(have.id)

    def advance(self, want: Datastore | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """The next host."""
        at: dict[str, Any] = dict(ticket) if isinstance(ticket, dict) else {}
        if want is None and "store" in at:
            return self._unmount(str(at["store"]))
        if want is not None and "leaving" in at:
            return self._leave(want, str(at["store"]), [str(host) for host in at["leaving"]])
        if want is not None and "on" in at:
            return self._spread(want, str(at["store"]), [str(host) for host in at["on"]])
        return super().advance(want, ticket, attempt)

    def needs(self, want: Datastore) -> tuple[str, ...]:
        """The hosts that mount it."""
        return tuple(each(want.hosts))

    def stands(self, listing: Listing, row: Row, key: Key) -> bool:
        """In the datacenter, from the network, on a host of ours or of a zone's cluster."""
        del key
        datacenter = self.center.datacenter(listing)
        nas = getattr(row.props.get("info"), "nas", None)
        return datacenter is not None and nas is not None and listing.below(row, datacenter.ref)

    def takes(self, listing: Listing, row: Row, key: Key) -> bool:
        """Whatever it is made of: a datacenter has a datastore's name once. The appliance's own is in nobody's way."""
        if self.center.claims.names.get(Key(kind=BOOTSTRAP, name=key.name)) == row.props.get("name"):
            return False
        datacenter = self.center.datacenter(listing)
        return datacenter is not None and listing.below(row, datacenter.ref)

    def returns(self, listing: Listing, row: Row, key: Key) -> bool:
        """A host that comes back brings the mount of the wanted export with it, and the vCenter gives it a new id."""
        place = self.center.settings.datastores.get(key.name)
        if place is None or place.nfs is None or place.nfs != str(Export.of(row.props.get("info"))):
            return False
        return {moid(mount.key) for mount in row.props.get("host") or ()} <= set(
            keyed_hosts(self.center, listing, self.center.claims.held)
        )

    def observe(self, listing: Listing, register: Mapping[Key, Claim], wanted: list[Datastore]) -> Iterator[Observed]:
        """By its claim, or the adopted one."""
        datacenter = self.center.datacenter(listing)
        asked = {want.key: want.hosts for want in wanted}
        for want in wanted:
            if want.adopt is not None and datacenter is not None:
                row = self._adopted(listing, register, want, datacenter)
                yield from adopted(want, row, {**Export()._asdict(), "hosts": {}, "labels": want.labels})
        for bearer in self.ours(listing, register):
            there = {moid(mount.key) for mount in bearer.row.props.get("host") or ()}
            hosts = members(self.center, listing, register, asked.get(bearer.key, {}), there)
            yield self._observed(bearer, hosts)

    def _observed(self, bearer: Bearer, hosts: Mapping[str, str]) -> Observed:
        export, name = Export.of(bearer.row.props.get("info")), str(bearer.row.props["name"])
        want = Datastore(key=bearer.key, name=name, hosts=dict(hosts), labels=bearer.labels, **export._asdict())
        return self.shown(want, bearer)

    def _adopted(self, listing: Listing, register: Mapping[Key, Claim], want: Datastore, datacenter: Row) -> Row | None:
        """The datastore of that name; of one host's local ones that which has it there, whatever it is called here."""
        place = self.center.settings.datastores.get(want.key.name)
        if want.adopt is None or place is None or place.host is None:
            return listing.named("Datastore", want.adopt or "", datacenter.ref)
        named = host_names(self.center.settings)[str(place.host)]
        host = next((id_ for id_, name in keyed_hosts(self.center, listing, register).items() if name == named), "")
        local = re.compile(re.escape(want.adopt) + NUMBERED)
        return next(
            (row for row in listing.all("Datastore") if _only_on(row, host) and local.fullmatch(_name(row))), None
        )

    def _mounted(self, store: str) -> list[str]:
        """Ids of the hosts that have it mounted now."""
        found = self.center.connection.properties(self.center.ref(store), "host").get("host") or ()
        return [moid(mount.key) for mount in found]

    def _mount(self, want: Datastore, host: str) -> Reference:
        export = Export(want.server, want.path, want.protocol)
        mount, what = self.center.datastores(host).CreateNasDatastore, f"mount {export} as {want.name}"
        return self.center.connection.call(mount, export.volume(want.name), what=what)

    def _remove(self, store: str, host: str, name: str) -> None:
        """One call. That the host has it not any more is no error."""
        with suppress(NotFound):
            remove = self.center.datastores(host).RemoveDatastore
            self.center.connection.call(remove, self.center.ref(store), what=f"unmount {name}")

    def _unmount(self, store: str) -> Answer:
        """One host fewer. The mount that the appliance stands on stays: it is the ESXi host's session's."""
        listing = Listing.of(self.center.connection)
        row = listing.get(store)
        if row is None:
            return self.gone()
        register = self.center.claims.held
        hosts = self._hosts(listing, register, row)
        if hosts:
            self._remove(store, hosts[0], str(row.props["name"]))
            return self.center.later({"store": store}, f"{len(hosts) - 1} left")
        if self.center.fields.labels(row):  # the appliance's own stays, and is nobody's in the vCenter
            self.center.label(store, "")
        return self.gone()

    def _hosts(self, listing: Listing, register: Mapping[Key, Claim], row: Row) -> list[str]:
        """The hosts to unmount it from: ours and those of the zones' clusters."""
        keyed, settings = keyed_hosts(self.center, listing, register), self.center.settings
        clusters = {zone.cluster for zone in settings.zones.values()}
        ours = set(keyed)
        for cluster in listing.all("ClusterComputeResource"):
            if cluster.props.get("name") in clusters:
                ours |= {moid(host) for host in cluster.props.get("host") or ()}
        bootstrap = {claim.name for key, claim in register.items() if key.kind == BOOTSTRAP}
        carrier = self.center.carrier if row.props.get("name") in bootstrap else ""
        there = [moid(mount.key) for mount in row.props.get("host") or ()]
        return sorted(host for host in there if host in ours and keyed.get(host, "-") != carrier)


def _only_on(row: Row, host: str) -> bool:
    """Whether a datastore is one host's, and nothing that is mounted from the network."""
    there = [moid(mount.key) for mount in row.props.get("host") or ()]
    return there == [host] and getattr(row.props.get("info"), "nas", None) is None


def _name(row: Row) -> str:
    return str(row.props.get("name"))
