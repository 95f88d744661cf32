from itertools import count

import pytest
from memory_hands import TOKEN, Build, Hands, spec_of, there

from paver.contract.errors import Busy, NotFound, Rejected
from paver.contract.resource import Desired, Done, Key, Observed, Phase, Proof, Waiting
from paver.memory.conditions import Conditions
from paver.memory.faults import Fault
from paver.memory.hand import Hand
from paver.memory.resources.control_plane import CONTROL_PLANE
from paver.memory.world import World


def compared(want: Desired, have: Observed, unseen: frozenset[str]) -> None:
    fields = set(type(want).model_fields) - set(Desired.model_fields) - unseen
    dumped = want.model_dump(mode="json")
    assert {name: have.actual[name] for name in fields} == {name: dumped[name] for name in fields}


def test_every_noun_is_made_found_again_as_it_was_made_and_lacks_nothing(hands: Hands) -> None:
    hands.pave()
    seen = hands.see()
    wants = hands.wants()
    assert {item.key for item in seen.items} == set(wants)
    assert {key.kind for key in wants} == seen.complete
    assert seen.foreign == 0
    for key, want in wants.items():
        item = seen.find(key)
        assert item == hands.made[key]
        assert item is not None
        assert item.phase is Phase.READY
        assert item.owner == hands.owner.id
        compared(hands.want(str(key)), item, hands.sessions[want.scope].kinds[key.kind].unseen)


def test_names_follow_from_keys_whatever_the_spec(hands: Hands) -> None:
    for want in hands.wants().values():
        session = hands.sessions.get(want.scope)
        if session is not None:
            kind = session.kinds[want.key.kind]
            assert kind.native_name(hands.owner, want.key) == want.name  # type: ignore[attr-defined]  # every kind of this driver has it


def test_observing_costs_one_call_a_kind_however_many_things_there_are(hands: Hands) -> None:
    def reading() -> int:
        return sum(hands.hand.calls()["reading"].values())

    before = reading()
    hands.session.observe(hands.owner, [])
    empty = reading() - before
    hands.pave()
    before = reading()
    hands.session.observe(hands.owner, [])
    assert reading() - before == empty == len(hands.session.kinds)


def test_a_listing_of_many_pages_is_read_to_the_end(build: Build) -> None:
    hands = build(conditions=Conditions(page=2))
    hands.pave()
    assert {item.key for item in hands.see().items} == set(hands.wants())


def test_a_kind_whose_listing_fails_on_its_second_page_is_not_complete(build: Build) -> None:
    calm = build(conditions=Conditions(page=2))
    calm.pave()
    pages = count()
    calm.world.faults = lambda operation, mutating, number: (
        Fault.TRANSIENT if operation == "subnet.list" and next(pages) else None
    )
    seen = calm.session.observe(calm.owner, [])
    assert "subnet" not in seen.complete
    assert seen.complete == calm.session.kinds.keys() - {"subnet"}


def test_only_the_kinds_that_are_asked_for_are_listed(hands: Hands) -> None:
    hands.pave()
    seen = hands.session.observe(hands.owner, [], frozenset({"subnet"}))
    assert seen.complete == {"subnet"}
    assert {item.kind for item in seen.items} == {"subnet"}


@pytest.mark.parametrize("key", ["gateway/z1", "balancer/concourse", "control-plane/main", "machine/jumpbox"])
def test_what_takes_time_is_pending_with_a_ticket_that_another_process_can_go_on_with(hands: Hands, key: str) -> None:
    for needed in ("network/lb", "subnet/lb/z1", "subnet/lb/z2", "network/management", "subnet/management/z1"):
        hands.make(needed)
    want = hands.want(key)
    kind = hands.session.kinds[want.key.kind]
    answer = kind.create(want, hands.attempt(want.key))
    assert isinstance(answer, Waiting)
    seen = hands.session.observe(hands.owner, []).find(want.key)
    assert seen is not None
    assert seen.phase is Phase.PENDING
    assert seen.ticket == answer.ticket
    again = kind.advance(want, seen.ticket, hands.attempt(want.key))
    assert isinstance(again, Waiting)
    assert 0 < again.again <= 3
    hands.clock.pass_(3)
    assert there(kind.advance(want, seen.ticket, hands.attempt(want.key))).phase is Phase.READY


