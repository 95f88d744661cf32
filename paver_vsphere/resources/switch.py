"""A distributed switch and its members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import JsonValue

from paver.contract.names import marker, read_marker
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Value
from paver_vsphere.claims import Claim
from paver_vsphere.inventory import Listing
from paver_vsphere.resources.cluster import datacenter_of
from paver_vsphere.resources.entity import EntityKind, adopted
from paver_vsphere.resources.host import each, members
from paver_vsphere.sdk import vim
from paver_vsphere.session import Reference, Row, moid

KIND = "switch"

_WHAT = {"add": "add a host on", "remove": "remove a host on", "mtu": "change the MTU of"}
_SAID = {"add": "a host joins", "remove": "a host leaves", "mtu": "its MTU changes"}


DEFAULT_MTU = 1500


class Switch(Desired):
    """Wanted: a distributed switch that every host of these clusters is a member of, or (`adopt`) one of that name."""

    datacenter: Value
    hosts: Mapping[str, Value]
    """Its members: by a host's name in its key its id; by `cluster-ZONE` the ids of a cluster that exists."""
    uplinks: tuple[str, ...]
    """Physical NICs of each host."""
    mtu: int = DEFAULT_MTU
    """Bytes."""


class SwitchKind(EntityKind[Switch]):
    """Its description bears the mark, in the create call. Members join one at a time: a broken one breaks no other."""

    kind = KIND
    replace: ClassVar[frozenset[str]] = frozenset({"datacenter"})
    unseen: ClassVar[frozenset[str]] = frozenset({"uplinks"})  # a host's NICs are joined once, and then the site's

    def send(self, want: Switch) -> Reference:
        """A task."""
        folder = self.center.folder(want.datacenter, "networkFolder")
        names = [f"uplink{number}" for number in range(1, max(1, len(want.uplinks)) + 1)]
        config = vim().dvs.VmwareDistributedVirtualSwitch.ConfigSpec(
            name=want.name,
            description=marker(self.center.owner, want.key),
            uplinkPortPolicy=vim().DistributedVirtualSwitch.NameArrayUplinkPortPolicy(uplinkPortName=names),
            maxMtu=want.mtu,
        )
        spec = vim().DistributedVirtualSwitch.CreateSpec(configSpec=config)
        return self.center.connection.call(folder.CreateDVS_Task, spec, what=f"create switch {want.name}")

    def born(self, want: Switch, ref: Reference) -> Answer:
        """The first host joins next."""
        return self.center.later({"switch": moid(ref)}, "made")

    def update(self, have: Observed, want: Switch, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Its MTU, then the next host that joins or leaves. Hosts of others, which joined without us, stay."""
        del fields, attempt
        known = have.actual["hosts"]
        return self._next(have.id, want, each(known) if isinstance(known, Mapping) else [])

    def advance(self, want: Switch | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look at the task; then the next host."""
        at = dict(ticket) if isinstance(ticket, dict) else {}
        if want is None or "switch" not in at:
            return super().advance(want, ticket, attempt)
        if "task" in at:
            over, _ = self.center.result(at, f"change {attempt.key}")
            if not over:
                return self.center.still(at)
            if at.get("last"):
                return Done(have=self.found(want, str(at["switch"])))
        leaving = at.get("leaving")
        return self._next(str(at["switch"]), want, [str(one) for one in leaving] if isinstance(leaving, list) else [])

    def needs(self, want: Switch) -> tuple[str, ...]:
        """Its datacenter and its members: it goes before they do."""
        return (str(want.datacenter), *each(want.hosts))

    def observe(self, listing: Listing, register: Mapping[Key, Claim], wanted: list[Switch]) -> Iterator[Observed]:
        """By its mark, where it bears the environment's name; or the adopted one."""
        asked = {want.key: want.hosts for want in wanted}
        for row in listing.all("DistributedVirtualSwitch"):
            marked = read_marker(row.props.get("config.description"))
            if marked is None or marked[0].id != self.center.owner.id or marked[1].kind != KIND:
                continue
            if row.props.get("name") == marked[0].name:
                yield self._observed(listing, register, row, marked[1], asked.get(marked[1], {}))
        for want in wanted:
            yield from self._adopted(listing, register, want)

    def _observed(
        self, listing: Listing, register: Mapping[Key, Claim], row: Row, key: Key, asked: Mapping[str, Value]
    ) -> Observed:
        joined = {moid(ref) for ref in row.props.get("summary.hostMember") or ()}
        hosts = members(self.center, listing, register, asked, joined)
        mtu = int(row.props.get("config.maxMtu") or DEFAULT_MTU)
        datacenter = datacenter_of(listing, row)
        want = Switch(key=key, name=str(row.props["name"]), datacenter=datacenter, hosts=hosts, uplinks=(), mtu=mtu)
        return self.found(want, moid(row.ref))

    def _adopted(self, listing: Listing, register: Mapping[Key, Claim], want: Switch) -> Iterator[Observed]:
        """The only one of that name in the datacenter. Who is in it is compared, and nothing of it is changed."""
        datacenter = self.center.datacenter(listing)
        if want.adopt is None or datacenter is None:
            return
        named = [
            row
            for row in listing.all("DistributedVirtualSwitch")
            if row.props.get("name") == want.adopt and listing.below(row, datacenter.ref)
        ]
        if len(named) == 1:
            found = self._observed(listing, register, named[0], want.key, want.hosts)
            yield from adopted(want, named[0], {**found.actual, "mtu": want.mtu})

    def _next(self, id_: str, want: Switch, known: list[str]) -> Answer:
        """The next change: its MTU; who of `known` is not wanted leaves, who is wanted and not there joins."""
        paths = ("config.configVersion", "config.maxMtu", "summary.hostMember")
        found = self.center.connection.properties(self.center.ref(id_), *paths)
        there = {moid(host) for host in found.get("summary.hostMember") or ()}
        asked = each(want.hosts)
        leaving = [host for host in known if host in there and host not in asked]
        changes = [*((host, "remove") for host in leaving), *((host, "add") for host in asked if host not in there)]
        if (found.get("config.maxMtu") or DEFAULT_MTU) != want.mtu:
            changes.insert(0, ("", "mtu"))
        if not changes:
            return Done(have=self.found(want, id_))
        host, operation = changes[0]
        change: dict[str, Any] = {"maxMtu": want.mtu}
        if operation != "mtu":
            change = {"host": [self._member(self.center.ref(host), want.uplinks, operation)]}
        version = found["config.configVersion"]
        spec = vim().dvs.VmwareDistributedVirtualSwitch.ConfigSpec(configVersion=version, **change)
        reconfigure = self.center.ref(id_).ReconfigureDvs_Task
        task = self.center.connection.call(reconfigure, spec, what=f"{_WHAT[operation]} switch {want.name}")
        return self.center.waiting(task, _SAID[operation], switch=id_, leaving=list(leaving), last=len(changes) == 1)

    def _member(self, host: Reference, uplinks: tuple[str, ...], operation: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        member = vim().dvs.HostMember
        backing = member.PnicBacking(pnicSpec=[member.PnicSpec(pnicDevice=device) for device in uplinks])
        return member.ConfigSpec(operation=operation, host=host, backing=backing if operation == "add" else None)
