"""An answer taken down while it passes, and an earlier one put in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from paver.conformance.wire.message import NO_BODY, Head, unframed
from paver.conformance.wire.payload import unpacked
from paver.conformance.wire.sameness import continues
from paver.conformance.wire.stale import KEPT, Recording

_ABOUT_THE_BODY = (b"content-", b"etag:", b"last-modified:")
_FRAMING = (b"content-length:", b"transfer-encoding:")

Keep = Callable[[bytes], None]


def captured(answer: Head, payload: bytes, asked: float, told: float) -> Recording:
    """An answer as it is kept: what is about its body, and nothing of the connection or session it came by."""
    lines = tuple(line for line in answer.lines if line.lower().startswith(_ABOUT_THE_BODY))
    return Recording(asked, told, answer.start, lines, payload)


def served(
    verb: str, answer: Head, body: Iterator[bytes], older: Recording | None, keep: Keep
) -> tuple[Head, Iterator[bytes], bool]:
    """The answer to send: the older one where there is one, else the live one; the live one is kept in both cases."""
    taken = _taken_down(answer, body, keep)
    if older is None:
        return answer, taken, False
    for _ in taken:  # to its end: the next answer follows on the same connection
        pass
    return _in_place_of(answer, verb, older), iter((older.body,) if older.body else ()), True


def _taken_down(answer: Head, body: Iterator[bytes], keep: Keep) -> Iterator[bytes]:
    framed = bytearray()
    for piece in body:
        if len(framed) <= KEPT:
            framed += piece
        yield piece
    if len(framed) <= KEPT:
        payload = unframed(answer, bytes(framed))
        if not continues(unpacked(answer, payload)):
            keep(payload)


def _in_place_of(answer: Head, verb: str, older: Recording) -> Head:
    """The older answer's status and what is about its body; cookies, dates and request ids are the live answer's."""
    own = tuple(line for line in answer.lines if not line.lower().startswith((*_ABOUT_THE_BODY, *_FRAMING)))
    head = Head(older.start, (*own, *older.lines))
    if verb == "HEAD" or head.status in NO_BODY:
        return head
    sized = tuple(line for line in head.lines if not line.lower().startswith(_FRAMING))
    return Head(older.start, (*sized, b"Content-Length: %d\r\n" % len(older.body)))
