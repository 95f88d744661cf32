"""A rule of a cluster: the machines that paver makes run on different hosts, the jumpbox and the vCenter's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import JsonValue

from paver.contract.driver import Kind
from paver.contract.errors import NotFound, Rejected, Transient
from paver.contract.names import global_name, read_marks
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value
from paver.contract.types import FrozenDict, Owner
from paver_vsphere.appliance.wanted import KEY as APPLIANCE
from paver_vsphere.appliance.wanted import appliance_name
from paver_vsphere.center import Center
from paver_vsphere.machine.vm import options_of
from paver_vsphere.sdk import vim
from paver_vsphere.session import Reference, Row, moid

KIND = "anti-affinity"
KEY = Key(kind=KIND, name="jumpbox-vcenter")
JUMPBOX, VCENTER = "jumpbox", "vcenter"
"""Whose names in a rule's machines are known."""


class AntiAffinity(Desired):
    """Wanted: a DRS rule that keeps these machines on different hosts."""

    key: Key = KEY
    cluster: Value
    machines: Mapping[str, Value]
    """`jumpbox`: its id. `vcenter`: the UUID of its firmware, which its ESXi host shows as well."""
    enabled: bool = True
    mandatory: bool = False
    """Whether DRS would rather leave a machine switched off than break it."""


