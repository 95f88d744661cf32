"""`paver new-driver` by the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))
from fakes import Run, run

__all__ = ["run"]


def test_it_says_what_to_do_next(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("new-driver", "mycloud")
    assert done.code == 0, done.err
    first, *following = done.out.splitlines()
    assert first.startswith("Wrote paver-mycloud: ")
    assert following == [
        "Next: pip install -e 'paver-mycloud[dev]'",
        "Next: paver pave --iaas mycloud --sandbox",
        "Next: paver conform --iaas mycloud",
    ]
    assert (tmp_path / "paver-mycloud" / "paver_mycloud" / "driver.py").is_file()
    again = run("new-driver", "mycloud")
    assert again.code == 6
    assert "was left alone" in again.err


def test_it_lists_its_files_in_json(run: Run, tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    told = json.loads(run("new-driver", "mycloud", "--directory", str(place), "-o", "json").out)
    assert told["directory"] == str(place)
    assert str(place / "pyproject.toml") in told["files"]


def test_a_name_that_is_taken_or_none_is_exit_two(run: Run, tmp_path: Path) -> None:
    taken = run("new-driver", "memory", "--directory", str(tmp_path / "a"))
    assert taken.code == 2
    assert "a driver memory is installed already" in taken.err
    assert run("new-driver", "No", "--directory", str(tmp_path / "b")).code == 2
    assert not list(tmp_path.glob("[ab]"))
