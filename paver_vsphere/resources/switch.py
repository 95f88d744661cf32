"""A distributed switch and its members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import JsonValue

from paver.contract.names import marker, read_marker
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value
from paver_vsphere.inventory import Listing
from paver_vsphere.resources.entity import EntityKind, registered
from paver_vsphere.sdk import vim
from paver_vsphere.session import Reference, Row, moid

KIND = "switch"


class Switch(Desired):
    """Wanted: a distributed switch that every host of these clusters is a member of."""

    datacenter: Value
    hosts: Mapping[str, Value]
    """Its members: a host's name in its key, and its id."""
    uplinks: tuple[str, ...]
    """Physical NICs of each host."""


class SwitchKind(EntityKind[Switch]):
    """Its description bears the mark, in the create call. Members join with it; later ones one at a time."""

    kind = KIND
    proof = Proof.MARK
    replace: ClassVar[frozenset[str]] = frozenset({"datacenter"})
    unseen: ClassVar[frozenset[str]] = frozenset({"uplinks"})  # a host's NICs are joined once, and then the site's

    def send(self, want: Switch) -> Reference:
        """A task."""
        datacenter = self.center.ref(want.datacenter)
        folder = self.center.connection.properties(datacenter, "networkFolder")["networkFolder"]
        names = [f"uplink{number}" for number in range(1, max(1, len(want.uplinks)) + 1)]
        config = vim().dvs.VmwareDistributedVirtualSwitch.ConfigSpec(
            name=want.name,
            description=marker(self.center.owner, want.key),
            uplinkPortPolicy=vim().DistributedVirtualSwitch.NameArrayUplinkPortPolicy(uplinkPortName=names),
            host=[self._member(self.center.ref(host), want.uplinks, "add") for host in want.hosts.values()],
        )
        spec = vim().DistributedVirtualSwitch.CreateSpec(configSpec=config)
        return self.center.connection.call(folder.CreateDVS_Task, spec, what=f"create switch {want.name}")

    def update(self, have: Observed, want: Switch, fields: frozenset[str], attempt: Attempt) -> Answer:
        """The next host that joins or leaves."""
        del fields, attempt
        return self._next(have.id, want) or Done(have=self._seen(have.id, want))

    def advance(self, want: Switch | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look at the task; then the next host."""
        at = dict(ticket) if isinstance(ticket, dict) else {}
        if want is None or "switch" not in at:
            return super().advance(want, ticket, attempt)
        over, _ = self.center.result(at, f"change {attempt.key}")
        if not over:
            return self.center.waiting(self.center.ref(at["task"]), "a host joins", switch=at["switch"])
        return self._next(str(at["switch"]), want) or Done(have=self._seen(str(at["switch"]), want))

    def needs(self, want: Switch) -> tuple[str, ...]:
        """Its datacenter and its members: it goes before they do."""
        return (str(want.datacenter), *map(str, want.hosts.values()))

    def observe(self, listing: Listing, register: dict[Key, str], wanted: list[Switch]) -> Iterator[Observed]:
        """By its mark, where it bears the environment's name."""
        del wanted
        named = {name: key.name for key, name in registered("host", register)}
        for row in listing.all("DistributedVirtualSwitch"):
            marked = read_marker(row.props.get("config.description"))
            if marked and marked[0].id == self.center.owner.id and row.props.get("name") == marked[0].name:
                yield self._observed(listing, row, marked[1], named)

    def _observed(self, listing: Listing, row: Row, key: Key, named: Mapping[str, str]) -> Observed:
        members = {}
        for ref in row.props.get("summary.hostMember") or ():
            host = listing.get(ref)
            name = str(host.props.get("name")) if host else moid(ref)
            members[named.get(name, name)] = moid(ref)
        datacenter = next((moid(dc.ref) for dc in listing.all("Datacenter") if listing.below(row, dc.ref)), "")
        want = Switch(key=key, name=str(row.props["name"]), datacenter=datacenter, hosts=members, uplinks=())
        return self.found(want, moid(row.ref))

    def _next(self, id_: str, want: Switch) -> Answer | None:
        found = self.center.connection.properties(self.center.ref(id_), "config.configVersion", "summary.hostMember")
        members = {moid(host) for host in found.get("summary.hostMember") or ()}
        asked = {str(host) for host in want.hosts.values()}
        changes = [
            *((host, "add") for host in sorted(asked - members)),
            *((h, "remove") for h in sorted(members - asked)),
        ]
        if not changes:
            return None
        host, operation = changes[0]
        spec = vim().dvs.VmwareDistributedVirtualSwitch.ConfigSpec(
            configVersion=found["config.configVersion"],
            host=[self._member(self.center.ref(host), want.uplinks, operation)],
        )
        task = self.center.connection.call(
            self.center.ref(id_).ReconfigureDvs_Task, spec, what=f"{operation} a host on switch {want.name}"
        )
        return self.center.waiting(task, f"{operation} {host}", switch=id_)

    def _seen(self, id_: str, want: Switch) -> Observed:
        return self.found(want, id_)

    def _member(self, host: Reference, uplinks: tuple[str, ...], operation: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        member = vim().dvs.HostMember
        backing = member.PnicBacking(pnicSpec=[member.PnicSpec(pnicDevice=device) for device in uplinks])
        return member.ConfigSpec(operation=operation, host=host, backing=backing if operation == "add" else None)
