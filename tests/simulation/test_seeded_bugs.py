"""T1: six mistakes in the engine, each found within 1,000 seeds, and none of those seeds is violated by our engine."""

from collections.abc import Callable
from pathlib import Path

import pytest
from seeded_bugs import BUGS

from paver.conformance.simulator import Violation, play

SEEDS = 1000


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_it_is_found(bug: Callable[[pytest.MonkeyPatch], None], tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        bug(patch)
        seed, violation = first_violated(tmp_path)
    assert violation is not None, f"{bug.__name__} was not found within {SEEDS} seeds"
    assert f"seed {seed}: " in str(violation)
    play(seed, tmp_path / "right")


def first_violated(directory: Path) -> tuple[int, Violation | None]:
    for seed in range(SEEDS):
        try:
            play(seed, directory / str(seed))
        except Violation as violation:
            return seed, violation
    return SEEDS, None
