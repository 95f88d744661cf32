from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from paver.cli.output.plan import plan_json, plan_lines, replaced
from paver.contract.resource import STORE, Desired, Key, Observed, Proof
from paver.contract.types import Owner
from paver.engine.plan import Action, Change, Plan, Step
from paver.engine.plan_document import document

OWNER = UUID("7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4")
VCENTER = Key(kind="appliance", name="vcenter")


def step(
    key: str,
    action: Action = Action.CREATE,
    *,
    note: str = "",
    name: str = "native",
    scope: Key | None = None,
    later: Key | None = None,
    have: str = "",
    changes: tuple[Change, ...] = (),
    reason: str = "",
) -> Step:
    parsed = Key.parse(key)
    return Step(
        key=parsed,
        action=action,
        scope=scope,
        want=None if action is Action.DELETE else Desired(key=parsed, name=name, note=note, scope=scope),
        have=Observed(kind=parsed.kind, id=have, key=parsed, owner=OWNER, proof=Proof.MARK, actual={})
        if have
        else None,
        changes=changes,
        reason=reason,
        known_after=later,
    )


def plan_of(*steps: Step, iaas: str = "aws", target: str = "account 123456789012, eu-west-1") -> Plan:
    return Plan(iaas=iaas, environment="staging", target=target, identities={}, steps=steps)


def zoned(kind: str, *names: str) -> list[Step]:
    return [step(f"{kind}/{name}/{zone}") for name in names for zone in ("z1", "z2", "z3")]


def test_a_first_plan_is_told_by_kind_with_names_in_few_words() -> None:
    plan = plan_of(
        step("network/staging", note="10.20.0.0/16"),
        *zoned("subnet", "management", "services", "workload", "lb"),
        *zoned("address-reservation", "lb"),
        *zoned("route-table", "nat"),
        step("route-table/proxy"),
        step("route-table/direct"),
        *(step(f"nat-gateway/{zone}") for zone in ("z1", "z2", "z3")),
        step("load-balancer/concourse", note="(internal)"),
        step("load-balancer/ssh", note="(public)"),
        step("listener/concourse/443"),
        step("listener/ssh/22"),
        step("user/bosh-cpi"),
        step("user/blobstore"),
        step("instance/jumpbox", note="10.20.32.5"),
        step("certificate/concourse", note="90 days", scope=STORE),
    )
    remarks = ["Open from outside: ssh 22 and jumpbox 22, from 198.51.100.0/24."]
    lines = plan_lines(plan, seconds=1.4, remarks=remarks, following="paver pave --iaas aws")
    assert lines == [
        "staging on aws: account 123456789012, eu-west-1",
        "",
        "  + network               1  10.20.0.0/16",
        "  + subnet               12  management services workload lb, each in z1 z2 z3",
        "  + address-reservation   3  lb in z1 z2 z3",
        "  + route-table           5  nat z1 z2 z3, proxy, direct",
        "  + nat-gateway           3  z1 z2 z3",
        "  + load-balancer         2  concourse (internal), ssh (public)",
        "  + listener              2  concourse 443, ssh 22",
        "  + user                  2  bosh-cpi blobstore",
        "  + instance              1  jumpbox 10.20.32.5",
        "  + certificate           1  concourse, 90 days",
        "",
        "Open from outside: ssh 22 and jumpbox 22, from 198.51.100.0/24.",
        "32 to create, 0 to change, 0 to delete. Planned in 1.4 s; nothing was changed.",
        "Next: paver pave --iaas aws",
    ]


