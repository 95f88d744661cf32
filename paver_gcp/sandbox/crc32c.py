"""The checksum that Secret Manager keeps of a payload: CRC-32C (RFC 3720, appendix B.4), which zlib has not."""

from __future__ import annotations

POLYNOMIAL = 0x82F63B78
"""Castagnoli's, the lowest power first."""


def _entry(number: int) -> int:
    for _ in range(8):
        number = (number >> 1) ^ (POLYNOMIAL if number & 1 else 0)
    return number


_TABLE = tuple(_entry(number) for number in range(256))


def crc32c(data: bytes) -> int:
    """The checksum of some bytes."""
    found = 0xFFFFFFFF
    for byte in data:
        found = _TABLE[(found ^ byte) & 0xFF] ^ (found >> 8)
    return found ^ 0xFFFFFFFF
