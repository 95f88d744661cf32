"""What `paver new-driver` writes: whole, working, and laid out as paver's own drivers are."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from strangers import NAME, PACKAGE, Stranger

from paver.contract.errors import PaverError, Refused, SpecError
from paver.contract.types import DriverName
from paver.scaffold import write_package

TREE = Path(__file__).parents[2]
SHARED = {"driver", "settings", "environment", "bosh", "permissions", "session", "preflight", "errors", "conformance"}
"""Modules that a reader of one driver finds in the next."""


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Stranger:
    return Stranger(tmp_path_factory.mktemp("stranger"))


def modules(package: Path) -> set[str]:
    return {path.stem for path in package.glob("*.py")} | {path.name for path in package.iterdir() if path.is_dir()}


def test_its_files_bear_the_names_of_our_own_drivers(stranger: Stranger) -> None:
    theirs = modules(stranger.package)
    for own in ("paver_aws", "paver_vsphere"):
        assert {*SHARED, "resources", "sandbox", "marks", "wanted"} <= theirs & modules(TREE / own), own
    assert (stranger.package / "py.typed").is_file()


def test_no_word_of_the_template_is_left_and_no_path_of_anybodys(stranger: Stranger) -> None:
    for path in stranger.project.rglob("*"):
        if path.is_file():
            assert not re.search("nimbus|@[A-Z]+@", path.read_text(), re.IGNORECASE), path
            assert "nimbus" not in path.name
    assert "class HyperCloudDriver(Driver[HyperCloudSettings])" in (stranger.package / "driver.py").read_text()


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_it_imports_the_contract_and_nothing_else_of_paver(stranger: Stranger) -> None:
    found = {
        name
        for path in stranger.package.rglob("*.py")
        for name in imported(path)
        if re.match(r"paver(\.|$)", name) and path.name != "conformance.py"
    }
    assert found
    assert {name for name in found if not name.startswith("paver.contract")} == set()


def test_it_is_listed_and_paves_its_own_sandbox(stranger: Stranger) -> None:
    listed = json.loads(stranger.run("paver", "drivers", "-o", "json").stdout)
    (entry,) = (entry for entry in listed if entry["name"] == NAME)
    assert (entry["state"], entry["distribution"], entry["version"]) == ("ready", "paver-hyper-cloud", "0.1.0")
    sandbox = ("--iaas", NAME, "--sandbox")
    try:
        paved = stranger.run("paver", "pave", *sandbox, "-y", "-o", "json")
        assert paved.returncode == 0, paved.stderr
        document = json.loads(paved.stdout)
        assert document["iaas"] == NAME
        assert stranger.run("paver", "plan", *sandbox, "--detailed-exitcode").returncode == 0
        rendered = stranger.run("paver", "render", "bosh-cloud-config", *sandbox)
        assert "flavour: n2" in rendered.stdout, rendered.stderr
        role = json.loads(stranger.run("paver", "permissions", *sandbox).stdout)
        assert "volume.create" in role["allow"]
        gone = stranger.run("paver", "destroy", *sandbox, "-y", "--confirm-env", "sandbox")
        assert gone.returncode == 0, gone.stderr
    finally:
        assert stranger.run("paver", "sandbox", "down", "--iaas", NAME).returncode == 0


def test_its_own_tests_pass(stranger: Stranger) -> None:
    done = stranger.run("pytest", "-q", "-p", "no:cacheprovider", str(stranger.project))
    assert done.returncode == 0, done.stdout
    assert "8 passed" in done.stdout


def test_it_is_typed_and_tidy(stranger: Stranger) -> None:
    config = ("--config-file", str(stranger.project / "pyproject.toml"))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *config], cwd=stranger.project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    for check in (("check",), ("format", "--check")):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *check, "--no-cache", "."],
            cwd=stranger.project,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def test_rules_of_the_contract_are_kept(stranger: Stranger) -> None:
    rules = [word for rule in (1, 2, 4, 10, 20, 33, 70, 80, 82, 111) for word in ("--rule", str(rule))]
    done = stranger.run("paver", "conform", "--iaas", NAME, *rules)
    assert done.returncode == 0, done.stdout
    assert "10 rules kept, 0 broken, 0 not shown" in done.stdout


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_every_rule_of_the_contract_is_kept(stranger: Stranger) -> None:
    done = stranger.run("paver", "conform", "--iaas", NAME, "--workers", "2", timeout=3500)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


BROKEN = {
    "keys": (4, "resources/volume.py", "return Key(kind=NOUN, name=name)", 'return Key(kind=NOUN, name="one")'),
    "promise": (10, "wanted.py", "NOUNS = (network, subnet, volume, account)", "NOUNS = (network, subnet, volume)"),
    "readback": (20, "resources/noun.py", 'actual=record["fields"]', 'actual={**record["fields"], "egress": "x"}'),
    "foreign": (32, "marks.py", "by.id == owner.id and ", ""),
    "ids": (82, "environment.py", "place=places[zone]).model_dump()", 'place="network-ffffff").model_dump()'),
    "capability": (110, "driver.py", "Capability.RESOLVER, ", "Capability.RESOLVER, Capability.JUMPBOX, "),
}
"""By what is wrong: the rule that says so, the module, and what becomes of it."""


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_driver_that_breaks_a_rule_is_told_which(name: str, tmp_path: Path) -> None:
    rule, file, before, after = BROKEN[name]
    broken = Stranger(tmp_path)
    broken.change(file, before, after)
    done = broken.run("paver", "conform", "--iaas", NAME, "--rule", str(rule), timeout=500)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"BROKEN    rule {rule}, " in done.stdout


@pytest.mark.parametrize("name", ["A", "aws_two", "two--hyphens", "-x", "", "x" * 40, "ünder", "a/b", "9lives"])
def test_what_cannot_be_a_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be a driver's name"):
        write_package(name, tmp_path / "there")
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize("name", ["mycloud", "x9", "a-b-c", "class", "paver"])
def test_any_name_makes_modules_that_compile(name: str, tmp_path: Path) -> None:
    files = write_package(name, tmp_path / "there")
    assert len(files) == len({*files})
    for path in files:
        assert path.is_file()
        if path.suffix == ".py":
            compile(path.read_text(), str(path), "exec")
    assert DriverName is not None
    assert (tmp_path / "there" / f"paver_{name.replace('-', '_')}" / "driver.py") in files


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="left alone"):
        write_package("mycloud", tmp_path)
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_text("mine")
    with pytest.raises(PaverError):
        write_package("mycloud", tmp_path / "file" / "below")


def test_the_wheel_will_hold_the_template() -> None:
    assert PACKAGE
    template = TREE / "paver" / "scaffold" / "template"
    assert all(path.suffix == ".tmpl" for path in template.rglob("*") if path.is_file())
