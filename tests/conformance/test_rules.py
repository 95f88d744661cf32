"""The kit's own house: every rule is proved by a test, and the page says so."""

from pathlib import Path

import pytest

from paver.conformance.ledger import Ledger
from paver.conformance.plugin import ABILITIES
from paver.conformance.rules import RULES
from paver.conformance.running import Choice, arguments, sweep_up
from paver.conformance.table import proofs, table
from paver.conformance.targets import target
from paver.contract.errors import SpecError
from paver.memory.conformance import MemoryTarget

PAGE = Path(__file__).parents[2] / "docs" / "contract.md"


def test_every_rule_is_proved_and_every_proof_is_of_a_rule() -> None:
    assert set(proofs()) == set(RULES)


def test_the_page_is_the_rules_and_their_tests() -> None:
    assert PAGE.read_text() == table(), (
        "python -c 'from paver.conformance.table import table; print(table(), end=\"\")'"
    )


def test_what_a_rule_needs_is_something_that_a_target_can_bring() -> None:
    assert {rule.needs for rule in RULES.values()} - {"", "line"} <= set(ABILITIES)


def test_a_target_is_found_by_the_drivers_name_or_by_its_place() -> None:
    assert isinstance(target("memory"), MemoryTarget)
    assert isinstance(target("any", "paver.memory.conformance:MemoryTarget"), MemoryTarget)


@pytest.mark.parametrize(
    "place", ["no.such.module:Target", "paver.memory.conformance:Nothing", "paver.memory.world:World"]
)
def test_a_place_that_leads_to_no_target_says_so(place: str) -> None:
    with pytest.raises(SpecError, match="arget"):
        target("memory", place)


def test_a_driver_without_a_target_says_how_to_give_it_one() -> None:
    with pytest.raises(SpecError) as error:
        target("nowhere")
    assert "--target module:Class" in error.value.hint


def test_a_rule_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SpecError, match="no rule 999"):
        arguments(Choice("memory", rules=(999,)))


def test_the_ledger_outlives_its_process_and_counts_against_the_budget(tmp_path: Path) -> None:
    from uuid import UUID  # noqa: PLC0415  one use

    first = Ledger(tmp_path / "ledger", budget=10)
    first.owns(UUID(int=1))
    first.spent(7)
    second = Ledger(tmp_path / "ledger", budget=10)
    assert not second.over
    second.spent(3)
    second.owns(UUID(int=2))
    second.owns(UUID(int=1))
    assert first.over
    assert first.owners == (UUID(int=1), UUID(int=2))
    assert (tmp_path / "ledger").stat().st_mode & 0o077 == 0
    assert sweep_up(Choice("memory", ledger=str(tmp_path / "ledger"))) == 0
    assert not (tmp_path / "ledger").exists()
    with pytest.raises(SpecError, match="no ledger"):
        sweep_up(Choice("memory", ledger=str(tmp_path / "ledger")))