def test_every_method_sends_at_most_one_changing_call(hands: Hands) -> None:
    sent: list[str] = []
    hands.world.before = lambda operation, mutating: sent.append(operation) if mutating else None
    for key, want in hands.wants().items():
        if want.scope is not None or key.kind not in {"network", "bucket", "key", "volume"}:
            continue
        kind = hands.session.kinds[key.kind]
        sent.clear()
        answer = kind.create(want, hands.attempt(key))
        assert len(sent) == 1
        have = there(answer)
        hands.hand.put(have.id, "photo")
        full = hands.session.observe(hands.owner, [], frozenset({key.kind})).find(key)
        assert full is not None
        step = kind.delete(full, hands.attempt(key))
        while isinstance(step, Waiting):
            assert len(sent) == 2
            sent.pop()
            step = kind.advance(None, step.ticket, hands.attempt(key))
        assert len(sent) == 2


def test_fields_change_in_place_where_they_may(hands: Hands) -> None:
    have = hands.make("network/workload")
    want = hands.want("network/workload").model_copy(update={"egress": "none", "labels": {"team": "platform"}})
    kind = hands.session.kinds["network"]
    after = there(kind.update(have, want, frozenset({"egress", "labels"}), hands.attempt(want.key)))
    assert after.id == have.id
    assert after.actual == {**have.actual, "egress": "none", "labels": {"team": "platform"}}
    with pytest.raises(Rejected, match="cidr"):
        kind.update(have, want, frozenset({"cidr"}), hands.attempt(want.key))


def test_a_volume_grows_and_does_not_shrink(hands: Hands) -> None:
    have = hands.make("volume/disks")
    kind, key = hands.session.kinds["volume"], Key.parse("volume/disks")
    want = hands.want("volume/disks")
    larger = want.model_copy(update={"capacity_gib": 200})
    grown = there(kind.update(have, larger, frozenset({"capacity_gib"}), hands.attempt(key)))
    assert grown.actual["capacity_gib"] == 200
    with pytest.raises(Rejected, match="does not shrink"):
        kind.update(grown, want, frozenset({"capacity_gib"}), hands.attempt(key))


def test_what_holds_data_says_so(hands: Hands) -> None:
    for key in ("volume/disks", "bucket/blobs"):
        have = hands.make(key)
        assert have.holds == ""
        hands.hand.put(have.id, "one")
        hands.hand.put(have.id, "two")
        seen = hands.session.observe(hands.owner, []).find(Key.parse(key))
        assert seen is not None
        assert seen.holds == "2 objects"
        assert hands.session.kinds[seen.kind].precious


def test_a_full_bucket_goes_in_two_steps_and_a_crash_between_them_is_no_harm(hands: Hands) -> None:
    have = hands.make("bucket/blobs")
    hands.hand.put(have.id, "one")
    key = Key.parse("bucket/blobs")
    seen = hands.session.observe(hands.owner, []).find(key)
    assert seen is not None
    assert isinstance(hands.session.kinds["bucket"].delete(seen, hands.attempt(key)), Waiting)
    seen = hands.session.observe(hands.owner, []).find(key)
    assert seen is not None
    assert seen.holds == ""
    hands.delete(seen)
    assert hands.hand.census() == []


def test_a_bucket_that_was_filled_after_it_was_looked_at_is_not_deleted(hands: Hands) -> None:
    have = hands.make("bucket/blobs")
    hands.hand.put(have.id, "just now")
    with pytest.raises(Busy):
        hands.delete(have)


