"""What a client could not have sent earlier: a call that names an id which an earlier answer told first."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence

from paver.conformance.wire.log import Exchange
from paver.conformance.wire.message import Malformed, unframed
from paver.conformance.wire.sample import Sample

_WORD = re.compile(rb"[A-Za-z0-9]+(?:[-_.:][A-Za-z0-9]+)*")
_SHORTEST, _LONGEST = 4, 128
_GZIP_OR_ZLIB = 47  # zlib's window bits: 32 for "tell by the header", 15 for the largest window
_REFUSED = 400


def longest_chain(exchanges: Sequence[Exchange]) -> tuple[Exchange, ...]:
    """The longest sequence of calls in which each names an id that the one before it told first.

    With it goes the bound of what any client can reach: so many calls, one after the other, whatever the parallelism.
    It is what ids prove, no more: a call that waits for another without naming anything of it is not seen. An id that
    the client itself named first (a name from its spec) makes no dependence.
    """
    first: dict[bytes, Exchange | None] = {}
    """Who told an id first; None: the client."""
    depth: dict[int, int] = {}
    before: dict[int, Exchange] = {}
    for _, is_request, exchange in sorted(_moments(exchanges), key=lambda moment: (moment[0], moment[1])):
        if not is_request:
            for id_ in ids(exchange.told):
                first.setdefault(id_, exchange)
            continue
        depth[exchange.number] = 1
        for id_ in ids(exchange.asked):
            teller = first.setdefault(id_, None)
            if teller is not None and depth[teller.number] >= depth[exchange.number]:
                depth[exchange.number] = depth[teller.number] + 1
                before[exchange.number] = teller
    if not exchanges:
        return ()
    at = max(exchanges, key=lambda exchange: depth[exchange.number])
    found = [at]
    while at.number in before:
        at = before[at.number]
        found.append(at)
    return tuple(reversed(found))


def _moments(exchanges: Sequence[Exchange]) -> Iterator[tuple[float, bool, Exchange]]:
    """When each request came and each answer went; False sorts first: what is told is known to who asks just then."""
    for exchange in exchanges:
        yield exchange.began, True, exchange
        if exchange.seconds is not None and exchange.status is not None and exchange.status < _REFUSED:
            yield exchange.began + exchange.seconds, False, exchange


def ids(sample: Sample) -> frozenset[bytes]:
    """The words of a message that look like ids: a letter and a digit in them, `vm-17` as `vpc-0a1b` or a UUID."""
    return frozenset(
        word
        for word in _WORD.findall(_text(sample))
        if _SHORTEST <= len(word) <= _LONGEST and not word.isdigit() and not word.isalpha() and any(map(_digit, word))
    )


def _digit(character: int) -> bool:
    return ord("0") <= character <= ord("9")


def _text(sample: Sample) -> bytes:
    body = bytes(sample.body)
    if sample.head is not None:
        try:
            body = unframed(sample.head, body)
        except Malformed:  # cut off in the midst of a chunk
            return sample.target
        if sample.head.headers.get("content-encoding") in {"gzip", "deflate"}:
            try:
                body = zlib.decompressobj(_GZIP_OR_ZLIB).decompress(body)
            except zlib.error:
                body = b""
    return sample.target + b"\n" + body
