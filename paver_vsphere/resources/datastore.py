"""A datastore: an NFS v3 export mounted on hosts, or one that is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import JsonValue

from paver.contract.errors import NotFound
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Value
from paver_vsphere.inventory import Listing
from paver_vsphere.resources.entity import EntityKind, adopted, registered
from paver_vsphere.sdk import vim
from paver_vsphere.session import Reference, Row, moid

KIND = "datastore"


class Datastore(Desired):
    """Wanted: an export mounted on these hosts under one name, or (`adopt`) a datastore of that name."""

    server: str = ""
    path: str = ""
    hosts: Mapping[str, Value] = {}
    """A host's name in its key, and its id. The first host is not among them where the appliance stands on it."""


class DatastoreKind(EntityKind[Datastore]):
    """One mounting call a host; unmounting likewise. What is on the export is the file server's, and stays."""

    kind = KIND
    replace: ClassVar[frozenset[str]] = frozenset({"server", "path"})

    def send(self, want: Datastore) -> Reference:
        """Mount it on the first host. Not a task: the object."""
        return self._mount(want, next(iter(want.hosts.values())))

    def create(self, want: Datastore, attempt: Attempt) -> Answer:
        """Mount it on the first host; the others follow."""
        if want.adopt is not None:
            return super().create(want, attempt)
        store = self.send(want)
        return self._next(want, moid(store), {next(iter(want.hosts)): ""})

    def update(self, have: Observed, want: Datastore, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Mount it on a host that has joined; a host that left took its mount along."""
        del fields, attempt
        mounted = have.actual["hosts"]
        return self._step(want, have.id, mounted if isinstance(mounted, Mapping) else {})

    def needs(self, want: Datastore) -> tuple[str, ...]:
        """The hosts that mount it."""
        return tuple(map(str, want.hosts.values()))

    def destroy(self, have: Observed) -> Answer:
        """Unmount it from one host; the next by advance."""
        mounted = have.actual["hosts"]
        return self._unmount(have.id, list(mounted.values()) if isinstance(mounted, Mapping) else [])

    def advance(self, want: Datastore | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """The next host."""
        at: dict[str, Any] = dict(ticket) if isinstance(ticket, dict) else {}
        if "gone" in at:
            return super().advance(want, ticket, attempt)
        if want is None:
            return self._unmount(str(at["store"]), list(at["hosts"]))
        return self._step(want, str(at["store"]), at["mounted"])

    def observe(self, listing: Listing, register: dict[Key, str], wanted: list[Datastore]) -> Iterator[Observed]:
        """By its registered name in the datacenter, or the adopted one."""
        datacenter = listing.named("Datacenter", self.center.settings.datacenter)
        if datacenter is None:
            return
        asked = {want.key: want for want in wanted}
        for want in wanted:
            if want.adopt is not None:
                row = listing.named("Datastore", want.adopt, datacenter.ref)
                yield from adopted(want, row, {"server": want.server, "path": want.path, "hosts": {}})
        names = {name: key.name for key, name in registered("host", register)}
        for key, name in registered(KIND, register):
            row = listing.named("Datastore", name, datacenter.ref)
            mounted = self._mounted(listing, row, names) if row else {}
            if key in asked:
                # The appliance's own mount, on the first host, belongs to the ESXi host's session.
                mounted = {host: id_ for host, id_ in mounted.items() if host in asked[key].hosts}
            else:
                mounted = {host: id_ for host, id_ in mounted.items() if host != self._carrier(names)}
            if row is not None and mounted:
                yield self._observed(key, name, row, mounted)

    def _carrier(self, names: Mapping[str, str]) -> str:
        """The key's name of the host that carries the appliance, where there is one."""
        settings = self.center.settings
        first = next((host for zone in settings.zones.values() for host in zone.hosts), "")
        return names.get(first.partition(":")[0], "") if settings.appliance else ""

    def _mounted(self, listing: Listing, row: Row, names: Mapping[str, str]) -> dict[str, str]:
        found = {}
        for mount in row.props.get("host") or ():
            host = listing.get(mount.key)
            name = str(host.props.get("name")) if host else ""
            if name in names:
                found[names[name]] = moid(mount.key)
        return found

    def _observed(self, key: Key, name: str, row: Row, mounted: Mapping[str, str]) -> Observed:
        nas = getattr(row.props.get("info"), "nas", None)
        server, path = (str(nas.remoteHost), str(nas.remotePath)) if nas else ("", "")
        want = Datastore(key=key, name=name, server=server, path=path, hosts=dict(mounted))
        held = tuple(moid(machine) for machine in row.props.get("vm") or ()) if not self._appliances(name) else ()
        return self.found(want, moid(row.ref), held_by=held)

    def _appliances(self, name: str) -> bool:
        appliance = self.center.settings.appliance
        if appliance is None:
            return False
        wanted = appliance.datastore
        return name.endswith(f"-{wanted}") if wanted else True

    def _step(self, want: Datastore, store: str, mounted: Mapping[str, object]) -> Answer:
        """Mount on the next host that has it not, or tell that all have."""
        for name, host in want.hosts.items():
            if name not in mounted:
                store = moid(self._mount(want, host))
                return self._next(want, store, {**mounted, name: ""})
        return Done(have=self.found(want, store))

    def _next(self, want: Datastore, store: str, mounted: Mapping[str, object]) -> Answer:
        if all(name in mounted for name in want.hosts):
            return Done(have=self.found(want, store))
        return self.center.later({"store": store, "mounted": dict.fromkeys(mounted, "")}, f"mounted on {len(mounted)}")

    def _mount(self, want: Datastore, host: object) -> Reference:
        volume = vim().host.NasVolume.Specification(
            remoteHost=want.server, remotePath=want.path, localPath=want.name, accessMode="readWrite", type="NFS"
        )
        system = self._system(host)
        return self.center.connection.call(
            system.CreateNasDatastore, volume, what=f"mount {want.server}:{want.path} as {want.name}"
        )

    def _unmount(self, store: str, hosts: list[Any]) -> Answer:
        if not hosts:
            return self.gone()
        host, *rest = hosts
        try:
            system = self._system(host)
            self.center.connection.call(system.RemoveDatastore, self.center.ref(store), what=f"unmount {store}")
        except NotFound:
            pass  # that host has it not any more
        return self.gone() if not rest else self.center.later({"store": store, "hosts": rest}, f"{len(rest)} left")

    def _system(self, host: object) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        path = "configManager.datastoreSystem"
        return self.center.connection.properties(self.center.ref(host), path)[path]
