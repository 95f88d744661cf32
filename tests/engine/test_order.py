import pytest

from paver.contract.resource import STORE, Desired, Key, Observed, Ref
from paver.engine.order import GraphBroken, chains, needs, ordered, standing_on


class Thing(Desired):
    parent: str | Ref = ""
    more: tuple[str | Ref, ...] = ()


def thing(name: str, **fields: object) -> Thing:
    return Thing.model_validate({"key": Key(kind="thing", name=name), "name": name, **fields})


def ref(name: str) -> Ref:
    return Ref(to=Key(kind="thing", name=name))


def test_what_a_field_refers_to_comes_first() -> None:
    order = [want.key.name for want in ordered([thing("c", more=(ref("b"),)), thing("b", parent=ref("a")), thing("a")])]
    assert order == ["a", "b", "c"]


def test_what_opens_the_session_comes_first_and_the_secret_store_is_always_open() -> None:
    assert needs(thing("a", scope=Key(kind="thing", name="opener"))) == {Key(kind="thing", name="opener")}
    assert needs(thing("a", scope=STORE)) == frozenset()


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ([thing("a"), thing("a")], "wanted twice"),
        ([thing("a", parent=ref("b"))], "which nothing makes"),
        ([thing("a", parent=ref("b")), thing("b", after=(Key(kind="thing", name="a"),))], "need each other"),
    ],
)
def test_what_cannot_be_ordered_is_the_drivers_defect(wanted: list[Desired], why: str) -> None:
    with pytest.raises(GraphBroken, match=why):
        ordered(wanted)


def test_native_dependencies_give_what_stands_on_what() -> None:
    def item(id_: str, *needs: str) -> Observed:
        return Observed(kind="thing", id=id_, key=None, owner=None, proof=None, actual={}, needs=needs)

    above = standing_on([item("a"), item("b", "a"), item("c", "a", "b")])
    assert [found.id for found in above["a"]] == ["b", "c"]
    assert [found.id for found in above["b"]] == ["c"]


def test_how_many_wait_for_it_one_after_the_other() -> None:
    wanted = [thing("leaf", parent=ref("twig")), thing("twig", parent=ref("root")), thing("root"), thing("other")]
    behind = chains({want.key: needs(want) for want in ordered(wanted)})
    assert {key.name: number for key, number in behind.items()} == {"root": 2, "twig": 1, "leaf": 0, "other": 0}
