"""What the emulator has: projects, resources, operations, and how it is to behave."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from paver_gcp.sandbox.problem import Problem

Record = dict[str, Any]
"""One resource as the API tells it, but for what is told of it by others."""
COMPUTE = "https://www.googleapis.com/compute/v1/"
"""How compute's own links begin (Compute Engine API Reference, `selfLink`)."""


@dataclass
class Project:
    """A project.

    Args:
        id: `sandbox-project`.
        number: `123456789012`.
    """

    id: str
    number: str
    services: set[str] = field(default_factory=set)
    """Those that are enabled."""
    policy: Record = field(default_factory=lambda: {"version": 1, "bindings": []})
    roles: dict[str, Record] = field(default_factory=dict)
    """Custom roles by id, deleted ones among them: their ids stay taken."""
    accounts: dict[str, Record] = field(default_factory=dict)
    """Service accounts by email."""
    keys: dict[str, dict[str, Record]] = field(default_factory=dict)
    """Keys by account's email and key's id, with the public half under `_public`."""
    zones: dict[str, Record] = field(default_factory=dict)
    """Managed zones by name, with their record sets under `_rrsets`."""
    secrets: dict[str, Record] = field(default_factory=dict)
    """By id, the oldest first, with their versions under `_versions`, and in these what is secret under `_data`."""
    host: bool = False
    """Whether it may share its networks."""
    attached: set[str] = field(default_factory=set)
    """The service projects of a host, by id."""
    quotas: dict[str, int] = field(default_factory=dict)
    """Limits by collection, where they are not out of reach."""


@dataclass
class Pending:
    """An operation that is not done."""

    operation: Record
    resource: str
    """The path of what it is about."""
    due: float
    finish: Callable[[], None]
    """Carries it out; a Problem that it raises is the operation's error."""


@dataclass
class World:
    """Everything. One request at a time is carried out, under its lock."""

    clock: Callable[[], float] = time.monotonic
    latency: float = 0.0
    """Seconds that an operation takes."""
    lag: float = 0.0
    """Seconds after which policies know an account."""
    projects: dict[str, Project] = field(default_factory=dict)
    resources: dict[str, Record] = field(default_factory=dict)
    """Compute's, by path below `compute/v1/`."""
    operations: dict[str, Record] = field(default_factory=dict)
    pending: list[Pending] = field(default_factory=list)
    repeated: dict[tuple[str, str], tuple[str, Record]] = field(default_factory=dict)
    """By project and request id: what was asked, and its operation."""
    buckets: dict[str, Record] = field(default_factory=dict)
    """By name, with their objects under `_objects` and their policy under `_policy`."""
    needed: set[str] = field(default_factory=set)
    """Every permission that a call has needed of whoever has not all of them."""
    uploads: dict[str, Record] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(4_000_000_000_000_000_001))
    _addresses: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def settle(self) -> None:
        """Carry out what is due."""
        now = self.clock()
        due = [one for one in self.pending if one.due <= now]
        self.pending = [one for one in self.pending if one.due > now]
        for one in sorted(due, key=lambda pending: pending.due):
            try:
                one.finish()
            except Problem as problem:
                one.operation["error"] = {"errors": [{"code": _coded(problem.reason), "message": problem.message}]}
                one.operation["httpErrorStatusCode"] = problem.code
                one.operation["httpErrorMessage"] = problem.status
            one.operation |= {"status": "DONE", "progress": 100, "endTime": moment()}

    def busy(self, path: str) -> bool:
        """Whether an operation on a resource is under way."""
        return any(one.resource == path for one in self.pending)

    def id(self) -> str:
        """A new numeric id."""
        return str(next(self._ids))

    def public_address(self) -> str:
        """An address of TEST-NET-3, then of the benchmarking range (RFC 5737, RFC 2544)."""
        number = next(self._addresses)
        return f"203.0.113.{number}" if number < 255 else f"198.18.{number // 256}.{number % 256}"  # noqa: PLR2004  one octet

    def project(self, name: str) -> Project:
        """By id or number. Raises Problem."""
        for project in self.projects.values():
            if name in {project.id, project.number}:
                return project
        raise Problem(404, "notFound", f"The resource 'projects/{name}' was not found")


def moment() -> str:
    """Now, as RFC 3339."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fingerprint(value: Any) -> str:
    """A digest of what a value is now, as the API gives them: another one after every change."""
    text = json.dumps(value, sort_keys=True, default=str)
    return base64.b64encode(hashlib.sha256(text.encode()).digest()[:8]).decode()


def link(path: str) -> str:
    """A resource's `selfLink`."""
    return COMPUTE + path


def bare(url: str) -> str:
    """The path that a link leads to: whole, partial, or from `projects/` on."""
    start = url.find("projects/")
    return url[start:] if start >= 0 else url


def told(record: Mapping[str, Any]) -> Record:
    """A record without what only the emulator knows."""
    return {name: value for name, value in record.items() if not name.startswith("_")}


_CODES = {
    "resourceInUseByAnotherResource": "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE",
    "quotaExceeded": "QUOTA_EXCEEDED",
    "notFound": "RESOURCE_NOT_FOUND",
    "backendError": "INTERNAL_ERROR",
}


def _coded(reason: str) -> str:
    return _CODES.get(reason, "INVALID_USAGE")
