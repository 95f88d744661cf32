"""One look at an account: what failed on the way is not taken for absent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import pytest

from paver.contract.errors import Denied, NotFound, OutcomeUnknown, PaverError, Transient
from paver.contract.listing import Look
from paver.contract.resource import Desired, Inventory, Key, Observed, Proof
from paver.contract.types import Owner

OWNER = Owner(id=UUID("1b4e28ba-2fa1-41d2-883f-0016d3cca427"), name="archive-test")


class Kind:
    """Names one thing, and then asks a question about it."""

    def __init__(self, noun: str, fails: PaverError | None = None) -> None:
        self.noun = noun
        self._fails = fails

    def records(self, look: Look[None, str]) -> Iterable[tuple[Key, str]]:
        def question(name: str) -> str:
            if self._fails is not None:
                raise self._fails
            return name

        return [(Key(kind=self.noun, name=name), name) for name in look.each(question, ["one"])]

    def adopting(self, look: Look[None, str], wanted: Sequence[Desired]) -> Iterable[tuple[Desired, str]]:
        return ()

    def observed(self, record: str, key: Key, owner: Owner, look: Look[None, str] | None = None) -> Observed:
        return Observed(kind=self.noun, id=record, key=key, owner=owner.id, proof=Proof.NAME, actual={})

    def given(self, want: Desired, record: str, look: Look[None, str]) -> Observed:
        raise AssertionError(want)


def looked(fails: PaverError) -> Inventory:
    kinds = {"disk": Kind("disk", fails), "network": Kind("network")}
    return Look[None, str](None, kinds, OWNER, (), whole=True).inventory(kinds)


@pytest.mark.parametrize("fails", [Transient("busy"), OutcomeUnknown("cut off"), NotFound("listed, and gone since")])
def test_a_kind_that_was_not_seen_whole_is_not_complete(fails: PaverError) -> None:
    found = looked(fails)
    assert found.complete == {"network"}
    assert [item.kind for item in found.items] == ["network"]


def test_what_will_fail_again_is_raised() -> None:
    with pytest.raises(Denied):
        looked(Denied("not yours"))
