"""Whether a chain of certificates holds, as a strict client of it would judge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address

from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from paver.contract.errors import Untrusted


def verify(leaf: str, between: Sequence[str], *, roots: Sequence[str], name: str, now: datetime) -> None:
    """Hold a server's certificate against the roots that a client trusts.

    Args:
        leaf: The server's certificate, PEM.
        between: The authorities between it and a root, PEM, in any order.
        roots: What the client trusts, PEM; at least one.
        name: The name or address by which the client called.
        now: The client's clock.

    Raises:
        Untrusted: No chain leads from the leaf to a root, or one of them is not valid now or for that name.
        ValueError: Something is no PEM certificate.
    """
    store = Store([_load(pem) for pem in roots])
    verifier = PolicyBuilder().store(store).time(now).build_server_verifier(_subject(name))
    try:
        verifier.verify(_load(leaf), [_load(pem) for pem in between])
    except VerificationError as error:
        raise Untrusted(f"the certificate of {name} does not verify: {error}") from None


def _load(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


def _subject(name: str) -> x509.DNSName | x509.IPAddress:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
