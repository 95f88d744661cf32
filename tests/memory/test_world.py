from collections import Counter
from itertools import count

import pytest
from memory_hands import Clock

from paver.contract.errors import (
    AlreadyExists,
    Busy,
    CallError,
    Denied,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Transient,
)
from paver.memory.conditions import Conditions
from paver.memory.faults import Fault, SeededFaults
from paver.memory.hand import Hand
from paver.memory.settings import Rates
from paver.memory.world import World


def ids(world: World, kind: str, scope: str = "") -> list[str]:
    return [record["id"] for record in world.page(kind, scope=scope)[0]]


def test_a_second_create_of_a_network_makes_a_second_one() -> None:
    world = World()
    first, second = (world.create("network", "same", fields={}) for _ in range(2))
    assert first["id"] != second["id"]
    assert ids(world, "network") == [first["id"], second["id"]]


@pytest.mark.parametrize("kind", ["bucket", "balancer", "control-plane"])
def test_a_name_that_the_account_shares_is_taken_once(kind: str) -> None:
    world = World()
    world.create(kind, "same", fields={})
    with pytest.raises(AlreadyExists):
        world.create(kind, "same", fields={})
    assert len(ids(world, kind)) == 1


def test_a_subnets_name_is_taken_within_its_network_only() -> None:
    world = World()
    one, other = (world.create("network", "n", fields={})["id"] for _ in range(2))
    world.create("subnet", "s", fields={}, needs=[one])
    world.create("subnet", "s", fields={}, needs=[other])
    with pytest.raises(AlreadyExists):
        world.create("subnet", "s", fields={}, needs=[one])


def test_a_machine_is_made_once_for_a_token() -> None:
    world = World()
    first = world.create("machine", "m", fields={}, token="t")
    assert world.create("machine", "m", fields={}, token="t")["id"] == first["id"]
    assert world.create("machine", "m", fields={}, token="u")["id"] != first["id"]


def test_a_network_ignores_tokens() -> None:
    world = World()
    assert world.create("network", "n", fields={}, token="t") != world.create("network", "n", fields={}, token="t")


def test_nothing_stands_on_what_is_not_there() -> None:
    with pytest.raises(Rejected, match="network-000009"):
        World().create("subnet", "s", fields={}, needs=["network-000009"])


def test_what_others_stand_on_is_not_deleted() -> None:
    world = World()
    network = world.create("network", "n", fields={})["id"]
    subnet = world.create("subnet", "s", fields={}, needs=[network])["id"]
    with pytest.raises(Busy) as caught:
        world.remove(network)
    assert caught.value.blockers == (subnet,)
    world.remove(subnet)
    assert world.remove(network) is None
    with pytest.raises(NotFound):
        world.remove(network)


def test_a_gateway_becomes_ready_after_a_while_and_takes_as_long_to_go(clock: Clock) -> None:
    world = World(conditions=Conditions(pending=10), now=clock.now)
    gateway = world.create("gateway", "g", fields={})
    clock.pass_(9)
    assert world.get(gateway["id"])["doing"] == "create"
    clock.pass_(1)
    assert world.get(gateway["id"])["doing"] == ""
    going = world.remove(gateway["id"])
    assert going is not None
    assert going["doing"] == "delete"
    clock.pass_(10)
    with pytest.raises(NotFound):
        world.get(gateway["id"])


def test_what_is_being_changed_is_busy(clock: Clock) -> None:
    world = World(conditions=Conditions(pending=10), now=clock.now)
    balancer = world.create("balancer", "b", fields={"ports": 1})["id"]
    with pytest.raises(Busy):
        world.change(balancer, fields={"ports": 2})
    clock.pass_(10)
    assert world.change(balancer, fields={"ports": 2})["doing"] == "update"
    with pytest.raises(Busy):
        world.change(balancer, fields={"ports": 3})


def test_a_change_leaves_alone_what_it_does_not_name() -> None:
    world = World()
    made = world.create("network", "n", fields={"a": 1, "b": 2}, tags={"x": "1", "y": "2"})
    changed = world.change(made["id"], fields={"b": 3}, tags={"y": "4"})
    assert changed["fields"] == {"a": 1, "b": 3}
    assert changed["tags"] == {"x": "1", "y": "4"}
    assert made["fields"] == {"a": 1, "b": 2}


