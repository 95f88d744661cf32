"""How long `paver --help` takes beside an interpreter that does nothing: `python benchmarks/start_up.py`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 15


def seconds(*arguments: str) -> float:
    """One whole process."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
    return time.perf_counter() - began


def main() -> None:
    """Interleave the two, and print medians and their ratio."""
    rounds = [(seconds("-c", "pass"), seconds("-m", "paver", "--help")) for _ in range(ROUNDS)]
    nothing, help_ = (statistics.median(times) for times in zip(*rounds, strict=True))
    print(f"python -c pass    {nothing * 1000:6.0f} ms")
    print(f"paver --help      {help_ * 1000:6.0f} ms    {help_ / nothing:.1f} times as long")


if __name__ == "__main__":
    main()