def test_a_keys_secret_shows_once_and_its_mark_follows_the_confirmation(hands: Hands) -> None:
    want, kind = hands.want("key/blobstore"), hands.session.kinds["key"]
    answer = kind.create(want, hands.attempt(want.key))
    assert isinstance(answer, Done)
    (secret,) = answer.secrets
    assert secret.name == "blobstore"
    value = secret.value.get_secret_value()
    seen = hands.session.observe(hands.owner, []).find(want.key)
    assert seen is not None
    assert seen.secret is not None
    assert (seen.secret.public_id, seen.secret.confirmed) == (secret.public_id, False)
    assert value not in seen.model_dump_json()
    assert value not in repr(hands.hand.everything())
    confirmed = there(kind.confirm(seen, hands.attempt(want.key)))
    assert confirmed.secret is not None
    assert confirmed.secret.confirmed


def test_a_keys_second_create_makes_a_second_key(hands: Hands) -> None:
    hands.make("key/blobstore")
    hands.make("key/blobstore")
    found = [item for item in hands.session.observe(hands.owner, []).items if item.kind == "key"]
    assert len({item.id for item in found}) == 2
    assert {item.key for item in found} == {Key.parse("key/blobstore")}


def test_a_mark_copied_from_another_key_confirms_nothing(hands: Hands) -> None:
    first, second = hands.make("key/blobstore"), hands.make("key/blobstore")
    hands.hand.retag(second.id, hands.hand.everything()[first.id]["tags"])
    found = {item.id: item.secret for item in hands.session.observe(hands.owner, []).items}
    assert found[first.id].confirmed  # type: ignore[union-attr]  # both are keys
    assert not found[second.id].confirmed  # type: ignore[union-attr]  # both are keys


def test_a_deleted_key_fades_until_a_date(hands: Hands) -> None:
    have = hands.make("key/blobstore")
    hands.delete(have)
    seen = hands.session.observe(hands.owner, []).find(have.key or CONTROL_PLANE)
    assert seen is not None
    assert seen.phase is Phase.FADING
    assert seen.fades == "2026-09-28"
    with pytest.raises(NotFound):
        hands.delete(have)


def test_what_broke_says_so_and_goes_like_anything_else(hands: Hands) -> None:
    for needed in ("network/lb", "subnet/lb/z1"):
        hands.make(needed)
    have = hands.make("gateway/z1")
    hands.hand.spoil(have.id)
    seen = hands.session.observe(hands.owner, []).find(Key.parse("gateway/z1"))
    assert seen is not None
    assert seen.phase is Phase.BROKEN
    hands.delete(seen)
    assert "gateway" not in {kind for kind, _ in hands.hand.census()}


def test_a_container_is_looked_into_before_it_is_deleted(hands: Hands) -> None:
    network = hands.make("network/lb")
    hands.make("subnet/lb/z1")
    before = hands.hand.mutations()
    with pytest.raises(Busy) as caught:
        hands.delete(network)
    assert not caught.value.foreign
    assert "sandbox-lb-z1" in caught.value.blockers[0]
    assert hands.hand.mutations() == before


def test_a_container_with_something_of_others_in_it_says_that_waiting_is_of_no_use(hands: Hands) -> None:
    network = hands.make("network/lb")
    guest = hands.world.create("machine", "somebodys", fields={}, needs=[network.id])
    with pytest.raises(Busy) as caught:
        hands.delete(network)
    assert caught.value.foreign
    seen = hands.session.observe(hands.owner, []).find(Key.parse("network/lb"))
    assert seen is not None
    assert seen.held_by == (f"machine somebodys ({guest['id']})",)


def test_the_control_plane_opens_a_session_with_kinds_of_its_own(hands: Hands) -> None:
    hands.pave()
    inside = hands.sessions[CONTROL_PLANE]
    assert set(inside.kinds) == {"pool", "account"}
    assert inside.identity()["id"] == hands.made[CONTROL_PLANE].id
    assert inside.identity() != hands.session.identity()
    with pytest.raises(Busy):
        hands.delete(hands.made[CONTROL_PLANE])
    for item in inside.observe(hands.owner, []).items:
        hands.delete(item, CONTROL_PLANE)
    hands.delete(hands.made[Key.parse("machine/jumpbox")])
    hands.delete(hands.made[CONTROL_PLANE])
    assert not {"control-plane", "pool", "account"} & {kind for kind, _ in hands.hand.census()}


