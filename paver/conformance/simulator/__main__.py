"""Play seeds: `python -m paver.conformance.simulator --seeds 10000`. Exit code 1 at the first that is violated."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from paver.conformance.simulator.cloud import Violation
from paver.conformance.simulator.story import play


def main() -> int:
    """Play them all."""
    parser = argparse.ArgumentParser(prog="python -m paver.conformance.simulator", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10_000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    asked = parser.parse_args()
    began = time.monotonic()
    for seed in range(asked.first, asked.first + asked.seeds):
        with tempfile.TemporaryDirectory(prefix="paver-seed-") as directory:
            try:
                play(seed, Path(directory))
            except Violation as violation:
                sys.stdout.write(f"{violation}\n")
                return 1
    sys.stdout.write(f"{asked.seeds} seeds from {asked.first}, none violated, {time.monotonic() - began:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
