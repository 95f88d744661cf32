"""One request, checked: what a handler gets; and the register of all handlers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from paver_gcp.sandbox.discovery import Method
from paver_gcp.sandbox.problem import invalid
from paver_gcp.sandbox.world import Project, Record, World


@dataclass(frozen=True)
class Answer:
    """An answer that is no JSON, or not 200."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One request that fits its API."""

    world: World
    method: Method
    parameters: Mapping[str, Any]
    body: Record
    caller: str
    """Who: `serviceAccount:NAME@…`."""
    url: str = ""
    """Where the emulator answers."""
    data: bytes = b""
    """Of an upload."""
    headers: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A parameter, or nothing."""
        return str(self.parameters.get(name, ""))

    @property
    def project(self) -> Project:
        """The project that it is about. Raises Problem."""
        for name in ("project", "name", "parent", "resource"):
            found = self.text(name)
            if name == "project" and found:
                return self.world.project(found)
            if found.startswith("projects/"):
                return self.world.project(found.split("/")[1])
        bucket = self.world.buckets.get(self.text("bucket"))
        if bucket is not None:
            return self.world.project(str(bucket["projectNumber"]))
        return next(iter(self.world.projects.values()))


Handler = Callable[[Call], Any]
HANDLERS: dict[str, Handler] = {}
"""By method."""


def answers(*methods: str) -> Callable[[Handler], Handler]:
    """Register what answers these methods."""

    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(methods, handler))
        return handler

    return register


def page(call: Call, found: list[Record], size: str, most: int = 500) -> tuple[list[Record], str]:
    """One page of a list, and the token of the next; empty: this was the last.

    Args:
        call: The request.
        found: The whole list, in a fixed order.
        size: The parameter that limits a page.
        most: The limit where none is asked for.

    Raises:
        Problem: The token is none of a list's.
    """
    token = call.text("pageToken") or "0"
    if not token.isdecimal():
        raise invalid(f"Invalid value for field 'pageToken': '{token}'.")
    start = int(token)
    end = start + int(call.parameters.get(size) or most)
    return found[start:end], str(end) if end < len(found) else ""
