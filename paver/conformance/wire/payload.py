"""What a message says once framing and compression are taken off."""

from __future__ import annotations

import zlib
from contextlib import suppress

from paver.conformance.wire.message import Head, Malformed, unframed

_GZIP_OR_ZLIB = 47  # zlib's window bits: 32 for "tell by the header", 15 for the largest window
LARGEST = 64 * 1024 * 1024
"""Bytes of text that a compressed body is unpacked to."""


def text_of(head: Head, framed: bytes) -> bytes:
    """The text of a body, or of its beginning; nothing where it cannot be read."""
    try:
        body = unframed(head, framed)
    except Malformed:  # cut off in the midst of a chunk
        return b""
    return unpacked(head, body)


def unpacked(head: Head, body: bytes) -> bytes:
    """A body without its compression."""
    if head.headers.get("content-encoding", "").lower() not in {"gzip", "deflate"}:
        return body
    with suppress(zlib.error):
        return zlib.decompressobj(_GZIP_OR_ZLIB).decompress(body, LARGEST)
    return b""
