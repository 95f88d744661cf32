"""T1, T2, T5: random topologies, faults, lagging listings, crashes, stops, several pavers: each ends as it must."""

from pathlib import Path

import pytest

from paver.conformance.simulator import play

SEEDS, BATCH = 1000, 50
ONCE_VIOLATED = {
    1933: "the ghost of what a killed run had deleted, listed after a later run had ended",
    9750: "a listing that was judged by the moment at which its process, stopped meanwhile, went on",
}


@pytest.mark.parametrize("first", range(0, SEEDS, BATCH))
def test_every_interleaving_ends_with_exactly_what_was_wanted(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + BATCH):
        play(seed, tmp_path / str(seed))


@pytest.mark.parametrize("seed", ONCE_VIOLATED)
def test_an_interleaving_that_once_ended_otherwise(seed: int, tmp_path: Path) -> None:
    play(seed, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_thousand_interleavings_end_with_exactly_what_was_wanted(tmp_path: Path) -> None:
    for seed in range(SEEDS, 10_000):
        play(seed, tmp_path / str(seed))
