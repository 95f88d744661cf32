"""A certificate as the environment document tells of it."""

from __future__ import annotations

from typing import Literal

from cryptography.hazmat.primitives import hashes

from paver.certificates.chain import load
from paver.contract.certificates import Certificate


def describe(pem: str, use: Literal["signs", "serves", "trusted"]) -> Certificate:
    """What a PEM certificate says of itself. Raises Rejected where it is none."""
    found = load(pem)
    return Certificate(
        use=use,
        pem=pem,
        sha256=found.fingerprint(hashes.SHA256()).hex(),
        not_before=found.not_valid_before_utc,
        not_after=found.not_valid_after_utc,
    )


def fingerprint(pem: str) -> str:
    """The SHA-256 of the DER form, in hex. Raises Rejected where it is no PEM certificate."""
    return load(pem).fingerprint(hashes.SHA256()).hex()
