"""Connections of a driver whose SDK speaks through `requests`."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit


def steady(session: Any) -> Any:  # noqa: ANN401  a requests.Session, of an extra
    """Let a session ask the environment about proxies and authorities once a host, and no `.netrc` for passwords.

    requests itself does both at every request. The one is a sixth of what a run with many of them costs; the other puts
    a password that is meant for people in the place of the token.

    Args:
        session: One of `requests`, new.

    Returns:
        The same.
    """
    session.auth = _as_it_is
    session.merge_environment_settings = _Surroundings(session.merge_environment_settings)
    return session


class _Surroundings:
    """What the environment says of a host, as it was when that was first asked.

    Args:
        ask: The session's own way to find out.
    """

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask
        self._known: dict[tuple[object, ...], Any] = {}

    def __call__(self, url: str, proxies: MutableMapping[str, Any] | None, stream: Any, verify: Any, cert: Any) -> Any:  # noqa: ANN401  requests' own
        if proxies:
            return self._ask(url, proxies, stream, verify, cert)
        host = urlsplit(url)
        question = (host.scheme, host.netloc, stream, verify, cert)
        if question not in self._known:
            self._known[question] = self._ask(url, {}, stream, verify, cert)
        found = self._known[question]
        return {**found, "proxies": dict(found["proxies"])}


def _as_it_is(request: Any) -> Any:  # noqa: ANN401  a request of requests
    """As requests' own `auth`: with none it would look into a `.netrc`."""
    return request
