"""Certificates, asked for and promised: the fourth noun of the contract."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from paver.contract.types import (
    CertificateName,
    Days,
    Frozen,
    FrozenDict,
    KeyType,
    Map,
    Name,
    SecretRef,
    Sha256,
    TrustedCertificate,
)


class Authority(Frozen):
    """A certificate authority that paver makes and whose key it keeps."""

    signed_by: Name | None = None
    """Default: itself. One of `trusted`: the site signs it, from a request that paver writes."""
    lifetime: Days = "3650d"
    key: KeyType = "ecdsa-p384"


class Leaf(Frozen):
    """A server's certificate."""

    signed_by: Name = "intermediate"
    """An authority, or one of `trusted`: then the site signs it."""
    names: tuple[CertificateName, ...] = Field(min_length=1)
    """A name without a dot stands in the environment's DNS zone."""
    lifetime: Days = "365d"
    key: KeyType = "ecdsa-p256"


class Certificates(Frozen):
    """What the spec says of certificates."""

    authorities: Map[Name, Authority] = Field(
        default_factory=lambda: FrozenDict({"root": Authority(), "intermediate": Authority(signed_by="root")})
    )
    leaves: Map[Name, Leaf] = Field(default_factory=FrozenDict)
    trusted: Map[Name, TrustedCertificate] = Field(default_factory=FrozenDict)
    """CA certificates of others that every client of the environment shall trust."""


class Certificate(Frozen):
    """One certificate as it is."""

    use: Literal["signs", "serves", "trusted"]
    """In a rotation the next one is trusted first, and the last one stays trusted for a while."""
    pem: str
    sha256: Sha256
    """Of the DER form."""
    not_before: datetime
    not_after: datetime


class PavedAuthority(Frozen):
    """An authority and its certificates, the one that signs first."""

    signed_by: Name | None
    certificates: tuple[Certificate, ...]


class PavedLeaf(Frozen):
    """A server's certificate and the place of its key."""

    signed_by: Name
    names: tuple[CertificateName, ...]
    certificate: Certificate
    key: SecretRef


class PavedCertificates(Frozen):
    """Every certificate of the environment."""

    authorities: Map[Name, PavedAuthority]
    leaves: Map[Name, PavedLeaf]
    trusted: Map[Name, Certificate]
    bundle: tuple[Name, ...]
    """The authorities and trusted ones that every client of the environment needs."""

    def pem(self, name: Name) -> str:
        """An authority's certificates, those of a rotation included, or a trusted one. Raises KeyError."""
        if name in self.trusted:
            return self.trusted[name].pem
        return "".join(certificate.pem for certificate in self.authorities[name].certificates)

    def bundle_pem(self) -> str:
        """All that `bundle` names, joined."""
        return "".join(self.pem(name) for name in self.bundle)
