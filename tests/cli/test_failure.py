from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from paver.cli.failure import bug_of, log_lines

SECRET = "correct-horse"


def failing(password: str) -> None:
    raise KeyError(password)


def caught() -> BaseException:
    try:
        try:
            failing(SECRET)
        except KeyError as error:
            raise RuntimeError(f"could not use {SECRET}") from error
    except RuntimeError as error:
        return error
    raise AssertionError("it did not fail")


def test_a_bug_is_one_line_and_its_traceback_goes_to_a_private_file(tmp_path: Path) -> None:
    directory = tmp_path / "state"
    bug = bug_of(caught(), directory)
    assert bug.exit_code == 255
    assert bug.message.startswith("a bug of paver's: RuntimeError in test_failure.py:")
    (log,) = directory.iterdir()
    assert dict(bug.facts)["log"] == str(log)
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_no_value_gets_into_the_log_or_the_message(tmp_path: Path) -> None:
    error = caught()
    assert SECRET not in "\n".join(log_lines(error))
    assert SECRET not in str(bug_of(error, tmp_path))


def test_the_log_has_the_cause_first_and_every_place(tmp_path: Path) -> None:
    lines = list(log_lines(caught()))
    assert lines.index("builtins.KeyError") < lines.index("builtins.RuntimeError")
    assert any("in failing" in line for line in lines)


def test_an_error_whose_text_names_code_keeps_it() -> None:
    assert "builtins.AttributeError: no x" in list(log_lines(AttributeError("no x")))


def test_a_log_that_cannot_be_written_does_not_hide_the_bug(tmp_path: Path) -> None:
    wall = tmp_path / "file"
    wall.touch()
    bug = bug_of(caught(), wall / "state")
    assert bug.exit_code == 255
    assert dict(bug.facts)["log"].startswith("none: ")


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_log_is_private_under_any_umask(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        bug_of(caught(), tmp_path / "state")
    finally:
        os.umask(before)
    (log,) = (tmp_path / "state").iterdir()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
