import copy

import pytest
from memory_hands import THEM, US, Build, Hands, spec_of

from paver.contract import names
from paver.contract.errors import AlreadyExists, Rejected
from paver.contract.resource import Key, Observed, Proof
from paver.contract.types import Owner

OURS = Owner(id=US, name="sandbox")
THEIRS = Owner(id=THEM, name="sandbox")
LB = Key.parse("network/lb")


def lookalike(hands: Hands, owner: Owner | None, *, key: Key = LB, name: str = "sandbox-lb") -> str:
    tags = names.marks(owner, key) if owner else {"team": "ours"}
    return hands.world.create("network", name, fields={"cidr": "10.40.32.0/20"}, tags=tags)["id"]


def seen(hands: Hands) -> dict[str, Observed]:
    return {item.id: item for item in hands.session.observe(hands.owner, list(hands.wants().values())).items}


def test_the_same_name_without_marks_is_foreign(hands: Hands) -> None:
    other, mine = lookalike(hands, None), hands.make("network/lb").id
    assert set(seen(hands)) == {mine}
    assert other not in seen(hands)
    assert hands.session.observe(hands.owner, []).foreign == 1


def test_the_same_environment_name_under_another_owner_is_foreign(hands: Hands) -> None:
    lookalike(hands, THEIRS)
    assert seen(hands) == {}


def test_our_mark_on_a_thing_of_another_name_is_a_copy_and_foreign(hands: Hands) -> None:
    lookalike(hands, OURS, name="sandbox-lb-restored")
    assert seen(hands) == {}


def test_our_mark_with_a_key_of_another_kind_is_foreign(hands: Hands) -> None:
    lookalike(hands, OURS, key=Key.parse("volume/lb"))
    assert seen(hands) == {}


@pytest.mark.parametrize("broken", ["", "no uuid", "7c1f0a52"])
def test_a_mark_that_cannot_be_read_is_foreign(hands: Hands, broken: str) -> None:
    tags = {**names.marks(OURS, LB), names.OWNER: broken}
    hands.world.create("network", "sandbox-lb", fields={}, tags=tags)
    assert seen(hands) == {}


def test_two_of_ours_with_one_key_are_both_told(hands: Hands) -> None:
    first, second = hands.make("network/lb"), hands.make("network/lb")
    assert {id_: item.key for id_, item in seen(hands).items()} == {first.id: LB, second.id: LB}


def test_what_is_ours_is_found_without_a_spec(hands: Hands) -> None:
    hands.pave()
    found = hands.session.observe(OURS, [])
    assert {item.key for item in found.items} == {key for key, want in hands.wants().items() if want.scope is None}


def test_a_rule_of_others_in_our_network_is_not_ours_and_holds_it(hands: Hands) -> None:
    network = hands.make("network/lb")
    hands.make("rule/lb/internal")
    text = names.marker(THEIRS, Key.parse("rule/lb/internal"))
    hands.world.create("rule", "by-hand", fields={}, needs=[network.id], description=text)
    hands.world.create("rule", "unmarked", fields={}, needs=[network.id])
    found = seen(hands)
    assert {item.key for item in found.values()} == {LB, Key.parse("rule/lb/internal")}
    assert [held.split()[1] for held in found[network.id].held_by] == ["by-hand", "unmarked"]


def test_two_environments_of_one_name_share_an_account_and_each_sees_its_own(build: Build) -> None:
    ours = build(spec_of(US, load_balancers={}))
    theirs = build(spec_of(THEM, load_balancers={}), on=ours.world)
    ours.pave()
    theirs.pave()
    assert len(ours.see().items) == len(theirs.see().items) == len(ours.wants())
    assert not {item.id for item in ours.see().items} & {item.id for item in theirs.see().items}


def test_nothing_of_another_owners_changes_while_ours_is_made_and_deleted(build: Build) -> None:
    theirs = build(spec_of(THEM, load_balancers={}))
    theirs.pave()
    before = copy.deepcopy(theirs.hand.everything())
    ours = build(spec_of(US, load_balancers={}), on=theirs.world)
    lookalike(ours, None)
    canary = {id_: record for id_, record in ours.hand.everything().items() if id_ not in before}
    ours.make("network/lb")
    ours.make("subnet/lb/z1")
    for key in ("subnet/lb/z1", "network/lb"):
        ours.delete(ours.made[Key.parse(key)])
    assert ours.hand.everything() == {**before, **canary}


def test_a_shared_name_that_another_owner_has_is_refused(build: Build) -> None:
    theirs = build(spec_of(THEM))
    theirs.pave()
    ours = build(spec_of(US), on=theirs.world)
    for needed in ("network/lb", "subnet/lb/z1", "subnet/lb/z2"):
        ours.make(needed)
    with pytest.raises(AlreadyExists):
        ours.make("balancer/concourse")
    assert Key.parse("balancer/concourse") not in {item.key for item in seen(ours).values()}


def adopting(**memory: object) -> dict[str, object]:
    networks: dict[str, object] = {name: {} for name in ("management", "services", "workload")}
    return {"networks": {**networks, "lb": {"existing": True}}, "memory": memory}


@pytest.mark.parametrize("by", ["id", "name", "default"])
def test_a_given_network_is_found_by_id_by_name_or_by_the_name_that_paver_would_give(build: Build, by: str) -> None:
    world = build().world
    native = "sandbox-lb" if by == "default" else "site-lb"
    given = world.create("network", native, fields={"cidr": "10.40.32.0/20", "egress": "direct"})["id"]
    spec = spec_of(**adopting(existing={"id": {"lb": given}, "name": {"lb": native}, "default": {}}[by]))  # type: ignore[arg-type]  # keywords of any type
    hands = build(spec, on=world)
    item = seen(hands)[given]
    assert (item.key, item.proof, item.owner) == (LB, Proof.ADOPTED, None)
    assert item.actual == {"cidr": "10.40.32.0/20", "egress": None}
    hands.pave()
    assert hands.hand.everything()[given]["tags"] == {}


def test_a_given_network_that_two_bear_the_name_of_is_refused_with_both_ids(build: Build) -> None:
    hands = build(spec_of(**adopting()))  # type: ignore[arg-type]  # keywords of any type
    ids = [lookalike(hands, None) for _ in range(2)]
    with pytest.raises(Rejected) as caught:
        seen(hands)
    assert all(id_ in caught.value.message for id_ in ids)


def test_ours_inside_a_given_network_is_ours(build: Build) -> None:
    hands = build(spec_of(**adopting()))  # type: ignore[arg-type]  # keywords of any type
    lookalike(hands, None)
    hands.pave()
    found = {str(item.key): item.proof for item in hands.see().items}
    assert found["network/lb"] is Proof.ADOPTED
    assert found["subnet/lb/z1"] is Proof.MARK
