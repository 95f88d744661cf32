from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from paver.api import Expiry, Status
from paver.cli.output.environment import value_at, value_lines
from paver.cli.output.preflight import finding_lines, preflight_error
from paver.cli.output.status import status_json, status_lines
from paver.cli.output.verify import verify_json, verify_lines
from paver.contract.driver import Cause, Finding, Severity
from paver.contract.errors import SpecError
from paver.contract.resource import Desired, Key, Observed, Proof, Ref
from paver.contract.types import Owner
from paver.engine.drift import Drift
from paver.engine.findings import exit_code
from paver.engine.plan import Action, Change, Plan, Step
from paver.engine.plan_document import document

OWNER = UUID("7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4")


def step(key: str, action: Action, have: str = "", *changes: Change) -> Step:
    parsed = Key.parse(key)
    return Step(
        key=parsed,
        action=action,
        want=None if action is Action.DELETE else Desired(key=parsed, name="native"),
        have=Observed(kind=parsed.kind, id=have, key=parsed, owner=OWNER, proof=Proof.MARK, actual={})
        if have
        else None,
        changes=changes,
    )


def plan_of(*steps: Step) -> Plan:
    target = "account 123456789012, eu-west-1"
    return Plan(iaas="aws", environment="staging", target=target, identities={}, steps=steps)


def test_verify_tells_what_is_there_and_what_should_be() -> None:
    kept = [step(f"subnet/{number}", Action.KEEP, f"subnet-{number}") for number in range(57)]
    plan = plan_of(
        step(
            "security-group/internal",
            Action.UPDATE,
            "sg-07d71f16ce1acdc0a",
            Change(field="ingress", before=["tcp 22 from 0.0.0.0/0"], after=[]),
        ),
        step(
            "bucket/blobs",
            Action.UPDATE,
            "staging-blobs-7c1f0a525c",
            Change(field="versioning", before="Suspended", after="Enabled"),
        ),
        step("dns-record/ssh", Action.CREATE),
        *kept,
    )
    assert verify_lines(Drift.of(plan), seconds=1.6, following="paver pave --iaas aws") == [
        "staging on aws: account 123456789012, eu-west-1",
        "",
        "  ~ security-group/internal  sg-07d71f16ce1acdc0a",
        "      ingress      tcp 22 from 0.0.0.0/0 is there and should not be",
        "  ~ bucket/blobs  staging-blobs-7c1f0a525c",
        "      versioning   Suspended, should be Enabled",
        "  - dns-record/ssh  is gone",
        "",
        "3 of 60 differ, 57 are as they should be. Verified in 1.6 s; nothing was changed.",
        "Next: paver pave --iaas aws puts it right",
    ]


def test_verify_names_what_is_there_and_nobody_wants() -> None:
    lines = verify_lines(Drift.of(plan_of(step("bucket/old", Action.DELETE, "b-1"))), seconds=1.0)
    assert "  + bucket/old  b-1 is there and not in the spec" in lines


def test_verify_tells_edits_apart_from_what_follows_from_them() -> None:
    network, subnet = Key.parse("network/lb"), Key.parse("subnet/lb/z1")
    inside = step("pool/z1", Action.CREATE).model_copy(update={"known_after": Key.parse("vcenter/main")})
    gone = Step(key=subnet, action=Action.CREATE, want=Inside(key=subnet, name="native", network=Ref(to=network)))
    plan = plan_of(
        step("network/lb", Action.CREATE),
        gone,
        step("rule/lb", Action.UPDATE, "r-1", Change(field="subnet", before="s-1", known_after=subnet)),
        step("vcenter/main", Action.CREATE),
        inside,
        step("disk/a", Action.KEEP, "d-1"),
    )
    drift = Drift.of(plan)
    assert verify_lines(drift, seconds=1.0)[2:] == [
        "  - network/lb  is gone",
        "  - vcenter/main  is gone",
        "",
        "  and what follows from that",
        "  - subnet/lb/z1  is gone with network/lb",
        "  ~ rule/lb  r-1",
        "      subnet   s-1, should follow subnet/lb/z1",
        "  ? pool/z1  cannot be seen without vcenter/main",
        "",
        "2 of 6 differ, 3 follow from that, 1 is as it should be. Verified in 1.0 s; nothing was changed.",
    ]
    told = verify_json(drift, document(plan, Owner(id=OWNER, name="staging"), NOW, "0.1.0"))
    assert told["edits"] == ["network/lb", "vcenter/main"]
    assert told["follows"] == {
        "subnet/lb/z1": ["network/lb"],
        "rule/lb": ["subnet/lb/z1"],
        "pool/z1": ["vcenter/main"],
    }


class Inside(Desired):
    """A thing in a network."""

    network: Ref


FINDINGS = (
    Finding(check="reach", severity=Severity.OK, what="ec2 iam sts, TLS verified"),
    Finding(
        check="permission",
        severity=Severity.FAIL,
        what="user/ci may not elasticloadbalancing:CreateListener, nor iam:PassRole on role/staging-jumpbox",
        hint="`paver permissions --iaas aws` prints the whole policy it needs",
        cause=Cause.DENIED,
    ),
    Finding(check="clock", severity=Severity.WARN, what="7 s behind"),
)


