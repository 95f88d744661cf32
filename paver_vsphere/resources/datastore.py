"""A datastore: an NFS v3 export mounted on hosts, or one that is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, ClassVar

from pydantic import JsonValue

from paver.contract.errors import AlreadyExists, NotFound
from paver.contract.names import OWNER
from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Value
from paver_vsphere.inventory import Listing
from paver_vsphere.marks import Bearer
from paver_vsphere.resources.entity import Entity, MarkedKind, adopted
from paver_vsphere.resources.host import each, keyed_hosts, members
from paver_vsphere.sdk import vim
from paver_vsphere.session import Reference, Row, moid

KIND = "datastore"
BOOTSTRAP = "datastore-mount"
"""Kind of the key under which the register names the datastore that the appliance stands on."""


class Datastore(Entity):
    """Wanted: an export mounted on these hosts under one name, or (`adopt`) a datastore of that name."""

    server: str = ""
    path: str = ""
    hosts: Mapping[str, Value] = {}
    """By a host's name in its key its id; by `cluster-ZONE` the ids of the hosts of a cluster that exists."""


class DatastoreKind(MarkedKind[Datastore]):
    """One mounting call a host; unmounting likewise. What is on the export is the file server's, and stays."""

    kind = KIND
    type = "Datastore"
    replace: ClassVar[frozenset[str]] = frozenset({"server", "path"})

    def create(self, want: Datastore, attempt: Attempt) -> Answer:
        """Mount it on the first host; where the appliance stands on it, one has it already."""
        if want.adopt is None:
            listing = Listing.of(self.center.connection)
            for bearer in self.ours(listing, self.center.claims.names):
                if bearer.key == want.key:
                    return self.born(want, bearer.row.ref)
        return super().create(want, attempt)

    def send(self, want: Datastore) -> Reference:
        """Mount it on the first host. Not a task: the object."""
        return self._mount(want, each(want.hosts)[0])

    def whole(self, want: Datastore, id_: str) -> Answer:
        """Mount it on the next host that has it not, or tell that all have."""
        mounted = self._mounted(id_)
        for host in each(want.hosts):
            if host not in mounted:
                # Who mounts the same export at the same time is told that it is there.
                with suppress(AlreadyExists):
                    self._mount(want, host)
                return self.center.later({"mark": id_, "left": []}, f"mounted on {len(mounted) + 1}")
        return Done(have=self.found(want, id_))

    def update(self, have: Observed, want: Datastore, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Mount it on a host that has joined; a host that left took its mount along."""
        if "labels" in fields:
            return super().update(have, want, fields, attempt)
        return self.whole(want, have.id)

    def destroy(self, have: Observed) -> Answer:
        """Unmount it from one host; the next by advance."""
        return self._unmount(have.id)

    def advance(self, want: Datastore | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """The next host."""
        at: dict[str, Any] = dict(ticket) if isinstance(ticket, dict) else {}
        if want is None and "store" in at:
            return self._unmount(str(at["store"]))
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

    def observe(self, listing: Listing, register: Mapping[Key, str], wanted: list[Datastore]) -> Iterator[Observed]:
        """By its marks, or the adopted one."""
        datacenter = self.center.datacenter(listing)
        asked = {want.key: want.hosts for want in wanted}
        for want in wanted:
            if want.adopt is not None and datacenter is not None:
                row = listing.named("Datastore", want.adopt, datacenter.ref)
                yield from adopted(want, row, {"server": "", "path": "", "hosts": {}, "labels": want.labels})
        for bearer in self.ours(listing, register):
            there = {moid(mount.key) for mount in bearer.row.props.get("host") or ()}
            hosts = members(self.center, listing, register, asked.get(bearer.key, {}), there)
            yield self._observed(bearer, hosts)

    def _observed(self, bearer: Bearer, hosts: Mapping[str, str]) -> Observed:
        nas = getattr(bearer.row.props.get("info"), "nas", None)
        server, path = (str(nas.remoteHost), str(nas.remotePath)) if nas else ("", "")
        name = str(bearer.row.props["name"])
        want = Datastore(key=bearer.key, name=name, server=server, path=path, hosts=dict(hosts), labels=bearer.labels)
        return self.shown(want, bearer)

    def _mounted(self, store: str) -> list[str]:
        """Ids of the hosts that have it mounted now."""
        found = self.center.connection.properties(self.center.ref(store), "host").get("host") or ()
        return [moid(mount.key) for mount in found]

    def _mount(self, want: Datastore, host: str) -> Reference:
        volume = vim().host.NasVolume.Specification(
            remoteHost=want.server, remotePath=want.path, localPath=want.name, accessMode="readWrite", type="NFS"
        )
        what = f"mount {want.server}:{want.path} as {want.name}"
        return self.center.connection.call(self._system(host).CreateNasDatastore, volume, what=what)

    def _unmount(self, store: str) -> Answer:
        """One host fewer. The mount that the appliance stands on stays: it is the ESXi host's session's."""
        listing = Listing.of(self.center.connection)
        row = listing.get(store)
        if row is None:
            return self.gone()
        register = self.center.claims.names
        hosts = self._hosts(listing, register, row)
        if hosts:
            with suppress(NotFound):  # that host has it not any more
                remove = self._system(hosts[0]).RemoveDatastore
                self.center.connection.call(remove, row.ref, what=f"unmount {row.props['name']}")
            return self.center.later({"store": store}, f"{len(hosts) - 1} left")
        if self.center.fields.values(row).get(OWNER):
            self.center.mark(store, OWNER, "")
        return self.gone()

    def _hosts(self, listing: Listing, register: Mapping[Key, str], row: Row) -> list[str]:
        """The hosts to unmount it from: ours and those of the zones' clusters."""
        keyed, settings = keyed_hosts(self.center, listing, register), self.center.settings
        clusters = {zone.cluster for zone in settings.zones.values()}
        ours = set(keyed)
        for cluster in listing.all("ClusterComputeResource"):
            if cluster.props.get("name") in clusters:
                ours |= {moid(host) for host in cluster.props.get("host") or ()}
        bootstrap = {name for key, name in register.items() if key.kind == BOOTSTRAP}
        carrier = self.center.carrier if row.props.get("name") in bootstrap else ""
        there = [moid(mount.key) for mount in row.props.get("host") or ()]
        return sorted(host for host in there if host in ours and keyed.get(host, "-") != carrier)

    def _system(self, host: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        path = "configManager.datastoreSystem"
        return self.center.connection.properties(self.center.ref(host), path)[path]
