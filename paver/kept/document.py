"""The part of the environment document that the secret store knows: certificates and credentials."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from paver.certificates import describe
from paver.contract.certificates import PavedAuthority, PavedCertificates, PavedLeaf
from paver.contract.driver import Principal
from paver.contract.environment import PavedCredential
from paver.contract.errors import Rejected
from paver.contract.resource import Inventory, Key
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict, days
from paver.kept.access import Access
from paver.kept.wanted import full_names


def certificates(
    spec: EnvironmentSpec, seen: Inventory, trusted: Mapping[str, str], access: Access
) -> PavedCertificates:
    """Every certificate: the store's, those that the spec trusts, and the IaaS's own.

    Raises:
        Rejected: One of the store's is not there (yet).
    """
    asked = spec.certificates
    others = {**asked.trusted, **trusted}
    roots = [name for name, authority in asked.authorities.items() if authority.signed_by is None]
    return PavedCertificates(
        authorities=FrozenDict(
            {
                name: PavedAuthority(
                    signed_by=authority.signed_by,
                    certificates=(describe(_pem(seen, "authority", name), "signs"),),
                )
                for name, authority in asked.authorities.items()
            }
        ),
        leaves=FrozenDict(
            {
                name: PavedLeaf(
                    signed_by=leaf.signed_by,
                    names=full_names(leaf.names, spec.dns.zone),
                    certificate=describe(_pem(seen, "certificate", name), "serves"),
                    key=access.reference(f"certificates/{name}", "key"),
                )
                for name, leaf in asked.leaves.items()
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
            secret=access.reference(name),
            rotate_by=made_at.replace(microsecond=0) + timedelta(days=days(credential.rotate_after)),
            driver=principal.driver,
        )
    return FrozenDict(found)


def _pem(seen: Inventory, kind: str, name: str) -> str:
    item = seen.find(Key(kind=kind, name=name))
    if item is None:
        raise Rejected(f"{kind} {name} is not there yet", hint="paver pave makes it")
    return str(item.output("certificate"))
