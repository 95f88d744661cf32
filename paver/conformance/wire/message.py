"""HTTP/1.1 messages as they pass: a head that is read, a body relayed byte for byte in the framing it came in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader

HEAD_LIMIT = 64 * 1024
BODY_LIMIT = 32 * 1024 * 1024
PIECE = 64 * 1024
NO_BODY = frozenset({204, 304})


class Malformed(ConnectionError):
    """No HTTP/1.1, or a message that ends in its midst."""


@dataclass(frozen=True, slots=True)
class Head:
    """A start line and header lines, as bytes, so that they are sent on as they came."""

    start: bytes
    lines: tuple[bytes, ...]

    @property
    def headers(self) -> dict[str, str]:
        """By lower-case name; the last of several counts."""
        pairs = (line.decode("latin-1").partition(":") for line in self.lines)
        return {name.strip().lower(): value.strip() for name, _, value in pairs}

    def without(self, name: str) -> Head:
        """The same head without one header."""
        prefix = name.lower().encode() + b":"
        return Head(self.start, tuple(line for line in self.lines if not line.lower().startswith(prefix)))

    def encoded(self) -> bytes:
        """As it goes over the wire."""
        return b"".join((self.start, *self.lines, b"\r\n"))

    @property
    def request(self) -> tuple[str, str, str]:
        """Verb, target, version."""
        parts = self.start.decode("latin-1").split()
        if len(parts) != 3:  # noqa: PLR2004  RFC 9112, section 3: three words
            raise Malformed(f"no request line: {self.start[:80]!r}")
        return parts[0], parts[1], parts[2]

    @property
    def status(self) -> int:
        """An answer's code."""
        parts = self.start.split(None, 2)
        if len(parts) < 2 or not parts[1].isdigit():  # noqa: PLR2004  RFC 9112, section 4: version and code
            raise Malformed(f"no status line: {self.start[:80]!r}")
        return int(parts[1])

    @property
    def chunked(self) -> bool:
        """Whether the body comes in chunks."""
        return "chunked" in self.headers.get("transfer-encoding", "").lower()

    @property
    def length(self) -> int | None:
        """The body's length, where one is told."""
        told = self.headers.get("content-length")
        if told is None:
            return None
        if not (told.isascii() and told.isdigit()):
            raise Malformed(f"no length: {told[:40]!r}")
        return int(told)

    @property
    def keeps_alive(self) -> bool:
        """Whether the connection serves another message after this one."""
        told = self.headers.get("connection", "").lower()
        return "close" not in told and (b"HTTP/1.1" in self.start or "keep-alive" in told)


def read_head(stream: BufferedReader) -> Head | None:
    """The next message's head; None at the end of the stream between two messages."""
    start = stream.readline(HEAD_LIMIT)
    while start in {b"\r\n", b"\n"}:  # RFC 9112, section 2.2: an empty line before a request is ignored
        start = stream.readline(HEAD_LIMIT)
    if not start:
        return None
    lines: list[bytes] = []
    size = len(start)
    while (line := stream.readline(HEAD_LIMIT)) not in {b"\r\n", b"\n"}:
        size += len(line)
        if not line.endswith(b"\n") or size > HEAD_LIMIT:
            raise Malformed("a head without an end")
        lines.append(line)
    return Head(start, tuple(lines))


def request_body(head: Head, stream: BufferedReader) -> Iterator[bytes]:
    """A request's body in pieces, framing included."""
    return _chunks(stream) if head.chunked else _exactly(stream, head.length or 0)


def answer_body(head: Head, verb: str, stream: BufferedReader) -> Iterator[bytes]:
    """An answer's body in pieces, framing included; one without a length ends with the stream."""
    if verb == "HEAD" or head.status in NO_BODY:
        return iter(())
    if head.chunked:
        return _chunks(stream)
    return iter(lambda: stream.read1(PIECE), b"") if head.length is None else _exactly(stream, head.length)


def ends_with_stream(head: Head, verb: str) -> bool:
    """Whether only the end of the connection ends this answer's body."""
    return verb != "HEAD" and head.status not in NO_BODY and not head.chunked and head.length is None


def unframed(head: Head, framed: bytes) -> bytes:
    """The payload of a body that was read whole."""
    if not head.chunked:
        return framed
    payload, at = bytearray(), 0
    while at < len(framed):
        end = framed.find(b"\n", at)
        count = _chunk_size(framed[at : end if end >= 0 else len(framed)])
        if count == 0 or end < 0:
            break
        payload += framed[end + 1 : end + 1 + count]
        at = end + 1 + count + 2
    return bytes(payload)


def framed_end(framed: bytes | bytearray, count: int) -> int:
    """Where in a chunked body its first `count` bytes end; at most its whole length."""
    at = 0
    while (end := framed.find(b"\n", at)) >= 0:
        size = _chunk_size(bytes(framed[at:end]))
        if count <= size or size == 0:
            return min(end + 1 + count, len(framed))
        count -= size
        at = end + 1 + size + 2
    return len(framed)


def _exactly(stream: BufferedReader, left: int) -> Iterator[bytes]:
    while left:
        piece = stream.read1(min(PIECE, left))
        if not piece:
            raise Malformed(f"the stream ended {left} bytes early")
        left -= len(piece)
        yield piece


def _chunks(stream: BufferedReader) -> Iterator[bytes]:
    while True:
        line = stream.readline(HEAD_LIMIT)
        count = _chunk_size(line)
        yield line
        if count == 0:
            break
        yield from _exactly(stream, count + 2)  # the line end after the chunk
    while (line := stream.readline(HEAD_LIMIT)) not in {b"\r\n", b"\n"}:
        if not line:
            raise Malformed("trailers without an end")
        yield line
    yield line


def _chunk_size(line: bytes) -> int:
    digits = line.split(b";")[0].strip()
    if not digits or digits.strip(b"0123456789abcdefABCDEF"):
        raise Malformed(f"no chunk size: {line[:40]!r}")
    return int(digits, 16)