class AntiAffinityKind(Kind[AntiAffinity]):
    """A rule's name ends in the owner's digits: the name is the proof.

    The vCenter's own machine came with its host, so it is found by its UUID. A machine that goes leaves its rules, and
    nothing says that a rule outlives that: it is looked for right before each call.
    """

    replace: ClassVar[frozenset[str]] = frozenset({"cluster"})

    def __init__(self, center: Center) -> None:
        self._center = center

    def create(self, want: AntiAffinity, attempt: Attempt) -> Answer:
        """Add it to its cluster."""
        del attempt
        return self._set(want, None)

    def update(self, have: Observed, want: AntiAffinity, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Other machines, or switched on again."""
        del have, fields, attempt
        return self._set(want, self._rule(str(want.cluster)))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Remove it from its cluster."""
        del attempt
        cluster = str(have.actual["cluster"])
        rule = self._rule(cluster)
        if rule is None:
            raise NotFound(self._center.where(str(have.outputs["name"])) + " is gone")
        change = vim().cluster.RuleSpec(operation="remove", removeKey=rule.key)
        return self._send(cluster, change, f"remove DRS rule {rule.name}")

    def advance(self, want: AntiAffinity | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look at the task."""
        at = dict(ticket) if isinstance(ticket, dict) else {}
        over, _ = self._center.result(at, str(attempt.key))
        if not over:
            return self._center.still(at)
        return Done(have=None if want is None else self._found(want, [str(want.machines[JUMPBOX])]))

    def observe(self, clusters: Iterable[Row], jumpboxes: Iterable[str]) -> Iterator[Observed]:
        """Ours by its name, on all clusters that a zone is on or was on. One call, none where there is no rule.

        Args:
            clusters: What was read of these.
            jumpboxes: The id of ours, if there is one.
        """
        known = dict.fromkeys(jumpboxes, JUMPBOX)
        for row in clusters:
            rule = _named(row.props, rule_name(self._center.owner))
            if rule is None:
                continue
            held = [moid(ref) for ref in rule.vm or ()]
            machines = {known.get(id_, id_): id_ for id_ in held}
            for id_ in held and self._vcenter():
                if machines.pop(id_, None) is not None:
                    machines[VCENTER] = self._center.machine
            want = AntiAffinity(
                name=str(rule.name),
                cluster=moid(row.ref),
                machines=FrozenDict(machines),
                enabled=bool(rule.enabled),
                mandatory=bool(rule.mandatory),
            )
            yield self._found(want, held)

    def _found(self, want: AntiAffinity, machines: Sequence[str]) -> Observed:
        cluster = str(want.cluster)
        id_, needs = f"{KIND}:{cluster}/{want.name}", (cluster, *machines)
        return self._center.made(want, id_, Proof.NAME, needs=needs, serial=cluster)

    def _vcenter(self) -> list[str]:
        """Id of the machine that the vCenter runs in: by its UUID, of several the one with its marks and name."""
        center = self._center
        search = center.content.searchIndex.FindAllByUuid
        found: list[Reference] = []
        if center.machine:
            what = "look for the vCenter's own machine"
            found = center.connection.read(search, None, center.machine, True, False, what=what) or []
        if len(found) > 1:
            wanted = {"VirtualMachine": ("name", "config.extraConfig")}
            rows = center.connection.retrieve(wanted, roots=found, tree={})
            found = [row.ref for row in rows if _is_appliance(row, center.owner)]
        return [moid(ref) for ref in found]

    def _set(self, want: AntiAffinity, rule: Any) -> Answer:  # noqa: ANN401  pyVmomi makes its types at run time
        """Add it, or edit the one that is there. Raises Transient where the vCenter does not show its machine yet."""
        center = self._center
        own = self._vcenter()
        if not own:
            raise Transient(center.where("the vCenter's own machine") + " is not in the inventory yet")
        machines = [str(want.machines[JUMPBOX]), *own]
        self._check(str(want.cluster), machines)
        info = vim().cluster.AntiAffinityRuleSpec(
            name=want.name,
            enabled=want.enabled,
            mandatory=want.mandatory,
            vm=[center.ref(machine) for machine in machines],
        )
        if rule is not None:
            info.key = rule.key
        operation = "add" if rule is None else "edit"
        change = vim().cluster.RuleSpec(operation=operation, info=info)
        return self._send(str(want.cluster), change, f"{operation} DRS rule {want.name}")

    def _check(self, cluster: str, machines: Sequence[str]) -> None:
        """Raise Rejected where somebody moved one of them to another cluster: a rule holds in one."""
        center = self._center
        roots = [center.ref(id_) for id_ in (cluster, *machines)]
        wanted = {"ClusterComputeResource": ("host",), "VirtualMachine": ("name", "runtime.host")}
        rows = center.connection.retrieve(wanted, roots=roots, tree={})
        hosts = {moid(host) for row in rows for host in row.props.get("host") or ()}
        away = [row.props["name"] for row in rows if "name" in row.props and _host(row) not in hosts]
        if away:
            raise Rejected(
                center.where(f"{' and '.join(sorted(map(str, away)))}, which the rule is about,")
                + " is in another cluster than the rule",
                hint="move it back to a host of the cluster that the section has it in",
            )

    def _rule(self, cluster: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        """Ours as it is now, or None."""
        properties = self._center.connection.properties(self._center.ref(cluster), "configurationEx")
        return _named(properties, rule_name(self._center.owner))

    def _send(self, cluster: str, change: Any, what: str) -> Answer:  # noqa: ANN401  pyVmomi makes its types at run time
        center = self._center
        reconfigure = center.ref(cluster).ReconfigureComputeResource_Task
        spec = vim().cluster.ConfigSpecEx(rulesSpec=[change])
        return center.waiting(center.connection.call(reconfigure, spec, True, what=what), "being changed")


def rule_name(owner: Owner) -> str:
    """The rule's name: other environments have theirs on the same cluster."""
    return global_name(owner.name, owner.id, JUMPBOX, VCENTER)


def _named(properties: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
    """The rule of that name among a cluster's properties, if it is one that keeps machines apart."""
    rules = getattr(properties.get("configurationEx"), "rule", None) or ()
    apart = (rule for rule in rules if isinstance(rule, vim().cluster.AntiAffinityRuleSpec))
    return next((rule for rule in apart if rule.name == name), None)


def _is_appliance(row: Row, owner: Owner) -> bool:
    named = row.props.get("name") == appliance_name(owner.name)
    return named and read_marks(options_of(row.props)) == (owner, APPLIANCE)


def _host(row: Row) -> str:
    host = row.props.get("runtime.host")
    return moid(host) if host is not None else ""