def test_a_deleted_key_stays_listed_until_it_has_faded_and_cannot_be_used(clock: Clock) -> None:
    world = World(conditions=Conditions(fading=100), now=clock.now)
    key = world.create("key", "k", fields={})["id"]
    world.remove(key)
    assert ids(world, "key") == [key]
    with pytest.raises(NotFound):
        world.get(key)
    clock.pass_(100)
    assert ids(world, "key") == []


def test_a_kind_without_tags_takes_none() -> None:
    with pytest.raises(Rejected):
        World().create("rule", "r", fields={}, tags={"a": "b"})


def test_a_listing_shows_a_create_a_change_and_a_delete_only_after_the_lag(clock: Clock) -> None:
    world = World(conditions=Conditions(stale=10), now=clock.now)
    made = world.create("network", "n", fields={"egress": "nat"})["id"]
    assert ids(world, "network") == []
    assert world.get(made)["id"] == made
    clock.pass_(10)
    assert ids(world, "network") == [made]
    world.change(made, fields={"egress": "none"})
    assert world.page("network")[0][0]["fields"] == {"egress": "nat"}
    clock.pass_(10)
    assert world.page("network")[0][0]["fields"] == {"egress": "none"}
    world.remove(made)
    clock.pass_(9)
    assert ids(world, "network") == [made]
    clock.pass_(1)
    assert ids(world, "network") == []


def test_a_listing_that_lags_shows_the_steps_in_their_order(clock: Clock) -> None:
    world = World(conditions=Conditions(stale=10), now=clock.now)
    made = world.create("network", "n", fields={"step": 1})["id"]
    for step in (2, 3):
        clock.pass_(4)
        world.change(made, fields={"step": step})
    seen = []
    for _ in range(20):
        seen += [str(record["fields"]["step"]) for record in world.page("network")[0]]
        clock.pass_(1)
    assert sorted(set(seen)) == ["1", "2", "3"]
    assert seen == sorted(seen)


def test_pages_follow_each_other_to_the_end_and_miss_nothing_when_something_goes_meanwhile() -> None:
    world = World(conditions=Conditions(page=2))
    made = [world.create("network", f"n{number}", fields={})["id"] for number in range(5)]
    page, after = world.page("network")
    world.remove(made[1])
    found = [record["id"] for record in page]
    while after:
        page, after = world.page("network", after=after)
        found += [record["id"] for record in page]
    assert found == made


def test_a_quota_refuses_one_too_many() -> None:
    world = World(conditions=Conditions(quota={"network": 1}))
    world.create("network", "n", fields={})
    with pytest.raises(Rejected, match="may have 1"):
        world.create("network", "m", fields={})


def test_a_denied_action_names_itself_and_does_nothing() -> None:
    world = World(conditions=Conditions(denied=frozenset({"network.create"})))
    with pytest.raises(Denied) as caught:
        world.create("network", "n", fields={})
    assert caught.value.action == "network.create"
    assert Hand(world).census() == []


def test_a_full_bucket_is_emptied_before_it_goes() -> None:
    world = World()
    bucket = world.create("bucket", "b", fields={})["id"]
    Hand(world).put(bucket, "photo", "letter")
    with pytest.raises(Busy) as caught:
        world.remove(bucket)
    assert caught.value.blockers == ("photo", "letter")
    world.empty(bucket)
    assert world.remove(bucket) is None


def test_a_control_plane_answers_once_it_is_ready_and_takes_with_it_what_is_inside(clock: Clock) -> None:
    world = World(conditions=Conditions(pending=10), now=clock.now)
    plane = world.create("control-plane", "c", fields={})["id"]
    with pytest.raises(Transient):
        world.page("pool", scope=plane)
    clock.pass_(10)
    world.create("pool", "p", fields={}, scope=plane)
    assert len(ids(world, "pool", scope=plane)) == 1
    assert ids(world, "pool") == []
    world.remove(plane)
    assert Hand(world).census() == []
    with pytest.raises(Transient):
        world.page("pool", scope=plane)


