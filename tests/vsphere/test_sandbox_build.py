"""Building the sandbox's program, or saying why not."""

from __future__ import annotations

import importlib.util
import stat
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from paver.contract.errors import PaverError
from paver_vsphere.sandbox import build

FAKE = """#!{python}
import pathlib, sys, time
if sys.argv[1:] == ["version"]:
    print("go version go{version} linux/amd64")
    sys.exit()
time.sleep(0.3)
out = pathlib.Path(sys.argv[sys.argv.index("-o") + 1])
out.write_text("a program")
with open({calls!r}, "a") as calls:
    calls.write("built\\n")
sys.exit({code})
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a PATH with nothing on it; returns where fake builds are noted."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    return tmp_path / "calls"


def fake_go(place: Path, calls: Path, version: str = "1.26.1", code: int = 0) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    go = place / "go"
    go.write_text(FAKE.format(python=sys.executable, version=version, calls=str(calls), code=code))
    go.chmod(go.stat().st_mode | stat.S_IXUSR)
    return go


def test_without_go_the_extra_is_named(calls: Path) -> None:
    with pytest.raises(PaverError) as failed:
        build.built_program(lambda _: None)
    assert "iaas-paver[sandbox]" in failed.value.hint


def test_a_go_that_is_too_old_is_none(calls: Path, tmp_path: Path) -> None:
    fake_go(tmp_path / "bin", calls, "1.19.4")
    with pytest.raises(PaverError) as failed:
        build.find_go()
    assert "too old" in str(failed.value.facts)


def test_the_wheels_go_serves_where_none_is_on_path(
    calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "site" / "go"
    go = fake_go(wheel / "bin", calls)
    found = SimpleNamespace(submodule_search_locations=[str(wheel)])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: found if name == "go" else None)
    assert build.find_go() == str(go)


def test_it_is_built_once_and_says_so(calls: Path, tmp_path: Path) -> None:
    fake_go(tmp_path / "bin", calls)
    said: list[str] = []
    first = build.built_program(said.append)
    assert build.built_program(said.append) == first
    assert (first.read_text(), calls.read_text(), len(said)) == ("a program", "built\n", 2)
    assert "minute" in said[0]


def test_two_at_once_do_no_harm(calls: Path, tmp_path: Path) -> None:
    fake_go(tmp_path / "bin", calls)
    made: list[Path] = []
    threads = [threading.Thread(target=lambda: made.append(build.built_program(lambda _: None))) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [path.read_text() for path in made] == ["a program"] * 3
    assert [path.name for path in made[0].parent.iterdir()] == [build.PROGRAM], "no half-built thing is left"


def test_a_failed_build_leaves_nothing_to_be_taken_for_a_program(calls: Path, tmp_path: Path) -> None:
    fake_go(tmp_path / "bin", calls, code=1)
    with pytest.raises(PaverError, match="could not be built"):
        build.built_program(lambda _: None)
    assert list((tmp_path / "cache").rglob(build.PROGRAM)) == []


def test_another_source_is_another_program(tmp_path: Path) -> None:
    for name in ("go.mod", "go.sum", "main.go"):
        (tmp_path / name).write_text(name)
    before = build.source_hash(tmp_path)
    (tmp_path / "main.go").write_text("other")
    assert build.source_hash(tmp_path) != before
