"""A host group of a cluster: the hosts that a zone's machines are to run on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, get_args

from pydantic import JsonValue

from paver.contract.driver import Kind
from paver.contract.errors import PreflightFailed
from paver.contract.names import global_name
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value
from paver.contract.types import FrozenDict, ZoneName
from paver_vsphere.center import Center
from paver_vsphere.resources.host import each
from paver_vsphere.sdk import vim
from paver_vsphere.session import Row, moid

KIND = "host-group"
PROPERTIES = ("name", "configurationEx")
"""What a listing reads of a cluster: its groups and rules have no place of their own."""


class HostGroup(Desired):
    """Wanted: a group of these hosts, or (`adopt`) one of that name that has hosts."""

    cluster: Value
    hosts: Mapping[str, Value] = {}
    """By a host's name in its key its id."""


class HostGroupKind(Kind[HostGroup]):
    """A group's name ends in the owner's digits: the name is the proof. The director's CPI makes the rules for it."""

    replace: ClassVar[frozenset[str]] = frozenset({"cluster"})

    def __init__(self, center: Center) -> None:
        self._center = center

    def create(self, want: HostGroup, attempt: Attempt) -> Answer:
        """Add it to its cluster."""
        del attempt
        if want.adopt is not None:
            raise PreflightFailed(
                self._center.where(want.adopt) + ": the spec adopts it, and it is not there", exit_code=7
            )
        return self._send("add", str(want.cluster), want.name, each(want.hosts))

    def update(self, have: Observed, want: HostGroup, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Other hosts."""
        del have, fields, attempt
        return self._send("edit", str(want.cluster), want.name, each(want.hosts))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Remove it from its cluster."""
        del attempt
        return self._send("remove", str(have.actual["cluster"]), str(have.outputs["name"]), ())

    def advance(self, want: HostGroup | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look at the task."""
        at = dict(ticket) if isinstance(ticket, dict) else {}
        over, _ = self._center.result(at, str(attempt.key))
        if not over:
            return self._center.still(at)
        if want is None:
            return Done(have=None)
        hosts = {name: str(id_) for name, id_ in want.hosts.items()}
        return Done(have=self._found(want.key, want.name, str(want.cluster), hosts))

    def observe(
        self, clusters: Iterable[Row], named: Mapping[str, str], wanted: Iterable[HostGroup]
    ) -> Iterator[Observed]:
        """Ours by their names, on all clusters that a zone is on or was on; and what the spec adopts.

        Args:
            clusters: What was read of these.
            named: Our hosts: id to name in the key.
            wanted: What is asked for.
        """
        center, asked = self._center, {want.key.name: want for want in wanted if want.adopt is not None}
        own = {global_name(center.owner.name, center.owner.id, zone): zone for zone in get_args(ZoneName)}
        for row in clusters:
            groups = {str(group.name): group for group in host_groups(row.props)}
            for name, group in groups.items():
                if name in own:
                    hosts = {named.get(moid(ref), moid(ref)): moid(ref) for ref in group.host or ()}
                    key = Key(kind=KIND, name=own[name])
                    found = self._found(key, name, moid(row.ref), hosts)
                    yield found.model_copy(update={"held_by": tuple(_rules(row, name))})
            for zone, place in center.settings.zones.items():
                want = asked.get(zone)
                if want is not None and place.cluster == row.props.get("name") and want.adopt in groups:
                    hosts = {moid(ref): moid(ref) for ref in groups[want.adopt].host or ()}
                    yield self._adopted(want, moid(row.ref), hosts)

    def _adopted(self, want: HostGroup, cluster: str, hosts: Mapping[str, str]) -> Observed:
        found = self._found(want.key, str(want.adopt), cluster, hosts)
        # Who is in it is the site's to say, as long as anybody is.
        actual = {"cluster": cluster, "hosts": {} if hosts else {"none": ""}}
        return found.model_copy(update={"owner": None, "proof": Proof.ADOPTED, "needs": (), "actual": actual})

    def _found(self, key: Key, name: str, cluster: str, hosts: Mapping[str, str]) -> Observed:
        want = HostGroup(key=key, name=name, cluster=cluster, hosts=FrozenDict(hosts))
        outputs = {"name": name, "hosts": " ".join(sorted(hosts.values()))}
        needs = (cluster, *sorted(hosts.values()))
        return self._center.made(want, f"{KIND}:{cluster}/{name}", Proof.NAME, outputs=outputs, needs=needs)

    def _send(self, operation: str, cluster: str, name: str, hosts: Iterable[str]) -> Answer:
        center, api = self._center, vim().cluster
        if operation == "remove":
            change = api.GroupSpec(operation=operation, removeKey=name)
        else:
            group = api.HostGroup(name=name, host=[center.ref(host) for host in hosts])
            change = api.GroupSpec(operation=operation, info=group)
        reconfigure = center.ref(cluster).ReconfigureComputeResource_Task
        task = center.connection.call(
            reconfigure, api.ConfigSpecEx(groupSpec=[change]), True, what=f"{operation} host group {name}"
        )
        return center.waiting(task, "being changed")


def host_groups(properties: Mapping[str, Any]) -> Iterator[Any]:
    """The groups of hosts among a cluster's properties."""
    groups = getattr(properties.get("configurationEx"), "group", None) or ()
    return (group for group in groups if isinstance(group, vim().cluster.HostGroup))


def _rules(cluster: Row, group: str) -> Iterator[str]:
    """Rules of others that name a group: it is theirs as long as they do."""
    for rule in getattr(cluster.props.get("configurationEx"), "rule", None) or ():
        if group in {getattr(rule, "affineHostGroupName", None), getattr(rule, "antiAffineHostGroupName", None)}:
            yield f"DRS rule {rule.name}"
