"""A call that sets one thing on a host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class SettingCall(NamedTuple):
    """One mutating call, not sent yet."""

    name: str
    """Once in an attempt: what a host forgets to show is not set for ever."""
    what: str
    method: Callable[..., Any]
    arguments: tuple[Any, ...]
