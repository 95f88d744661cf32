import asyncio
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from memory_lives import OURS, THEIRS, Life

from paver import api
from paver.contract.errors import (
    DataAtRisk,
    DeadlineExceeded,
    Locked,
    PreflightFailed,
    Refused,
    SecretMissing,
    StepFailed,
    Stopped,
    WrongTarget,
)
from paver.engine.cancel import Cancel
from paver.engine.events import Ended, Event, StepDone, StepStarted
from paver.engine.plan import Plan
from paver.memory.resources.machine import MachineKind


@pytest.fixture
def life(tmp_path: Path) -> Life:
    life = Life(tmp_path)
    life.write()
    return life


def test_a_second_pave_changes_nothing_and_the_plan_after_it_is_empty(life: Life) -> None:
    first = life.pave()
    mutations, census = life.hand.mutations(), life.hand.census()
    assert life.pave() == first
    assert life.plan().empty
    assert (life.hand.mutations(), life.hand.census()) == (mutations, census)


def test_a_task_that_never_paved_rebuilds_the_document(life: Life) -> None:
    paved = life.pave()
    shutil.rmtree(life.directory / "state")
    assert api.outputs(life.loaded, life.options()) == paved


def test_destroy_leaves_nothing_and_needs_no_state(life: Life) -> None:
    life.pave()
    shutil.rmtree(life.directory / "state")
    life.destroy()
    assert life.hand.census() == []
    assert not [path for path in (life.directory / "secrets").rglob("*") if path.is_file() and path.name != ".lock"]
    mutations = life.hand.mutations()
    assert life.destroy().empty
    assert life.hand.mutations() == mutations


def test_pave_after_destroy_makes_everything_anew(life: Life) -> None:
    life.pave()
    life.destroy()
    life.pave()
    assert life.plan().empty


def test_what_the_spec_drops_goes_and_what_it_adds_comes(life: Life) -> None:
    life.pave()
    life.write(load_balancers={"registry": {"ports": [5000]}})
    steps = life.steps()
    assert steps["balancer/concourse"] == "delete"
    assert steps["balancer/registry"] == "create"
    life.pave()
    assert life.plan().empty
    names = [name for kind, name in life.hand.census() if kind == "balancer"]
    assert names == ["sandbox-registry"]


def test_verify_lists_exactly_the_edits_made_by_hand(life: Life) -> None:
    life.pave()
    records = life.hand.everything()
    rule = next(id_ for id_, one in records.items() if one["kind"] == "rule")
    network = next(
        id_ for id_, one in records.items() if one["name"] == "sandbox-services" and one["kind"] == "network"
    )
    pool = next(id_ for id_, one in records.items() if one["kind"] == "pool")
    life.hand.edit(rule, allow=["all from 0.0.0.0/0"])
    life.hand.edit(network, egress="direct")
    life.hand.vanish(pool)
    edits = {
        str(step.key).partition("/")[0]: step.action.value for step in api.verify(life.loaded, life.options()).edits
    }
    assert edits == {"rule": "update", "network": "update", "pool": "create"}
    life.pave()
    assert life.plan().empty


def test_a_failed_step_stops_its_dependents_and_not_its_neighbours(life: Life) -> None:
    life.write({"quota": {"gateway": 1}})
    with pytest.raises(StepFailed) as failed:
        life.pave()
    assert failed.value.exit_code == 4
    assert [key.partition("/")[0] for key, _ in failed.value.failures] == ["gateway"]
    kinds = {kind for kind, _ in life.hand.census()}
    assert {"balancer", "machine", "pool", "key"} <= kinds
    life.write()
    life.pave()
    assert life.plan().empty


def test_a_denied_action_exits_3_and_names_the_action(life: Life) -> None:
    life.write({"denied": ["balancer.create"]})
    with pytest.raises(StepFailed) as failed:
        life.pave()
    assert failed.value.exit_code == 3
    assert "balancer.create" in str(failed.value.failures)


def test_another_account_than_the_specs_is_refused(life: Life) -> None:
    life.write({"account": "999999999999"})
    with pytest.raises(WrongTarget) as refused:
        life.pave()
    assert refused.value.exit_code == 6
    assert life.hand.mutations() == 0


def test_another_account_than_the_one_on_record_is_refused(life: Life) -> None:
    life.pave()
    life.write({"path": "another.json", "identity": "000000000002"})
    with pytest.raises(WrongTarget, match="not where sandbox was paved"):
        life.pave()
    assert life.hand.mutations() == 0


def test_a_lost_secret_that_was_shown_once_is_refused_until_somebody_consents(life: Life) -> None:
    life.pave()
    (life.directory / "secrets" / "memory" / "blobstore").unlink()
    mutations = life.hand.mutations()
    with pytest.raises(SecretMissing) as refused:
        life.pave()
    assert (refused.value.exit_code, refused.value.names) == (6, ("blobstore",))
    assert life.hand.mutations() == mutations
    life.pave(replace_secrets=frozenset({"blobstore"}))
    assert life.plan().empty


def test_users_data_stops_a_destroy_before_the_first_delete(life: Life) -> None:
    life.pave()
    bucket = next(id_ for id_, one in life.hand.everything().items() if one["kind"] == "bucket")
    life.hand.put(bucket, "report.pdf")
    mutations = life.hand.mutations()
    with pytest.raises(DataAtRisk) as refused:
        life.destroy()
    assert (refused.value.exit_code, life.hand.mutations()) == (6, mutations)
    life.destroy(delete_data=True)
    assert life.hand.census() == []


