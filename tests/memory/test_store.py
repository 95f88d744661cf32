import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from paver.contract.errors import Rejected
from paver.memory.hand import Hand
from paver.memory.settings import Kill, MemorySettings
from paver.memory.store import FileStore
from paver.memory.world import World

MANY = 25


def world_at(path: Path) -> World:
    return World(FileStore(path, "000000000001"))


def make_many(path: Path, prefix: str) -> None:
    world = world_at(path)
    for number in range(MANY):
        world.create("network", f"{prefix}-{number}", fields={})


def test_a_world_is_there_for_the_next_process(tmp_path: Path) -> None:
    made = world_at(tmp_path / "world.json").create("network", "n", fields={"cidr": "10.0.0.0/8"}, tags={"a": "b"})
    assert world_at(tmp_path / "world.json").get(made["id"]) == made


def test_two_processes_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=make_many, args=(path, prefix)) for prefix in ("one", "two")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    hand = Hand(world_at(path))
    assert len(hand.census()) == len(hand.everything()) == hand.mutations() == 2 * MANY


def test_threads_of_one_process_lose_nothing_of_each_other(tmp_path: Path) -> None:
    world = world_at(tmp_path / "world.json")
    threads = [
        threading.Thread(target=lambda: [world.create("network", "n", fields={}) for _ in range(MANY)])
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Hand(world).census()) == 2 * MANY


def test_a_write_that_fails_leaves_the_old_world_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_at(tmp_path / "world.json")
    world.create("network", "n", fields={})
    before = (tmp_path / "world.json").read_text()

    def full(descriptor: int) -> None:
        raise OSError(28, f"no space left for {descriptor}")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            world.create("network", "m", fields={})
    assert (tmp_path / "world.json").read_text() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["world.json", "world.json.lock"]


def test_only_its_user_reads_a_world(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        world_at(tmp_path / "inner" / "world.json").account()
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "inner").iterdir()} == {0o600}
    assert (tmp_path / "inner").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 99}'])
def test_a_file_that_is_no_world_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "world.json"
    path.write_text(text)
    with pytest.raises(Rejected, match="no world"):
        world_at(path).account()
    assert path.read_text() == text


def test_a_world_keeps_the_account_that_it_was_made_with(tmp_path: Path) -> None:
    path = str(tmp_path / "world.json")
    assert World.of(MemorySettings(path=path, identity="000000000002")).account() == "000000000002"
    assert World.of(MemorySettings(path=path, identity="000000000003")).account() == "000000000002"


KILLED = """
import sys
from paver.memory.settings import Kill, MemorySettings
from paver.memory.world import World

world = World.of(MemorySettings(path=sys.argv[1], kill=Kill(call=2, when=sys.argv[2])))
for name in ("first", "second", "third"):
    world.page("network")
    world.create("network", name, fields={})
"""


@pytest.mark.parametrize(("when", "there"), [("before", 1), ("after", 2)])
def test_a_process_dies_before_or_after_the_call_that_the_spec_names(tmp_path: Path, when: str, there: int) -> None:
    path = tmp_path / "world.json"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path), when], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert len(json.loads(path.read_text())["things"]) == there
    assert Kill.model_fields["when"].default == "before"
    world_at(path).create("network", "next", fields={})
