"""What a client could not have sent earlier: a call that names an id which an earlier answer told first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote_to_bytes

from paver.conformance.wire.log import Exchange
from paver.conformance.wire.payload import text_of
from paver.conformance.wire.sample import Sample

_WORD = re.compile(rb"[A-Za-z0-9]+(?:[-_.:][A-Za-z0-9]+)*")
_SHORTEST, _LONGEST = 4, 128
_LONG_NUMBER = 16
_BEARS_IDS = re.compile(r"location|(?:\w+-)*(?:async)?operation(?:-location)?|etag|if-match|x-amz-version-id")
"""An operation to poll, a version to name again. A session's cookie is none: every call after the login bears it."""
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
    """The words of a message that look like ids.

    A letter and a digit are in them (`vm-17`, `vpc-0a1b`, a UUID, an access key, the parts of a resource name between
    its slashes), or they are numbers so long that nobody counts to them.
    """
    return frozenset(
        word
        for word in set(_WORD.findall(_text(sample)))
        if _SHORTEST <= len(word) <= _LONGEST
        and not word.isalpha()
        and (len(word) >= _LONG_NUMBER if word.isdigit() else any(map(_digit, word)) and any(map(_letter, word)))
    )


def _digit(character: int) -> bool:
    return ord("0") <= character <= ord("9")


def _letter(character: int) -> bool:
    return character >= ord("A") and character != ord("_")  # of what a word is made of, all else is below


def _text(sample: Sample) -> bytes:
    """Target, headers that bear ids, and body, as the other side says them: a form quotes what XML and JSON do not."""
    target = unquote_to_bytes(sample.target)
    if sample.head is None:
        return target + b"\n" + bytes(sample.body)
    headers = sample.head.headers
    told = [value.encode("latin-1") for name, value in headers.items() if _BEARS_IDS.fullmatch(name)]
    body = text_of(sample.head, bytes(sample.body))
    if "x-www-form-urlencoded" in headers.get("content-type", "").lower():
        body = unquote_to_bytes(body)
    return b"\n".join((target, *told, body))
