"""Answers that are lost, or do not know yet what was made: it is made all the same, and there is an end to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from memory_lives import Life
from pydantic import JsonValue

from paver.contract.errors import CallError, NotFound, OutcomeUnknown, StepFailed
from paver.contract.resource import Answer, Attempt
from paver.engine.change import LOST, ROUNDS
from paver.memory.resources.gateway import Gateway, GatewayKind


class Line:
    """Loses the first answers about the gateway of one zone, or has other ones in their place."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, method: str, lost: int, error: type[CallError] = OutcomeUnknown
    ) -> None:
        self.asked = 0
        right = getattr(GatewayKind, method)

        def answer(kind: GatewayKind, first: object, *more: JsonValue | Attempt) -> Answer:
            attempt = more[-1]
            assert isinstance(attempt, Attempt)
            if attempt.key.name == "z1":
                self.asked += 1
                if self.asked <= lost:
                    raise error("lost, or not to be seen")
            found: Answer = right(kind, first, *more)
            return found

        monkeypatch.setattr(GatewayKind, method, answer)


@pytest.fixture
def life(tmp_path: Path) -> Life:
    made = Life(tmp_path)
    made.write()
    return made


def gateways(life: Life) -> int:
    return sum(record["kind"] == "gateway" for record in life.hand.everything().values())


def test_a_lost_answer_is_no_change_that_led_nowhere(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(monkeypatch, "create", ROUNDS + 4)
    life.pave()
    assert (line.asked, gateways(life)) == (ROUNDS + 5, 2)
    line = Line(monkeypatch, "delete", ROUNDS + 4)
    life.destroy()
    assert (line.asked, gateways(life)) == (ROUNDS + 5, 0)


@pytest.mark.parametrize("method", ["create", "delete"])
def test_a_line_that_loses_all_of_them_ends_the_step(life: Life, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    if method == "delete":
        life.pave()
    line = Line(monkeypatch, method, 1000)
    with pytest.raises(StepFailed) as caught:
        life.pave() if method == "create" else life.destroy()
    assert isinstance(dict(caught.value.failures)["gateway/z1"], OutcomeUnknown)
    assert (line.asked, gateways(life)) == (LOST + 1, 1)


def test_what_is_not_to_be_seen_yet_is_waited_for(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(monkeypatch, "advance", 1, NotFound)
    life.pave()
    assert line.asked >= 1
    assert gateways(life) == 2


def test_what_is_gone_while_it_is_waited_for_is_not_made_again(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    right = GatewayKind.advance

    def gone(kind: GatewayKind, want: Gateway | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        if attempt.key.name == "z1":
            for id_, record in life.hand.everything().items():
                if record["kind"] == "gateway" and id_ in str(ticket):
                    life.hand.vanish(id_)
        return right(kind, want, ticket, attempt)

    monkeypatch.setattr(GatewayKind, "advance", gone)
    with pytest.raises(StepFailed) as caught:
        life.pave()
    assert isinstance(dict(caught.value.failures)["gateway/z1"], NotFound)
    assert gateways(life) == 1