@pytest.mark.parametrize(
    ("fault", "error", "there"),
    [
        (Fault.THROTTLED, Throttled, 0),
        (Fault.TRANSIENT, Transient, 0),
        (Fault.LOST, OutcomeUnknown, 1),
    ],
)
def test_a_fault_acts_or_does_not_act_as_its_error_says(fault: Fault, error: type[CallError], there: int) -> None:
    world = World(faults=lambda operation, mutating, number: fault if mutating else None)
    with pytest.raises(error):
        world.create("network", "n", fields={})
    assert len(ids(world, "network")) == there


def test_a_lost_answer_to_a_question_may_be_asked_for_again() -> None:
    world = World(faults=lambda operation, mutating, number: Fault.LOST)
    with pytest.raises(Transient):
        world.page("network")


def test_a_throttled_call_is_told_how_long_to_wait() -> None:
    world = World(conditions=Conditions(retry_after=7), faults=lambda *_: Fault.THROTTLED)
    with pytest.raises(Throttled) as caught:
        world.account()
    assert caught.value.retry_after == 7


def test_latency_and_stalls_take_time(clock: Clock) -> None:
    faults = iter([None, Fault.STALL])
    conditions = Conditions(latency=0.5, stall_seconds=4)
    world = World(conditions=conditions, now=clock.now, pause=clock.pass_, faults=lambda *_: next(faults))
    began = clock.now()
    world.account()
    assert clock.now() - began == 0.5
    world.account()
    assert clock.now() - began == 5


def test_rates_hit_about_as_often_as_they_say_and_the_same_calls_for_the_same_seed() -> None:
    def outcomes(seed: int) -> tuple[list[Fault | None], list[Fault | None]]:
        source = SeededFaults({"network.create": Rates(throttled=0.1, lost=0.2), "all": Rates(transient=0.5)}, seed)
        named = [source("network.create", True, number) for number in range(2000)]
        return named, [source("subnet.list", False, number) for number in range(2000)]

    named, others = outcomes(7)
    assert outcomes(7) == (named, others)
    assert outcomes(8) != (named, others)
    shares = Counter(named)
    assert shares[Fault.THROTTLED] == pytest.approx(200, rel=0.25)
    assert shares[Fault.LOST] == pytest.approx(400, rel=0.25)
    assert shares[Fault.TRANSIENT] == 0
    assert Counter(others)[Fault.TRANSIENT] == pytest.approx(1000, rel=0.25)


class Crash(BaseException):
    pass


@pytest.mark.parametrize(("when", "there"), [("before", 0), ("after", 1)])
def test_a_crash_before_or_after_a_call_leaves_the_world_as_it_was_or_changed(when: str, there: int) -> None:
    def crash(operation: str, mutating: bool) -> None:
        if mutating:
            raise Crash

    world = World(before=crash) if when == "before" else World(after=crash)
    with pytest.raises(Crash):
        world.create("network", "n", fields={})
    assert len(Hand(world).census()) == there


def test_calls_are_counted_by_operation_the_refused_ones_too() -> None:
    numbers = count()
    world = World(faults=lambda *_: Fault.TRANSIENT if next(numbers) == 0 else None)
    with pytest.raises(Transient):
        world.create("network", "n", fields={})
    made = world.create("network", "n", fields={})["id"]
    world.page("network")
    world.remove(made)
    hand = Hand(world)
    assert hand.calls() == {
        "mutating": {"network.create": 2, "network.delete": 1},
        "reading": {"network.list": 1},
        "bookkeeping": {},
    }
    assert hand.mutations() == 3
    assert hand.log() == [("network.create", "n"), ("network.create", "n"), ("network.delete", made)]


def test_the_world_keeps_a_secrets_digest_and_not_the_secret() -> None:
    world = World()
    world.create("key", "k", fields={}, secret="hunter2hunter2")
    assert "hunter2" not in repr(Hand(world).everything())
    assert next(iter(Hand(world).everything().values()))["digest"]
