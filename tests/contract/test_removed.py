"""What is removed last is tried until it is known to be gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from paver.contract import asking
from paver.contract.asking import removed
from paver.contract.errors import AlreadyExists, Denied, NotFound, OutcomeUnknown, PaverError, Transient


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PAUSE", 0.0)


def after(*errors: PaverError) -> bool:
    left: Iterator[PaverError] = iter(errors)

    def remove() -> None:
        for error in left:
            raise error

    return removed(remove)


def test_it_is_sent_again_while_nobody_knows() -> None:
    assert after()
    assert after(Transient("busy"), OutcomeUnknown("no answer"))


def test_what_was_never_there_did_not_go_and_what_an_unanswered_try_took_did() -> None:
    assert not after(NotFound("nothing"))
    assert not after(AlreadyExists("another slip"))
    assert after(OutcomeUnknown("no answer"), NotFound("nothing"))


def test_it_ends_and_what_will_not_change_is_raised() -> None:
    assert not after(*(Transient("busy") for _ in range(asking.LAST_TRIES)))
    with pytest.raises(Denied):
        after(Denied("no"))
