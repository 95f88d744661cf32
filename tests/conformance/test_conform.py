"""`paver conform` as people run it: what it prints, how it ends, a budget, a sweep, a target by its place."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from paver.conformance.child import Child


def conform(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "paver", "conform", *words]
    environ = {**os.environ, "PYTEST_ADDOPTS": f"--basetemp={tmp_path / 'kit'}"}
    return subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)


def test_rules_that_are_kept_end_in_0_and_are_counted(tmp_path: Path) -> None:
    done = conform(tmp_path, "--iaas", "memory", "--rule", "10", "--rule", "70")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 rules kept, 0 broken, 0 not shown" in done.stdout


def test_a_spent_budget_begins_no_further_test_and_says_so(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    words = ("--iaas", "memory", "--rule", "10", "--rule", "70", "--budget", "1", "--ledger", str(ledger))
    done = conform(tmp_path, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 rules kept, 0 broken, 1 not shown" in done.stdout
    assert "the budget of calls is spent" in done.stdout
    lines = ledger.read_text().splitlines()
    assert lines[0].startswith("owner ")
    assert {line.split()[0] for line in lines} == {"owner", "calls"}
    swept = conform(tmp_path, "--iaas", "memory", "--sweep", "--ledger", str(ledger))
    assert swept.returncode == 0, swept.stderr
    assert not ledger.exists()


def test_a_target_by_its_place(tmp_path: Path) -> None:
    done = conform(tmp_path, "--iaas", "memory", "--target", "paver.memory.conformance:MemoryTarget", "--rule", "3")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--iaas NAME"),
        (("--iaas", "nowhere"), "no driver nowhere"),
        (("--iaas", "memory", "--rule", "999"), "no rule 999"),
        (("--iaas", "memory", "--sweep"), "no ledger"),
    ],
)
def test_a_mistake_is_exit_2_before_anything_runs(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = conform(tmp_path, *words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr


def test_what_a_failed_test_left_at_work_is_ended(tmp_path: Path) -> None:
    words = ("wire", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:9")
    waited, left = Child(["version"], tmp_path, {}), Child(words, tmp_path, {})
    assert waited.wait().code == 0
    assert not left.over
    for child in (waited, left):
        child.end()
    assert left.over
