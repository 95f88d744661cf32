"""Killed or failing at any step, the store has the old secret or the new one, whole; never a torn one, never none."""

# ruff: noqa: ANN401  the stand-in for a module takes and gives what that takes and gives
import contextlib
import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from paver.secrets import DirectoryStore, SecretUnwritable, atomic

OLD, NEW = "old-" + "o" * 300_000, "new-" + "n" * 300_000  # wider than any buffer
STEPS = 30
"""More than a write has."""


class Killed(BaseException):
    """Stands for SIGKILL: from here on nothing that this process calls is done."""


class Faulty:
    """The `os` module, and `open`, of a process that dies or meets a broken disk at its n-th call."""

    def __init__(self, at: int, *, after: bool, kill: bool) -> None:
        self.at, self.after, self.kill = at, after, kill
        self.calls: list[str] = []
        self.dead = False

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        return self._step(name, real) if callable(real) else real

    def open_file(self, descriptor: int, mode: str) -> Any:
        file = open(descriptor, mode, buffering=0)  # noqa: SIM115  `_File` closes it
        write = file.write

        def half(data: bytes) -> int:
            """What is written in two pieces may end between them."""
            self._step("write", write)(data[: len(data) // 2])
            self._step("write", write)(data[len(data) // 2 :])
            return len(data)

        return _File(file, half)

    def _step(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if self.dead:
                raise Killed
            self.calls.append(name)
            if len(self.calls) != self.at:
                return real(*args, **kwargs)
            if self.after:
                real(*args, **kwargs)
            if self.kill:
                self.dead = True
                raise Killed
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        return call


class _File(contextlib.AbstractContextManager[Any]):
    def __init__(self, file: Any, write: Callable[[bytes], int]) -> None:
        self._file, self.write, self.flush = file, write, file.flush

    def __exit__(self, *_: object) -> None:
        self._file.close()


def broken(monkeypatch: pytest.MonkeyPatch, faulty: Faulty) -> None:
    monkeypatch.setattr(atomic, "os", faulty)
    monkeypatch.setattr(atomic, "open", faulty.open_file, raising=False)


def value(store: DirectoryStore, path: str = "memory/one") -> str:
    return store.read(path, "secret").get_secret_value()


def unfinished(root: Path) -> list[str]:
    return [path.name for path in root.rglob(".*.tmp-*")]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, STEPS))
def test_a_kill_at_any_step_leaves_old_or_new_and_the_next_writer_tidies_up(
    store: DirectoryStore, root: Path, monkeypatch: pytest.MonkeyPatch, at: int, after: bool
) -> None:
    store.write("memory/one", {"secret": SecretStr(OLD)})
    faulty = Faulty(at, after=after, kill=True)
    with monkeypatch.context() as patched:
        broken(patched, faulty)
        with contextlib.suppress(Killed):
            store.write("memory/one", {"secret": SecretStr(NEW)})
    assert value(store) == (NEW if renamed(faulty) else OLD)
    store.write("memory/one", {"secret": SecretStr("next")})
    assert value(store) == "next"
    assert unfinished(root) == []


def renamed(faulty: Faulty) -> bool:
    """Whether the write got past the one step that makes the new file the file."""
    if "rename" not in faulty.calls:
        return False
    number = faulty.calls.index("rename") + 1
    return number != faulty.at or faulty.after


@pytest.mark.parametrize("at", range(1, STEPS))
def test_a_failing_disk_leaves_old_or_new_and_is_told(
    store: DirectoryStore, root: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    store.write("memory/one", {"secret": SecretStr(OLD)})
    faulty = Faulty(at, after=False, kill=False)
    with monkeypatch.context() as patched:
        broken(patched, faulty)
        error = failure_of(lambda: store.write("memory/one", {"secret": SecretStr(NEW)}))
    if error is None:
        assert len(faulty.calls) < at, "a failure was swallowed"
    else:
        assert "file:secrets/memory/one cannot be written: Input/output error" in str(error)
        assert NEW not in repr(vars(error))
    assert value(store) in {OLD, NEW}
    assert unfinished(root) == []


def failure_of(act: Callable[[], None]) -> SecretUnwritable | None:
    try:
        act()
    except SecretUnwritable as error:
        return error
    return None


@pytest.mark.parametrize("at", range(1, STEPS))
def test_a_first_secret_is_there_whole_or_not_at_all(
    store: DirectoryStore, root: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    with monkeypatch.context() as patched:
        broken(patched, Faulty(at, after=True, kill=True))
        with contextlib.suppress(Killed):
            store.add("memory/certificates/web", {"secret": SecretStr(NEW)})
    if store.exists("memory/certificates/web"):
        assert value(store, "memory/certificates/web") == NEW
        assert not store.add("memory/certificates/web", {"secret": SecretStr(OLD)})
    else:
        assert store.add("memory/certificates/web", {"secret": SecretStr(OLD)})
    assert unfinished(root) == []


def test_the_steps_cover_a_whole_write(store: DirectoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    faulty = Faulty(0, after=False, kill=False)
    broken(monkeypatch, faulty)
    store.write("memory/certificates/web", {"secret": SecretStr(NEW)})
    assert len(faulty.calls) < STEPS
    order = [call for call in faulty.calls if call in {"write", "fsync", "rename"}]
    assert order[-5:] == ["write", "write", "fsync", "rename", "fsync"]


@pytest.mark.parametrize("call", ["unlink", "fsync"])
def test_a_removal_that_fails_is_told_and_can_be_asked_again(
    store: DirectoryStore, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    store.write("memory/one", {"secret": SecretStr(OLD)})
    with monkeypatch.context() as patched:
        whole = Faulty(0, after=False, kill=False)
        broken(patched, whole)
        store.delete("memory/one")
        store.write("memory/one", {"secret": SecretStr(OLD)})
        broken(patched, Faulty(whole.calls.index(call) + 1, after=False, kill=False))
        with pytest.raises(SecretUnwritable, match="file:secrets/memory/one"):
            store.delete("memory/one")
    store.delete("memory/one")
    assert not store.exists("memory/one")


WRITER = """
import sys
from pathlib import Path
from pydantic import SecretStr
from paver.secrets import DirectoryStore
store = DirectoryStore(Path(sys.argv[1]), reference="secrets")
print("up", flush=True)
while True:
    for letter in "ab":
        store.write("memory/one", {"secret": SecretStr(letter * 100_000), "letter": SecretStr(letter)})
"""


def test_a_writer_that_is_really_killed_leaves_a_whole_secret_and_no_lock(store: DirectoryStore, root: Path) -> None:
    store.write("memory/one", {"secret": SecretStr("a" * 100_000), "letter": SecretStr("a")})
    for number in range(4):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(root)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"up\n"
            time.sleep(0.01 + 0.007 * number)
            process.send_signal(signal.SIGKILL)
        found = store.read_all("memory/one")
        assert found["secret"].get_secret_value() == found["letter"].get_secret_value() * 100_000
    store.write("memory/one", {"secret": SecretStr("next")})
    assert value(store) == "next"
    assert unfinished(root) == []


def write_many(root: Path, name: str) -> None:
    store = DirectoryStore(root, reference="secrets")
    for number in range(15):
        store.write("memory/one", {"secret": SecretStr(name * 50_000), "who": SecretStr(name)})
        store.write(f"memory/{name}-{number}", {"secret": SecretStr(name)})


def test_processes_that_write_at_once_lose_nothing_of_each_other(store: DirectoryStore, root: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=write_many, args=(root, name)) for name in "ab"]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        if store.exists("memory/one"):
            found = store.read_all("memory/one")
            assert found["secret"].get_secret_value() == found["who"].get_secret_value() * 50_000
        time.sleep(0.01)
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert len(store.list("memory")) == 31