def test_preflight_names_each_check_and_hangs_its_hint_below() -> None:
    assert finding_lines(FINDINGS) == [
        "  ok    reach        ec2 iam sts, TLS verified",
        "  FAIL  permission   user/ci may not elasticloadbalancing:CreateListener, nor iam:PassRole on",
        "                     role/staging-jumpbox",
        "                     `paver permissions --iaas aws` prints the whole policy it needs",
        "  warn  clock        7 s behind",
    ]
    assert preflight_error(FINDINGS, "2.1 s").message == "1 of 3 checks failed in 2.1 s. Nothing was changed"


@pytest.mark.parametrize(
    ("causes", "code"),
    [
        ([], 0),
        ([Cause.OTHER, Cause.TRUST, Cause.DENIED], 6),
        ([Cause.DENIED, Cause.DENIED], 3),
        ([Cause.DENIED, Cause.OTHER], 7),
        ([Cause.OTHER], 7),
    ],
)
def test_trust_outranks_permission_and_permission_alone_is_three(causes: list[Cause], code: int) -> None:
    failures = [Finding(check="x", severity=Severity.FAIL, what="y", cause=cause) for cause in causes]
    passed = Finding(check="z", severity=Severity.OK, what="y", cause=Cause.TRUST)
    assert exit_code([passed, *failures]) == code


NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def status(*steps: Step, lock: str = "", there: int | None = None) -> Status:
    ends = datetime(2027, 2, 21, 12, 0, tzinfo=UTC)
    return Status(
        target="account 123456789012, eu-west-1",
        identity={"id": "123456789012"},
        there=sum(step.have is not None for step in steps) if there is None else there,
        plan=plan_of(*steps),
        last_paved=datetime(2026, 11, 23, 10, 14, tzinfo=UTC),
        by="ci on worker-3",
        unfinished=(),
        as_paved=True,
        lock=lock,
        expiries=(
            Expiry("certificate", "concourse", ends),
            Expiry("credential", "bosh-cpi", ends),
            Expiry("credential", "blobstore", ends + timedelta(hours=1)),
        ),
    )


def test_status_tells_what_is_there_and_what_ends_when() -> None:
    kept = [step(f"subnet/{number}", Action.KEEP, f"subnet-{number}") for number in range(60)]
    assert status_lines(status(*kept), str(OWNER), NOW, "environment.yml") == [
        "staging on aws: account 123456789012, eu-west-1, owner 7c1f0a52",
        "",
        "  resources      60, all there",
        "  last paved     2026-11-23 10:14 UTC by ci on worker-3",
        "  spec           environment.yml is what was paved",
        "  unfinished     nothing",
        "  lock           free",
        "  certificates   concourse ends 2027-02-21, in 89 days",
        "  credentials    bosh-cpi and blobstore to be rotated by 2027-02-21, in 89 days",
    ]


def test_status_counts_what_is_missing_and_what_differs() -> None:
    found = status(
        step("a/a", Action.KEEP, "1"), step("a/b", Action.CREATE), step("a/c", Action.UPDATE, "3"), lock="ci, pid 4711"
    )
    lines = status_lines(found, str(OWNER), NOW)
    assert "  resources      2, 1 missing, 1 differ" in lines
    assert "  lock           ci, pid 4711" in lines
    assert status_json(found, str(OWNER))["resources"] == {"there": 2, "differ": 2, "wanted": 3}


def test_status_of_nothing_says_that_nothing_is_paved() -> None:
    assert "  resources      none of 1: it is not paved" in status_lines(
        status(step("a/b", Action.CREATE)), str(OWNER), NOW
    )


DOCUMENT = {"networks": {"lb": {"assigned": {"director": "10.20.0.6"}}}, "labels": {"a.b/c": "d"}, "ntp": ["x", "y"]}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("networks.lb.assigned.director", "10.20.0.6"),
        ("labels.a.b/c", "d"),
        ("ntp.1", "y"),
        ("networks.lb", {"assigned": {"director": "10.20.0.6"}}),
    ],
)
def test_a_path_leads_to_one_value(path: str, value: object) -> None:
    assert value_at(DOCUMENT, path) == value


def test_a_path_to_nothing_names_what_is_near() -> None:
    with pytest.raises(SpecError, match=r"has no asigned in networks\.lb") as caught:
        value_at(DOCUMENT, "networks.lb.asigned.director")
    assert caught.value.hint == "did you mean assigned?"
    with pytest.raises(SpecError, match="has no 7 in ntp"):
        value_at(DOCUMENT, "ntp.7")


def test_a_text_is_printed_bare_and_the_rest_as_json() -> None:
    assert value_lines("10.20.0.6") == ["10.20.0.6"]
    assert value_lines(7) == ["7"]
    assert value_lines(None) == ["null"]
    assert value_lines(["a"]) == ["[", '  "a"', "]"]
