"""The journal: what was about to be done, and what came of it. Append-only JSON lines, on the disk before the call.

It speeds recovery up and tells people what happened. It is never the proof that something is ours: a lost journal costs
a little time, no more.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import JsonValue

from paver.contract.errors import PaverError, Refused
from paver.contract.resource import Attempt, Key

VERSION = 1
FILE = "journal.jsonl"
KEEP = timedelta(hours=1)
"""How long an ended run's lines are of use: longer than any listing lags behind a write."""
IN_FLIGHT = timedelta(seconds=1)
"""How long after its intent was noted a call may be carried out by which its caller was killed."""


class JournalUnwritable(PaverError):
    """An intent could not be written, so nothing was sent."""

    exit_code = 4


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A call whose outcome nobody noted."""

    key: str
    action: str
    token: UUID
    at: datetime


@dataclass(slots=True)
class History:
    """What the journal of an earlier run says. Empty where it ended by itself."""

    unanswered: dict[str, Unanswered] = field(default_factory=dict)
    tickets: dict[str, JsonValue] = field(default_factory=dict)
    """Logical key to the last ticket of a change that was being waited for."""
    begun: dict[str, datetime] = field(default_factory=dict)
    """Logical key to when it was last created, or meant to be: a listing may not show it yet."""
    gone: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """Kind and native id to when its deletion was confirmed: a listing may show it still."""
    doomed: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    """Kind and native id of what may have been deleted: its key, while no other has that, and when at the latest."""
    last: datetime | None = None
    existed: bool = False
    """Whether there was a state directory at all."""


class Journal:
    """One environment's journal on one IaaS. Its methods may be called from any thread."""

    def __init__(self, directory: Path, owner: UUID, now: Callable[[], datetime] = _utc) -> None:
        self._now = now
        self._path = directory / FILE
        self._owner = owner
        self._lock = threading.Lock()
        self._descriptor: int | None = None

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._path

    def read(self) -> History:
        """What an earlier run left. A torn last line is what a kill leaves; a journal torn elsewhere is as lost.

        Raises:
            Refused: It is another environment's, or a newer paver's.
        """
        history = History(existed=self._path.exists())
        if not history.existed:
            return history
        for line in self._lines():
            at = _time(line.get("t"))
            history.last = at or history.last
            match line.get("event"):
                case "begin":
                    self._check(line)
                case "attempt" if at is not None:
                    key, action = str(line["key"]), str(line["action"])
                    history.unanswered[key] = Unanswered(key, action, UUID(str(line["token"])), at)
                    if action in {"create", "advance"}:
                        history.begun[key] = at + IN_FLIGHT
                    _doom(history, key, action, str(line.get("name")), at + IN_FLIGHT)
                case "outcome":
                    _answered(history, str(line["key"]), at)
                    history.unanswered.pop(str(line["key"]), None)
                    history.tickets.pop(str(line["key"]), None)
                    # Some things are known by their name alone: what is made anew has the id of what went.
                    made = _ident(str(line["key"]), str(line.get("what")))
                    history.gone.pop(made, None)
                    _spare(history, str(line["key"]), made)
                    if line.get("gone") and at is not None:
                        history.begun.pop(str(line["key"]), None)
                        history.gone[_ident(str(line["key"]), str(line["gone"]))] = at
                case "waiting":
                    _answered(history, str(line["key"]), at)
                    history.unanswered.pop(str(line["key"]), None)
                    history.tickets[str(line["key"])] = line.get("ticket")
                case "end":
                    # It did not have to delete these again: they were gone when it looked.
                    history.gone |= {ident: latest for ident, (_, latest) in history.doomed.items()}
                    history.doomed.clear()
                    history.unanswered.clear()
                    history.tickets.clear()
                case _:
                    pass
        return history

    def begin(self, verb: str) -> None:
        """A run starts to change things. What an earlier one that ended by itself has noted goes, once it is old."""
        history = self.read()
        settled = history.last is None or abs(self._now() - history.last) > KEEP
        if history.existed and settled and not history.unanswered and not history.tickets:
            self._path.unlink()
        self._write("begin", version=VERSION, owner=str(self._owner), verb=verb, pid=os.getpid())

    def attempt(self, action: str, attempt: Attempt) -> None:
        """A mutating call is about to be sent. Raises JournalUnwritable: then it must not be."""
        self._write("attempt", key=str(attempt.key), action=action, name=attempt.name, token=str(attempt.token))

    def waiting(self, attempt: Attempt, ticket: JsonValue) -> None:
        """It has begun; `ticket` goes on with it."""
        self._write("waiting", key=str(attempt.key), ticket=ticket)

    def outcome(self, attempt: Attempt, what: str) -> None:
        """What came of it: the native id, or the error's class."""
        self._write("outcome", key=str(attempt.key), what=what)

    def gone(self, key: Key, id_: str) -> None:
        """A thing is known to be gone: whether by a delete's answer or by a look after it."""
        self._write("outcome", key=str(key), what="gone", gone=id_)

    def end(self) -> None:
        """The run ended by itself and everything begun is known."""
        self._write("end")
        self.close()

    def close(self) -> None:
        """Close the file and leave it as it is."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _write(self, event: str, **fields: JsonValue) -> None:
        line = json.dumps({"t": self._now().isoformat(), "event": event, **fields}, separators=(",", ":"))
        try:
            with self._lock:
                if self._descriptor is None:
                    self._descriptor = self._open()
                # One write, so that a kill leaves a whole line or a torn last one; what is torn is not sent.
                data = line.encode() + b"\n"
                whole = os.write(self._descriptor, data) == len(data)
                os.fsync(self._descriptor)
        except OSError as error:
            raise JournalUnwritable(
                f"the journal {self._path} cannot be written: {error.strerror or error}",
                hint="nothing was sent that is not noted there; make room, then run the same command",
            ) from None
        if not whole:
            raise JournalUnwritable(f"the journal {self._path} cannot be written: no room")

    def _open(self) -> int:
        descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            os.write(descriptor, b"\n")  # a torn last line must not swallow the next one
        return descriptor

    def _lines(self) -> Iterator[Mapping[str, Any]]:
        for line in self._path.read_bytes().splitlines():
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict) and _whole(found):
                yield found

    def _check(self, line: Mapping[str, Any]) -> None:
        for name, mine in (("owner", str(self._owner)), ("version", VERSION)):
            if line.get(name) != mine:
                raise Refused(
                    f"the journal {self._path} is not this environment's or not this paver's",
                    facts=[(name, f"{line.get(name)} in the journal, {mine} here")],
                    hint="name another --state-dir, or move the file away: nothing is lost that cannot be looked up",
                )


def _answered(history: History, key: str, at: datetime | None) -> None:
    """A listing may lag behind the moment at which the IaaS acted: at the latest, that of its answer."""
    if at is not None and key in history.begun:
        history.begun[key] = at


def _ident(key: str, id_: str) -> tuple[str, str]:
    return key.partition("/")[0], id_


def _doom(history: History, key: str, action: str, name: str, latest: datetime) -> None:
    """A deletion was meant to be sent, or goes on; of the first the journal has the native id."""
    if action == "delete":
        history.doomed[_ident(key, name)] = (key, latest)
        return
    for ident, (doomed, before) in list(history.doomed.items()):
        if doomed == key:
            history.doomed[ident] = (key, latest) if action == "advance" else ("", before)


def _spare(history: History, key: str, made: tuple[str, str]) -> None:
    """An answer came: what was deleted is noted by id, what was refused is there, what was made is no other's ghost."""
    for ident in [ident for ident, (doomed, _) in history.doomed.items() if doomed == key or ident == made]:
        del history.doomed[ident]


def _whole(line: Mapping[str, Any]) -> bool:
    event = line.get("event")
    if event in {"outcome", "waiting"}:
        return "key" in line
    if event == "attempt":
        try:
            UUID(str(line.get("token")))
        except ValueError:
            return False
        return "key" in line and "action" in line
    return True


def _time(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else None
