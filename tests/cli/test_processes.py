"""Whole processes on the memory driver: signals, terminals, readers who leave."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PAVE = [sys.executable, "-m", "paver", "pave", "--iaas", "memory", "--sandbox"]


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    found = {name: value for name, value in os.environ.items() if name not in {"CI", "NO_COLOR"}}
    found |= {"XDG_STATE_HOME": str(tmp_path), "TERM": "xterm-256color"}
    found |= {"PAVER_SPEC__IAAS__MEMORY__LATENCY": "0.02", "PAVER_SPEC__IAAS__MEMORY__PENDING": "3"}
    yield found
    subprocess.run([*PAVE[:3], "sandbox", "down", "--iaas", "memory"], env=found, check=True, capture_output=True)


def begun(process: subprocess.Popen[str]) -> list[str]:
    """The log up to the first thing that was created."""
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if " created " in line:
            break
    return lines


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_a_run_which_the_same_command_resumes(
    number: signal.Signals, code: int, environ: dict[str, str]
) -> None:
    with subprocess.Popen(
        [*PAVE, "-y"], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as first:
        begun(first)
        began = time.monotonic()
        first.send_signal(number)
        _, err = first.communicate(timeout=20)
        assert time.monotonic() - began < 8
    assert first.returncode == code
    assert "Stopping: nothing new is begun;" in err
    assert f"Stopped by {number.name} after " in err
    assert err.splitlines()[-1] == "Run the same command to go on from here."
    again = subprocess.run(
        [*PAVE, "-y", "--log-format", "json"], env=environ, capture_output=True, text=True, check=True
    )
    events = [json.loads(line) for line in again.stderr.splitlines()]
    ended = events[-1]
    assert ended["event"] == "ended"
    assert ended["counts"]["keep"] > 0
    assert subprocess.run(PAVE, env=environ, capture_output=True, check=False).returncode == 0


def test_a_second_signal_leaves_at_once(environ: dict[str, str]) -> None:
    stalling = {"PAVER_SPEC__IAAS__MEMORY__FAULTS": "{network.create: {stall: 1.0}}"}
    slow = environ | stalling | {"PAVER_SPEC__IAAS__MEMORY__STALL_SECONDS": "6"}
    with subprocess.Popen(
        [*PAVE, "-y"], env=slow, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        while "planned" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGTERM)
        while "Stopping" not in process.stderr.readline():
            pass
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        assert time.monotonic() - began < 1
    assert process.returncode == 143


def on_terminal(environ: dict[str, str], answer: bytes) -> tuple[int, str]:
    """Run the command on a terminal of its own and type an answer; its code and all that was shown."""
    master, slave = pty.openpty()
    with subprocess.Popen(
        PAVE, env=environ, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    ) as process:
        os.close(slave)
        shown, answered, ends = b"", False, time.monotonic() + 60
        while time.monotonic() < ends:
            if not select.select([master], [], [], 0.2)[0]:
                continue
            try:
                piece = os.read(master, 1 << 16)
            except OSError:  # how Linux says that the other side is closed
                break
            if not piece:
                break
            shown += piece
            if not answered and b"[y/N]" in shown:
                os.write(master, answer)
                answered = True
        code = process.wait(10)
    os.close(master)
    return code, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()).replace("\r\n", "\n").replace("\r", "\n")


def test_a_person_is_asked_and_watches_the_tree(environ: dict[str, str]) -> None:
    code, shown = on_terminal(environ, b"y\n")
    assert code == 0
    assert "? [y/N] y\n" in shown
    assert "  Created network/management             network-" in shown
    assert re.search(r"⠋|⠙|⠹|⠸|⠼|⠴|⠦|⠧|⠇|⠏", shown)
    assert re.search(r"pending +0:0[0-9]", shown)
    assert re.search(
        r"\nPaved sandbox on memory: 33 created in \d+(\.\d)? s, \d+ calls\.\n  director goes to   ", shown
    )
    assert max(len(line) for line in shown.splitlines() if "world.json" not in line) <= 100


def test_a_person_says_no_and_nothing_is_made(environ: dict[str, str]) -> None:
    code, shown = on_terminal(environ, b"\n")
    assert code == 1
    assert "error: not consented: sandbox was not changed" in shown
    assert "Created" not in shown


def test_a_reader_who_leaves_is_no_error(environ: dict[str, str]) -> None:
    subprocess.run([*PAVE, "-y"], env=environ, check=True, capture_output=True)
    command = [*PAVE[:3], "outputs", *PAVE[4:], "-o", "json"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(20) == 0
