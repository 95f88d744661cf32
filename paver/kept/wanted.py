"""What a spec wants of the secret store: one Desired each, with signers before what they sign."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from paver.certificates import fingerprint
from paver.contract.certificates import Authority
from paver.contract.resource import STORE, Desired, Key, Ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import KeyType

Minted = Literal["password", "ssh-ed25519", "ssh-rsa"]


class AuthorityWanted(Desired):
    """A certificate authority."""

    lifetime: str
    key_type: KeyType
    signed_by: str | None
    signer: str | Ref | None
    """SHA-256 of the certificate that signs it; None: itself."""
    site: str | None
    """The CA certificate (PEM) of the site's that is to sign it; None: one of ours does."""
    path_length: int | None
    """How many authorities follow below it, so that a stolen key makes no more; None, for a root: any number."""


class CertificateWanted(Desired):
    """A server's certificate."""

    names: tuple[str, ...]
    lifetime: str
    key_type: KeyType
    signed_by: str
    signer: str | Ref
    site: str | None


class CredentialWanted(Desired):
    """A secret that paver makes for a credential."""

    minted: Minted


def wanted(spec: EnvironmentSpec, *, shown: Collection[str], jumpbox: bool) -> Iterator[Desired]:
    """Everything that the spec wants of the store.

    Args:
        spec: The spec.
        shown: Credentials whose secret the IaaS itself makes and shows once: they are not minted.
        jumpbox: Whether paver makes a jumpbox, which wants an SSH key.
    """
    trusted = spec.certificates.trusted
    for name, authority in spec.certificates.authorities.items():
        yield AuthorityWanted(
            key=_key("authority", name),
            name=f"authorities/{name}",
            scope=STORE,
            lifetime=authority.lifetime,
            key_type=authority.key,
            signed_by=authority.signed_by,
            signer=_signer(authority.signed_by, trusted) if authority.signed_by else None,
            site=trusted.get(authority.signed_by) if authority.signed_by else None,
            path_length=_height(name, spec.certificates.authorities) if authority.signed_by else None,
            note=_days(authority.lifetime),
        )
    for name, leaf in spec.certificates.leaves.items():
        yield CertificateWanted(
            key=_key("certificate", name),
            name=f"certificates/{name}",
            scope=STORE,
            names=full_names(leaf.names, spec.dns.zone),
            lifetime=leaf.lifetime,
            key_type=leaf.key,
            signed_by=leaf.signed_by,
            signer=_signer(leaf.signed_by, trusted),
            site=trusted.get(leaf.signed_by),
            note=_days(leaf.lifetime),
        )
    for name in spec.credentials:
        if name not in shown:
            yield CredentialWanted(key=_key("credential", name), name=name, scope=STORE, minted="password")
    if jumpbox:
        yield CredentialWanted(key=_key("credential", "jumpbox"), name="jumpbox", scope=STORE, minted="ssh-ed25519")


def full_names(names: Collection[str], zone: str) -> tuple[str, ...]:
    """A leaf's names, those without a dot in the environment's zone."""
    return tuple(name if "." in name.removeprefix("*.") else f"{name}.{zone}" for name in names)


def _key(kind: str, name: str) -> Key:
    return Key(kind=kind, name=name)


def _signer(name: str, trusted: Mapping[str, str]) -> str | Ref:
    return fingerprint(trusted[name]) if name in trusted else Ref(to=_key("authority", name), output="sha256")


def _height(name: str, authorities: Mapping[str, Authority]) -> int:
    """How many levels of authorities are below one."""
    below = [_height(other, authorities) for other, found in authorities.items() if found.signed_by == name]
    return 1 + max(below) if below else 0


def _days(lifetime: str) -> str:
    return f"{lifetime.removesuffix('d')} days"