def test_a_control_plane_that_is_not_ready_opens_nothing(hands: Hands) -> None:
    hands.make("network/management")
    hands.make("subnet/management/z1")
    want = hands.want("control-plane/main")
    hands.session.kinds["control-plane"].create(want, hands.attempt(want.key))
    seen = hands.session.observe(hands.owner, []).find(want.key)
    assert seen is not None
    assert hands.session.kinds["control-plane"].opens(seen) is None


def test_everything_can_be_deleted_in_the_order_that_the_inventory_gives(hands: Hands) -> None:
    hands.pave()
    for scope in (CONTROL_PLANE, None):
        left = list(hands.sessions[scope].observe(hands.owner, []).items)
        while left:
            held = {id_ for item in left for id_ in item.needs}
            going = [item for item in left if item.id not in held]
            for item in going:
                hands.delete(item, scope)
            left = [item for item in left if item not in going]
    assert hands.hand.census() == []
    assert [item.phase for item in hands.session.observe(hands.owner, []).items] == [Phase.FADING]


def test_an_account_gets_the_password_that_paver_minted(hands: Hands) -> None:
    hands.pave()
    account = hands.made[Key.parse("account/bosh-cpi")]
    given = World(hands.world.store).create("key", "k", fields={}, secret="password of bosh-cpi")
    assert hands.hand.everything()[account.id]["digest"] == given["digest"]


def test_no_listing_shows_user_data(hands: Hands) -> None:
    hands.pave()
    jumpbox = hands.made[Key.parse("machine/jumpbox")]
    assert "user_data" in hands.hand.everything()[jumpbox.id]["fields"]
    assert "user_data" not in jumpbox.actual
    assert hands.session.kinds["machine"].unseen == {"user_data"}


def test_how_long_a_kind_settles_is_how_far_the_listings_lag(build: Build) -> None:
    hands = build(conditions=Conditions(stale=7))
    assert {kind.settle for kind in hands.session.kinds.values()} == {7}
    hands.make("network/lb")
    assert hands.session.observe(hands.owner, []).items == ()
    hands.clock.pass_(7)
    assert len(hands.session.observe(hands.owner, []).items) == 1


def test_a_machine_that_is_asked_for_again_with_the_same_token_is_the_same(hands: Hands) -> None:
    for needed in ("network/management", "subnet/management/z1"):
        hands.make(needed)
    first, second = hands.make("machine/jumpbox", TOKEN), hands.make("machine/jumpbox", TOKEN)
    assert first.id == second.id


def test_subnets_of_one_network_and_all_balancers_change_one_at_a_time(build: Build) -> None:
    spec = spec_of(load_balancers={"one": {"ports": [80]}, "two": {"ports": [81]}})
    wants = build(spec).wants()
    subnets = {want.serial for key, want in wants.items() if key.name.startswith("workload/z")}
    balancers = {want.serial for key, want in wants.items() if key.kind == "balancer"}
    assert len(subnets) == len(balancers) == 1
    assert None not in subnets | balancers


def test_rules_are_proved_by_their_parent_and_all_that_has_tags_by_its_mark(hands: Hands) -> None:
    hands.pave()
    proofs = {item.kind: item.proof for item in hands.see().items}
    assert {kind for kind, proof in proofs.items() if proof is Proof.PARENT} == {"rule", "pool"}
    assert {kind for kind, proof in proofs.items() if proof is Proof.MARK} == set(proofs) - {"rule", "pool"}
    assert Hand(hands.world).everything()[hands.made[Key.parse("rule/lb/internal")].id]["tags"] == {}
