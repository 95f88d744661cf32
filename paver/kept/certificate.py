"""Servers' certificates, as nouns of the secret store."""

from __future__ import annotations

from datetime import timedelta

from paver.certificates import Request, make_leaf, request_leaf
from paver.contract.resource import BASE_FIELDS
from paver.contract.types import Owner, days
from paver.kept.held import Held
from paver.kept.signed import SignedKind
from paver.kept.wanted import CertificateWanted


class CertificateKind(SignedKind[CertificateWanted]):
    """A server's certificate. A change issues another one, and the last stays valid until it ends."""

    fields = tuple(CertificateWanted.model_fields.keys() - BASE_FIELDS - SignedKind.unseen)

    def issue(self, held: Held, want: CertificateWanted, owner: Owner) -> Held:
        """With a new key, signed by what its authority signs with now."""
        now, holdings = self.now(), self.holdings(owner)
        made = make_leaf(
            want.names,
            owner.name,
            key_type=want.key_type,
            lifetime=timedelta(days=days(want.lifetime)),
            now=now,
            issuer=holdings.issuer(want.signed_by),
        )
        return held.serves(made, holdings.chain(want.signed_by), now)

    def ask(self, want: CertificateWanted, owner: Owner) -> Request:
        """A request for a server's certificate."""
        return request_leaf(want.names, owner.name, key_type=want.key_type)
