"""The part of the environment document that the secret store knows: certificates and credentials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from paver.certificates import describe
from paver.contract.certificates import Certificate, PavedAuthority, PavedCertificates, PavedLeaf
from paver.contract.driver import Principal
from paver.contract.environment import PavedCredential
from paver.contract.errors import Rejected
from paver.contract.resource import Inventory, Key, Observed, Phase
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict, days
from paver.kept.access import Access
from paver.kept.wanted import full_names


def certificates(
    spec: EnvironmentSpec, seen: Inventory, trusted: Mapping[str, str], access: Access
) -> PavedCertificates:
    """Every certificate: the store's, those that the spec trusts, and the IaaS's own.

    What waits for its first signature by the site is left out: the document is of what is there.

    Raises:
        Rejected: One of the store's is not there (yet).
    """
    asked = spec.certificates
    others = {**asked.trusted, **trusted}
    roots = [name for name, authority in asked.authorities.items() if authority.signed_by is None]
    return PavedCertificates(
        authorities=FrozenDict(
            {
                name: PavedAuthority(signed_by=authority.signed_by, certificates=tuple(_signing(item)))
                for name, authority in asked.authorities.items()
                if (item := _item(seen, "authority", name)).phase is not Phase.PENDING
            }
        ),
        leaves=FrozenDict(
            {
                name: PavedLeaf(
                    signed_by=leaf.signed_by,
                    names=full_names(leaf.names, spec.dns.zone),
                    certificate=describe(str(item.output("certificate")), "serves"),
                    key=access.reference(f"certificates/{name}", "key"),
                )
                for name, leaf in asked.leaves.items()
                if (item := _item(seen, "certificate", name)).phase is not Phase.PENDING
            }
        ),
        trusted=FrozenDict({name: describe(pem, "trusted") for name, pem in others.items()}),
        bundle=(*roots, *others),
    )


def credentials(
    spec: EnvironmentSpec, principals: Mapping[str, Principal], access: Access
) -> Mapping[str, PavedCredential]:
    """Every credential: who it is, and where its secret is.

    Raises:
        Rejected: One has no principal or no secret (yet).
    """
    found = {}
    for name, credential in spec.credentials.items():
        made_at, principal = access.made_at(name), principals.get(name)
        if made_at is None or principal is None:
            raise Rejected(f"credential {name} is not there yet", hint="paver pave makes it")
        found[name] = PavedCredential(
            allows=credential.allows,
            datastore=credential.datastore,
            principal=principal.principal,
            secret=principal.secret or access.reference(name),
            rotate_by=made_at.replace(microsecond=0) + timedelta(days=days(credential.rotate_after)),
            driver=principal.driver,
        )
    return FrozenDict(found)


def _signing(authority: Observed) -> Iterator[Certificate]:
    """The one that signs, then those that are trusted beside it while it is rotated."""
    yield describe(str(authority.output("certificate")), "signs")
    for name in ("next_certificate", "last_certificate"):
        if name in authority.outputs:
            yield describe(str(authority.output(name)), "trusted")


def _item(seen: Inventory, kind: str, name: str) -> Observed:
    item = seen.find(Key(kind=kind, name=name))
    if item is None:
        raise Rejected(f"{kind} {name} is not there yet", hint="paver pave makes it")
    return item
