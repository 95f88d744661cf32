"""Work in the background that a poll can watch: reading an OVA through, and feeding its disks to an import."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from paver.contract.errors import PaverError
from paver_vsphere.exchange import Peer, exchange
from paver_vsphere.ova import Ova


class Cancelled(Exception):
    """The work was called off."""


class Background(ABC):
    """One piece of work in a thread that dies with the process: what it leaves undone, an import's lease cleans up."""

    def __init__(self, name: str) -> None:
        self.done, self.total = 0, 1
        self.error: Exception | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._began = time.monotonic()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it is still at it."""
        return self._thread.is_alive()

    @property
    def percent(self) -> int:
        """How far it is."""
        return min(100, self.done * 100 // max(self.total, 1))

    @property
    def again(self) -> float:
        """When to look again: soon for a small file, every two seconds for a large one."""
        return min(2.0, 0.05 + (time.monotonic() - self._began) / 5)

    def stop(self) -> None:
        """Call it off, and wait until it has noticed."""
        self._stop.set()
        self._thread.join(timeout=5)

    def outcome(self) -> None:
        """Raise what it raised."""
        if self.error is not None:
            raise self.error

    @abstractmethod
    def work(self) -> None:
        """What is to be done; it calls `step` often."""

    def step(self) -> None:
        """Raises Cancelled once it is called off."""
        if self._stop.is_set():
            raise Cancelled

    def _run(self) -> None:
        try:
            self.work()
        except Exception as error:  # noqa: BLE001  it is raised again where the poll can see it
            self.error = error


class Verification(Background):
    """Reads an OVA through, once."""

    def __init__(self, ova: Ova, sha256: str) -> None:
        super().__init__(f"verify {ova.path.name}")
        self._ova, self._sha256 = ova, sha256

    def work(self) -> None:
        """Compare the whole file and each member with the expected digests."""
        self._ova.verify(self._sha256, self._progress)

    def _progress(self, done: int, total: int) -> None:
        self.step()
        self.done, self.total = done, total


@dataclass(frozen=True)
class Disk:
    """One disk of an import."""

    member: str
    peer: Peer
    """Who takes it."""
    target: str
    """Path and query. They say which lease it is for."""
    method: str
    """PUT where the file is to be created first, else POST."""
    cookie: str
    """Of the session that holds the lease, for the server that holds that; empty for any other."""


class Upload(Background):
    """Feeds the disks of one import, one after the other, over checked connections.

    Args:
        ova: Where they are.
        disks: Which, and where to.
    """

    def __init__(self, ova: Ova, disks: Sequence[Disk]) -> None:
        super().__init__(f"upload {ova.path.name}")
        self._ova, self._disks = ova, disks
        self.total = sum(ova.members[disk.member].size for disk in disks)
        self._told = time.monotonic()

    @property
    def quiet_for(self) -> float:
        """Seconds since the lease last heard of it."""
        return time.monotonic() - self._told

    def told_now(self) -> None:
        """The lease has heard of it."""
        self._told = time.monotonic()

    def work(self) -> None:
        """Upload all."""
        for disk in self._disks:
            headers = {
                "Content-Type": "application/x-vnd.vmware-streamVmdk",
                "Content-Length": str(self._ova.members[disk.member].size),
                "Overwrite": "t",
                **({"Cookie": disk.cookie} if disk.cookie else {}),
            }
            what = f"{disk.peer.host}: upload {disk.member}"
            exchange(disk.peer, disk.method, disk.target, what, headers, self._counted(disk.member))

    def _counted(self, member: str) -> Iterator[bytes]:
        for piece in self._ova.pieces(member):
            self.step()
            yield piece
            self.done += len(piece)


def failure(work: Background) -> PaverError | None:
    """What the work failed with, where that is an error of the contract; anything else is raised."""
    if work.error is None or isinstance(work.error, PaverError):
        return work.error
    raise work.error
