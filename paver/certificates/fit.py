"""Whether what a site's authority signed is what it was asked for. Every fault is told at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from pydantic import SecretStr

from paver.certificates.chain import authority_of, load, load_all, path
from paver.certificates.issuer import open_key
from paver.contract.errors import Rejected

_MINUTES = "%Y-%m-%d %H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for.

    Args:
        key: The request's private key.
        anchor: The CA certificate of the site to which the chain must lead, PEM.
        anchor_name: What the spec calls it.
        names: A server's names and addresses; None: an authority was asked for.
        path_length: For an authority: how many must be able to follow below it.
    """

    key: SecretStr
    anchor: str
    anchor_name: str
    names: Sequence[str] | None = None
    path_length: int | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """The certificate, and what a server sends after it: all up to the anchor and without it. PEM."""

    certificate: str
    chain: str


class Unfit(Exception):
    """What came is not what was asked for. `faults` are whole sentences without a period."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


def fit(text: str, asked: Asked, now: datetime) -> Signed:
    """Take a signed certificate and its chain out of a file's text.

    Args:
        text: PEM certificates, in any order; a root among them is of no use and does no harm.
        asked: What was asked for.
        now: The clock.

    Raises:
        Unfit: It is not that.
    """
    found = _certificates(text)
    key = open_key(asked.key).public_key()
    own = next((certificate for certificate in found if _key_of(certificate) == key), None)
    if own is None:
        raise Unfit([_no_key(found)])
    anchor = load(asked.anchor)
    between = path(own, [other for other in found if other not in (own, anchor)], anchor)
    faults = [*_dates(own, now), *_purpose(own, asked)]
    if between is None:
        faults.append(
            f"no chain leads from it to {asked.anchor_name} ({_name(anchor)}): it was signed by"
            f" {own.issuer.rfc4514_string() or 'nobody named'}; append the authorities between the two"
        )
    else:
        faults += _between(between, anchor, asked, now)
    if faults:
        raise Unfit(faults)
    return Signed(_pem(own), "".join(map(_pem, between or [])))


def _certificates(text: str) -> list[x509.Certificate]:
    if "PRIVATE KEY-----" in text:
        raise Unfit(["a private key stands in it; the key of this certificate never left the secret store"])
    try:
        found = load_all(text)
    except Rejected as error:
        raise Unfit([error.message]) from None
    if not found:
        raise Unfit(["no certificate in PEM form stands in it"])
    return found


def _key_of(certificate: x509.Certificate) -> CertificatePublicKeyTypes | None:
    try:
        return certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):  # of a kind that nothing here could have asked for
        return None


def _no_key(found: Sequence[x509.Certificate]) -> str:
    names = ", ".join(_name(certificate) for certificate in found)
    return f"none of its certificates is for the key of the request: {names}"


def _dates(own: x509.Certificate, now: datetime) -> Iterator[str]:
    if own.not_valid_before_utc > now:
        yield f"it begins at {own.not_valid_before_utc:{_MINUTES}}, and this clock says {now:{_MINUTES}}"
    if own.not_valid_after_utc <= now:
        yield f"it ended at {own.not_valid_after_utc:{_MINUTES}}"


def _purpose(own: x509.Certificate, asked: Asked) -> Iterator[str]:
    try:
        yield from _authority(own, asked) if asked.names is None else _server(own, asked.names)
    except ValueError:  # the library reads extensions when they are asked for
        yield "an extension in it is broken"


def _server(own: x509.Certificate, names: Sequence[str]) -> Iterator[str]:
    if authority_of(own) is not None:
        yield "it is an authority's, and a server's was asked for"
    borne = _names(own)
    if missing := [name for name in names if name not in borne]:
        yield f"it is not for {', '.join(missing)}; it is for {', '.join(sorted(borne)) or 'no name'}"
    try:
        purposes = own.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(purposes):
        yield "it may not be a server's: its extended key usage says nothing of serverAuth"


def _authority(own: x509.Certificate, asked: Asked) -> Iterator[str]:
    basic = authority_of(own)
    if basic is None:
        yield "it is a server's, and an authority's was asked for (basicConstraints CA:TRUE, keyUsage keyCertSign)"
    elif basic.path_length is not None and basic.path_length < (asked.path_length or 0):
        yield f"its path length is {basic.path_length}, and {asked.path_length} authorities follow below it"


def _between(
    between: Sequence[x509.Certificate], anchor: x509.Certificate, asked: Asked, now: datetime
) -> Iterator[str]:
    """What a client of the chain would refuse: an authority that is none, goes not as deep, or is over."""
    below = 0 if asked.names is not None else 1 + (asked.path_length or 0)
    for depth, issuer in enumerate([*between, anchor], start=below):
        basic = authority_of(issuer)
        if basic is None and issuer is not anchor:  # an old root may say nothing of itself, and is trusted all the same
            yield f"{_name(issuer)} in its chain is no authority"
        elif basic is not None and basic.path_length is not None and basic.path_length < depth:
            yield f"{_name(issuer)} lets {basic.path_length} authorities follow, and here are {depth}"
        for fault in _dates(issuer, now):
            yield f"{_name(issuer)}, {asked.anchor_name if issuer is anchor else 'in its chain'}: {fault}"


def _names(own: x509.Certificate) -> set[str]:
    try:
        found = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    hosts = {name.lower() for name in found.get_values_for_type(x509.DNSName)}
    return hosts | {str(address) for address in found.get_values_for_type(x509.IPAddress)}


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or "one without a name"


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()
