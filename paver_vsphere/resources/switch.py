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
from paver_vsphere.resources.entity import EntityKind
from paver_vsphere.resources.host import each, members
from paver_vsphere.sdk import vim
from paver_vsphere.session import Reference, Row, moid

KIND = "switch"


class Switch(Desired):
    """Wanted: a distributed switch that every host of these clusters is a member of."""

    datacenter: Value
    hosts: Mapping[str, Value]
    """Its members: by a host's name in its key its id; by `cluster-ZONE` the ids of a cluster that exists."""
    uplinks: tuple[str, ...]
    """Physical NICs of each host."""


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
        )
        spec = vim().DistributedVirtualSwitch.CreateSpec(configSpec=config)
        return self.center.connection.call(folder.CreateDVS_Task, spec, what=f"create switch {want.name}")

    def born(self, want: Switch, ref: Reference) -> Answer:
        """The first host joins next."""
        return self.center.later({"switch": moid(ref)}, "made")

    def update(self, have: Observed, want: Switch, fields: frozenset[str], attempt: Attempt) -> Answer:
        """The next host that joins or leaves. Hosts of others, which joined without us, stay."""
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
        """By its mark, where it bears the environment's name."""
        asked = {want.key: want.hosts for want in wanted}
        for row in listing.all("DistributedVirtualSwitch"):
            marked = read_marker(row.props.get("config.description"))
            if marked is None or marked[0].id != self.center.owner.id or marked[1].kind != KIND:
                continue
            if row.props.get("name") == marked[0].name:
                yield self._observed(listing, register, row, marked[1], asked.get(marked[1], {}))

    def _observed(
        self, listing: Listing, register: Mapping[Key, Claim], row: Row, key: Key, asked: Mapping[str, Value]
    ) -> Observed:
        joined = {moid(ref) for ref in row.props.get("summary.hostMember") or ()}
        hosts = members(self.center, listing, register, asked, joined)
        want = Switch(
            key=key, name=str(row.props["name"]), datacenter=datacenter_of(listing, row), hosts=hosts, uplinks=()
        )
        return self.found(want, moid(row.ref))

    def _next(self, id_: str, want: Switch, known: list[str]) -> Answer:
        """The next change: who of `known` is not wanted leaves, who is wanted and not there joins."""
        found = self.center.connection.properties(self.center.ref(id_), "config.configVersion", "summary.hostMember")
        there = {moid(host) for host in found.get("summary.hostMember") or ()}
        asked = each(want.hosts)
        leaving = [host for host in known if host in there and host not in asked]
        changes = [*((host, "remove") for host in leaving), *((host, "add") for host in asked if host not in there)]
        if not changes:
            return Done(have=self.found(want, id_))
        host, operation = changes[0]
        spec = vim().dvs.VmwareDistributedVirtualSwitch.ConfigSpec(
            configVersion=found["config.configVersion"],
            host=[self._member(self.center.ref(host), want.uplinks, operation)],
        )
        reconfigure = self.center.ref(id_).ReconfigureDvs_Task
        task = self.center.connection.call(reconfigure, spec, what=f"{operation} a host on switch {want.name}")
        said = "a host joins" if operation == "add" else "a host leaves"
        return self.center.waiting(task, said, switch=id_, leaving=list(leaving), last=len(changes) == 1)

    def _member(self, host: Reference, uplinks: tuple[str, ...], operation: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        member = vim().dvs.HostMember
        backing = member.PnicBacking(pnicSpec=[member.PnicSpec(pnicDevice=device) for device in uplinks])
        return member.ConfigSpec(operation=operation, host=host, backing=backing if operation == "add" else None)
