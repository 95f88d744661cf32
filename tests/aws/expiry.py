"""Credentials that end while paver is at work: a wire that no longer takes a key, in the words of each protocol."""

from __future__ import annotations

import configparser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from accounts import Account

from paver.conformance.wire.proxy import Wire
from paver.conformance.wire.rates import Rates
from paver.conformance.wire.request import Request
from paver.conformance.wire.route import Route
from paver.conformance.wire.sort import Sort
from paver.conformance.wire.voice import Refusal, Reply, fitting

CONFIG = "expiring-config"
_CODES = {
    b"<Code>ServiceUnavailable</Code>": b"<Code>ExpiredToken</Code>",
    b'"ServiceUnavailableException"': b'"ExpiredTokenException"',
}


def expired(request: Request, refusal: Refusal) -> Reply:
    """`ExpiredToken`, as the protocol of the request has it: 403, of S3 and of JSON 400."""
    later = fitting(request, refusal)
    body = later.body
    for before, after in _CODES.items():
        body = body.replace(before, after)
    headers = {name: text.replace("ServiceUnavailable", "ExpiredToken") for name, text in later.headers.items()}
    status = 400 if "json" in headers.get("Content-Type", "") else 403
    return replace(later, status=status, headers=headers, body=body)


class Expiry:
    """When a key ends, and what came before and after.

    Args:
        over: Asked of each request: whether its key has ended by now.
    """

    def __init__(self, over: Callable[[Request, int], bool]) -> None:
        self._over = over
        self.changes = 0
        self.refused = 0
        self.keys: list[str] = []

    def __call__(self, request: Request) -> bool:
        """Whether this request is refused. The wire asks one at a time."""
        self.changes += request.sort is Sort.MUTATION
        key = request.headers.get("authorization", "").partition("Credential=")[2].partition("/")[0]
        if key not in self.keys:
            self.keys.append(key)
        over = self._over(request, self.changes)
        self.refused += over
        return over


@contextmanager
def expiring(account: Account, expiry: Expiry, latency: float = 0.0) -> Iterator[None]:
    """Within, the configuration `CONFIG` leads over a wire on which keys expire."""
    wire = Wire(Route("127.0.0.1:0", account.url.removeprefix("http://")), voice=expired)
    with wire:
        wire.latency(latency)
        wire.faults(Rates(unavailable=1.0), only=expiry)
        text = (account.directory / "wire-config").read_text()
        (account.directory / CONFIG).write_text(
            text.replace(f"http://{account.wire.address()}", f"http://{wire.address()}")
        )
        yield


def by_process(account: Account, command: str) -> None:
    """Let the keys of `CONFIG` come from a process, as AWS's own configuration allows."""
    path = account.directory / CONFIG
    config = configparser.ConfigParser(interpolation=None)
    config.read(path)
    for profile in config.values():
        profile.pop("aws_access_key_id", None)
        if profile.pop("aws_secret_access_key", None):
            profile["credential_process"] = command
    with path.open("w") as file:
        config.write(file)
