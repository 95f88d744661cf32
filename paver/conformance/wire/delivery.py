"""How an answer goes out: whole, cut in its middle, or a few bytes a second."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator

from paver.conformance.wire.message import BODY_LIMIT, Head, framed_end, unframed

STEPS = 10
"""So many pieces a second, where a piece then has a byte or more."""


def deliver(
    client: socket.socket, head: Head, pieces: Iterable[bytes], pace: float | None, wait: Callable[[float], None]
) -> None:
    """Send an answer.

    Args:
        client: To whom.
        head: Its head.
        pieces: Its body, as framed.
        pace: Bytes a second; None: as it comes.
        wait: Waits so many seconds. Raises OSError where the connection is over meanwhile.
    """
    if pace is None:
        client.sendall(head.encoded())
        for piece in pieces:
            client.sendall(piece)
        return
    size = max(1, int(pace / STEPS))
    for piece in (head.encoded(), *pieces):
        for at in range(0, len(piece), size):
            wait(min(size, len(piece) - at) / pace)
            client.sendall(piece[at : at + size])


def halved(head: Head, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """A framed body up to the middle of what it says. One of untold length is looked at whole, or to a limit."""
    if head.length is not None and not head.chunked:
        left = head.length // 2
        for piece in pieces:
            yield piece[:left]
            left -= len(piece)
            if left <= 0:
                return
        return
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > BODY_LIMIT:
            break
    if not head.chunked:
        yield bytes(body[: len(body) // 2])
        return
    half = len(unframed(head, bytes(body))) // 2
    yield bytes(body[: framed_end(body, half)]) if half else b""
