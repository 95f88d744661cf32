"""A request as the wire judges it, and how a caller says which requests are meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from paver.conformance.wire.sort import Sort


@dataclass(frozen=True, slots=True)
class Request:
    """One request, before anything becomes of it. It bears secrets: it is shown nowhere."""

    route: str
    """The route's name."""
    verb: str
    target: str = field(repr=False)
    """Path and query."""
    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name."""
    body: bytes = field(repr=False)
    """All of it where the operation may stand in it; nothing of an upload."""
    operation: str
    """As in the log: a SOAP method, an action, or verb and path."""
    sort: Sort

    @property
    def path(self) -> str:
        """Without the query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """Without the question mark."""
        return self.target.partition("?")[2]


Only = Sort | str | Callable[[Request], bool] | None
"""Which requests: of a sort; of an operation, by a pattern (`Create*`); those that a predicate names; None: all."""


def meant(only: Only, request: Request) -> bool:
    """Whether a request is among them."""
    if only is None:
        return True
    if isinstance(only, Sort):
        return request.sort is only
    if isinstance(only, str):
        return fnmatchcase(request.operation, only)
    return only(request)
