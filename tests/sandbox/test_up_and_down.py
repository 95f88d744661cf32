"""Starting, finding and stopping an emulator that is a few lines of Python."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

import pytest

from paver.contract.driver import Sandbox
from paver.contract.errors import PaverError
from paver.sandbox import Running, down, find, up
from paver.sandbox.process import alive, started_at
from paver.sandbox.running import RECORD

LISTENS = "import json, time; open('ready.json.new', 'w').write(json.dumps({'here': 1})); \
import os; os.rename('ready.json.new', 'ready.json'); time.sleep(60)"
FAILS = "import sys; print('no port is free', file=sys.stderr); sys.exit(3)"
HANGS = "import time; time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + LISTENS


class Emulator(Sandbox):
    def __init__(self, program: str | None = LISTENS) -> None:
        self.program = program
        self.prepared = 0

    def prepare(self, directory: Path, say: Callable[[str], None]) -> Sequence[str]:
        self.prepared += 1
        assert list(directory.iterdir()) == []
        say("prepared")
        return [] if self.program is None else [sys.executable, "-c", self.program]

    def spec(self, directory: Path, owner: UUID) -> str:
        return f"id: {owner}\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "state" / "thing"


def test_it_runs_until_it_is_taken_down_and_leaves_nothing(home: Path) -> None:
    running = up(Emulator(), "thing", home)
    assert running.ready() == {"here": 1}
    assert find("thing", home) == running
    assert running.pid is not None
    assert down("thing", home)
    assert (find("thing", home), home.exists(), alive(running.pid, running.start)) == (None, False, False)
    assert not down("thing", home), "there is nothing left to take down"


def test_it_has_a_session_of_its_own(home: Path) -> None:
    import os  # noqa: PLC0415  one use

    running = up(Emulator(), "thing", home)
    assert running.pid is not None
    assert os.getsid(running.pid) == running.pid
    down("thing", home)


def test_a_second_up_finds_the_first_with_its_owner(home: Path) -> None:
    emulator = Emulator()
    first = up(emulator, "thing", home)
    text = first.spec.read_text()
    assert up(emulator, "thing", home) == first
    assert (first.spec.read_text(), emulator.prepared) == (text, 1)
    down("thing", home)


def test_two_ups_at_once_start_one(home: Path) -> None:
    emulator = Emulator()
    found: list[Running] = []
    threads = [threading.Thread(target=lambda: found.append(up(emulator, "thing", home))) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (len({one.pid for one in found}), emulator.prepared) == (1, 1)
    down("thing", home)


def test_one_that_died_is_started_anew_under_a_new_owner(home: Path) -> None:
    import os  # noqa: PLC0415  one use
    import signal  # noqa: PLC0415  one use

    first = up(Emulator(), "thing", home)
    owner = first.spec.read_text()
    assert first.pid is not None
    os.kill(first.pid, signal.SIGKILL)
    while alive(first.pid, first.start):
        time.sleep(0.01)
    assert find("thing", home) is None
    second = up(Emulator(), "thing", home)
    assert second.pid != first.pid
    assert second.spec.read_text() != owner, "its world is another, and so is who owns what is in it"
    down("thing", home)


def test_one_that_ends_as_it_starts_shows_its_log(home: Path) -> None:
    with pytest.raises(PaverError, match="code 3") as failed:
        up(Emulator(FAILS), "thing", home)
    assert "no port is free" in str(failed.value.facts)
    assert find("thing", home) is None


def test_one_that_is_never_ready_is_ended(home: Path) -> None:
    with pytest.raises(PaverError, match="not ready"):
        up(Emulator(HANGS), "thing", home, patience=0.3)
    assert find("thing", home) is None


def test_one_that_ignores_the_polite_signal_ends_all_the_same(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from paver.sandbox import process, stopping  # noqa: PLC0415  one use

    running = up(Emulator(STUBBORN), "thing", home)
    monkeypatch.setattr(stopping, "terminate", lambda pid, start: process.terminate(pid, start, patience=0.3))
    down("thing", home)
    assert running.pid is not None
    assert not alive(running.pid, running.start)


def test_another_process_of_the_same_number_is_left_alone(home: Path) -> None:
    import os  # noqa: PLC0415  one use

    home.mkdir(parents=True)
    stranger = Running("thing", home, os.getpid(), "1")
    (home / RECORD).write_text(stranger.record())
    assert find("thing", home) is None
    assert down("thing", home)
    assert started_at(os.getpid()) is not None, "we are still here"


def test_one_without_a_process_is_its_directory(home: Path) -> None:
    running = up(Emulator(None), "thing", home)
    assert (running.pid, running.ready(), find("thing", home)) == (None, {}, running)
    assert down("thing", home)


def test_what_it_keeps_is_private(home: Path) -> None:
    up(Emulator(), "thing", home)
    modes = {path.name: path.stat().st_mode & 0o077 for path in [home, *home.iterdir()] if path.name != "ready.json"}
    down("thing", home)
    assert {name for name, mode in modes.items() if mode} == set()


def test_it_lives_below_the_state_directory_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    running = up(Emulator(), "thing")
    assert running.directory == tmp_path / "paver" / "sandbox" / "thing"
    down("thing")
