"""T26: each mutant of the memory driver is caught, by a failure that names the rule; and one is excused."""

import os
import subprocess
import sys
from pathlib import Path

import mutants_that_change
import mutants_that_misread
import pytest
from mutant import Mutant

MEEK = mutants_that_misread.Meek
MUTANTS = [
    kind
    for module in (mutants_that_change, mutants_that_misread)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Mutant) and kind not in {Mutant, MEEK}
]

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A path on which the mutants are installed, as a stranger's package is: by entry points."""
    place = tmp_path_factory.mktemp("mutants")
    info = place / "paver_mutants-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: paver-mutants\nVersion: 1.0\n")
    kinds = [*MUTANTS, MEEK]
    drivers = "\n".join(f"{kind.name} = {kind.__module__}:{kind.__name__}" for kind in kinds)
    targets = "\n".join(f"{kind.name} = mutant:MutantTarget" for kind in kinds)
    (info / "entry_points.txt").write_text(f"[paver.drivers]\n{drivers}\n\n[paver.conformance]\n{targets}\n")
    return os.pathsep.join([str(place), str(HERE)])


def judged(name: str, rule: int, path: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "paver", "conform", "--iaas", name, "--rule", str(rule)]
    environ = {**os.environ, "PYTHONPATH": path, "MUTANT": name, "PYTEST_ADDOPTS": f"--basetemp={tmp_path / 'kit'}"}
    return subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.parametrize("kind", MUTANTS, ids=lambda kind: kind.name)
def test_every_mutant_is_caught_by_its_rule(kind: type[Mutant], path: str, tmp_path: Path) -> None:
    done = judged(kind.name, kind.rule, path, tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    broken = [line for line in done.stdout.splitlines() if line.startswith("BROKEN")]
    assert any(line.split()[2] == f"{kind.rule}," for line in broken), done.stdout
    assert "mandatory" in done.stdout or "excused" in done.stdout


def test_a_driver_is_excused_from_what_it_does_not_declare(path: str, tmp_path: Path) -> None:
    done = judged(MEEK.name, MEEK.rule, path, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "excused where the driver does not declare object-store" in done.stdout


def test_there_are_mutants_enough() -> None:
    assert len(MUTANTS) >= 24