def test_from_a_machine_of_the_environment_it_is_not_destroyed_and_all_else_is_done(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    life.pave()
    observed = MachineKind.observed
    monkeypatch.setattr(
        MachineKind,
        "observed",
        lambda *told, **more: observed(*told, **more).model_copy(update={"carries_us": True}),
    )
    mutations = life.hand.mutations()
    with pytest.raises(Refused, match="machine/jumpbox is the machine that paver runs on") as refused:
        life.destroy(delete_data=True)
    assert (refused.value.exit_code, life.hand.mutations()) == (6, mutations)
    assert life.plan().empty
    life.pave()


def test_what_the_spec_adopts_and_is_not_there_is_refused_before_any_change(life: Life) -> None:
    life.write(networks={"management": {}, "services": {"existing": True}, "workload": {}, "lb": {}})
    with pytest.raises(PreflightFailed) as refused:
        life.pave()
    assert refused.value.exit_code == 7
    assert life.hand.mutations() == 0


def test_two_owners_of_one_name_never_touch_each_other(life: Life) -> None:
    theirs = Life(life.directory, owner=THEIRS, file="theirs.yml")
    theirs.write({"control_plane": False}, secrets="file:their-secrets", load_balancers={})
    life.write({"control_plane": False}, load_balancers={})
    theirs.pave()
    before = theirs.hand.everything()
    life.pave()
    life.destroy()
    assert theirs.hand.everything().items() >= before.items()
    assert theirs.plan().empty


def test_two_environments_are_paved_side_by_side_in_one_process(tmp_path: Path) -> None:
    lives = []
    for number, owner in enumerate((OURS, THEIRS)):
        directory = tmp_path / str(number)
        directory.mkdir()
        life = Life(directory, owner=owner)
        life.write()
        lives.append(life)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda life: life.pave(), lives))
    assert all(life.plan().empty for life in lives)


def test_a_caller_inside_a_running_loop_may_pave(life: Life) -> None:
    async def task() -> None:
        life.pave()

    asyncio.run(task())
    assert life.plan().empty


def test_a_cancel_ends_the_run_and_the_same_call_resumes_it(life: Life) -> None:
    life.write({"latency": 0.02})
    cancel = Cancel()
    done: list[Event] = []

    def listen(event: Event) -> None:
        done.append(event)
        if isinstance(event, StepDone) and event.n == 5:
            cancel.set(143)

    with pytest.raises(Stopped) as stopped:
        api.pave(life.loaded, life.options(cancel=cancel), listen)
    assert stopped.value.exit_code == 143
    assert len(life.hand.census()) < 29
    life.pave()
    assert life.plan().empty


def test_a_deadline_ends_the_run_in_time(life: Life) -> None:
    life.write({"latency": 0.1})
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded) as over:
        life.pave(timeout=0.5)
    assert over.value.exit_code == 9
    assert time.monotonic() - began < 20  # without the deadline it would take a minute


def test_a_second_run_meets_the_lock_and_names_its_holder(life: Life) -> None:
    entered, leave = threading.Event(), threading.Event()

    def hold(plan: Plan) -> None:
        entered.set()
        leave.wait(20)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(api.pave, life.loaded, life.options(), lambda _: None, hold)
        assert entered.wait(20)
        with pytest.raises(Locked) as locked:
            life.pave()

        assert "pave since" in dict(locked.value.facts)["holder"]
        leave.set()
        first.result()


def test_consent_withheld_means_nothing_was_sent(life: Life) -> None:
    def refuse(plan: Plan) -> None:
        raise Refused("no")

    with pytest.raises(Refused):
        api.pave(life.loaded, life.options(), approve=refuse)
    assert life.hand.mutations() == 0


def test_things_with_one_serial_change_one_at_a_time(life: Life) -> None:
    events: list[Event] = []
    life.write({"latency": 0.01}, load_balancers={f"lb{n}": {"ports": [400 + n]} for n in range(4)})
    life.pave(events)
    open_now: set[str] = set()
    for event in events:
        if isinstance(event, StepStarted) and event.key.startswith("balancer/"):
            open_now.add(event.key)
            assert len(open_now) == 1
        elif isinstance(event, StepDone):
            open_now.discard(event.key)


@pytest.mark.parametrize("rate", [0.15, 0.3])
def test_faults_on_every_call_cost_calls_and_no_correctness(life: Life, rate: float) -> None:
    third = rate / 3
    life.pave()
    clean = sum(sum(calls.values()) for calls in life.hand.calls().values())
    faulty = Life(life.directory, file="faulty.yml")
    faulty.write(
        {
            "path": "faulty.json",
            "faults": {"all": {"throttled": third, "transient": third, "lost": third}},
            "retry_after": 0.01,
        },
        secrets="file:faulty-secrets",
        name="faulty",
    )
    faulty.pave()
    calls = sum(sum(calls.values()) for calls in faulty.hand.calls().values())
    assert len(faulty.hand.census()) == len(life.hand.census())
    assert calls <= clean * (3 if rate < 0.2 else 6)


def test_the_end_tells_what_was_done_and_what_it_cost(life: Life) -> None:
    events: list[Event] = []
    life.pave(events)
    end = events[-1]
    assert isinstance(end, Ended)
    assert end.counts == {"create": 33}
    assert end.calls > 33