def test_a_plan_with_changes_tells_each_step_its_fields_and_why() -> None:
    plan = plan_of(
        step("target-group/concourse/2222"),
        step(
            "security-group/concourse",
            Action.UPDATE,
            have="sg-08de234934440e89b",
            changes=(
                Change(
                    field="ingress",
                    before=["tcp 443 from 10.20.0.0/16"],
                    after=["tcp 443 from 10.20.0.0/16", "tcp 2222 from 10.20.0.0/16"],
                ),
            ),
            reason="load_balancers.concourse.ports: 443 → 443 2222",
        ),
        step(
            "instance/jumpbox",
            Action.REPLACE,
            have="i-0d0afbcf8bb6e68e6",
            changes=(Change(field="image", before="ami-0f1e2d3c4b5a69788", after="ami-0a9b8c7d6e5f41302"),),
            reason="not to be changed in place",
        ),
        step("network/staging", Action.KEEP, have="vpc-1"),
    )
    assert plan_lines(plan, seconds=1.3, remarks=replaced(plan)) == [
        "staging on aws: account 123456789012, eu-west-1",
        "",
        "  + target-group/concourse/2222",
        "  ~ security-group/concourse  sg-08de234934440e89b",
        "      ingress  + tcp 2222 from 10.20.0.0/16",
        "      because  load_balancers.concourse.ports: 443 → 443 2222",
        "  ± instance/jumpbox  i-0d0afbcf8bb6e68e6",
        "      image  ami-0f1e2d3c4b5a69788 → ami-0a9b8c7d6e5f41302, not to be changed in place",
        "",
        "instance/jumpbox is away while replaced.",
        "1 to create, 1 to change, 1 to replace, 0 to delete; 1 is as it should be. Planned in 1.3 s.",
    ]


def test_a_plan_of_several_places_is_told_place_by_place_the_secret_store_last() -> None:
    inside = {"scope": VCENTER, "later": VCENTER}
    plan = plan_of(
        step("port-group/bootstrap", note="VLAN 20"),
        step("certificate/concourse", note="90 days", scope=STORE),
        step("appliance/vcenter", note="10.20.0.4, small", name="vcenter.staging.example.com"),
        step("cluster/z1", **inside),  # type: ignore[arg-type]  # keyword arguments of one type in a dict
        step("cluster/z2", **inside),  # type: ignore[arg-type]  # the same
        step("port-group/management", note="20", **inside),  # type: ignore[arg-type]  # the same
        step("port-group/lb", note="23", **inside),  # type: ignore[arg-type]  # the same
        iaas="vsphere",
        target="esxi-1, thumbprint pinned; no vCenter yet",
    )
    assert plan_lines(plan, seconds=0.9) == [
        "staging on vsphere: esxi-1, thumbprint pinned; no vCenter yet",
        "",
        "  on esxi-1",
        "  + port-group    1  bootstrap, VLAN 20",
        "  + appliance     1  vcenter 10.20.0.4, small",
        "",
        "  in vcenter.staging.example.com, known after appliance/vcenter",
        "  + cluster       2  z1 z2",
        "  + port-group    2  management 20, lb 23",
        "",
        "  in the secret store",
        "  + certificate   1  concourse, 90 days",
        "",
        "7 to create, 0 to change, 0 to delete; 4 known after appliance/vcenter. Planned in 0.9 s.",
    ]


def test_an_empty_plan_is_one_line() -> None:
    plan = plan_of(step("network/staging", Action.KEEP, have="vpc-1"), step("disk/a", Action.ADOPT, have="d-1"))
    assert plan_lines(plan, seconds=1.3, following="paver pave") == [
        "staging on aws is as it should be: 2 kept. Planned in 1.3 s; nothing was changed."
    ]


def test_what_an_earlier_run_began_is_waited_for() -> None:
    plan = plan_of(step("nat-gateway/z1", Action.RESUME, have="nat-1", reason="begun by an earlier run"))
    lines = plan_lines(plan, seconds=1.0)
    assert "  … nat-gateway/z1  nat-1" in lines
    assert "0 to create, 1 to wait for, 0 to change, 0 to delete. Planned in 1.0 s; nothing was changed." in lines


def test_no_line_is_wider_than_a_hundred_columns() -> None:
    plan = plan_of(*(step(f"dns-record/a-rather-long-record-name-{number}") for number in range(20)))
    assert max(map(len, plan_lines(plan, seconds=1.0))) <= 100


def test_the_json_plan_names_each_step_with_its_changes() -> None:
    change = Change(field="size", before=1, known_after=VCENTER)
    plan = plan_of(step("disk/a", Action.UPDATE, have="d-1", changes=(change,)), step("disk/b"))
    found = plan_json(document(plan, Owner(id=OWNER, name="staging"), datetime.now(UTC), "0.1.0"))
    assert found["counts"] == {"update": 1, "create": 1}
    assert found["steps"][0]["id"] == "d-1"
    assert found["steps"][0]["changes"] == [
        {"field": "size", "before": 1, "after": None, "known_after": "appliance/vcenter"}
    ]
    assert found["steps"][1]["key"] == "disk/b"
    assert found["steps"][1]["id"] is None
