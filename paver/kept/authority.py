"""Authorities, as nouns of the secret store."""

from __future__ import annotations

from datetime import timedelta

from paver.certificates import Request, make_authority, request_authority
from paver.contract.errors import Rejected
from paver.contract.resource import BASE_FIELDS, Answer, Attempt, Observed
from paver.contract.types import Owner, days
from paver.kept.held import Held
from paver.kept.signed import SignedKind
from paver.kept.wanted import AuthorityWanted


class AuthorityKind(SignedKind[AuthorityWanted]):
    """A certificate authority. One that signs already is never exchanged at once: its next is trusted beside it."""

    fields = tuple(AuthorityWanted.model_fields.keys() - BASE_FIELDS - SignedKind.unseen)

    def issue(self, held: Held, want: AuthorityWanted, owner: Owner) -> Held:
        """Its first certificate, or its next one, which begins a rotation."""
        now = self.now()
        made = make_authority(
            want.key.name,
            owner.name,
            key_type=want.key_type,
            lifetime=timedelta(days=days(want.lifetime)),
            now=now,
            issuer=self.holdings(owner).issuer(want.signed_by) if want.signed_by else None,
            path_length=want.path_length,
        )
        if held.current is None:
            return held.serves(made, "", now)
        return held.follows(made, "", now)

    def ask(self, want: AuthorityWanted, owner: Owner) -> Request:
        """A request for an authority."""
        return request_authority(want.key.name, owner.name, key_type=want.key_type, path_length=want.path_length)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Forget it, once nothing that is kept was signed by it. Raises Rejected."""
        holdings = self.holdings(attempt.owner)
        held = holdings.find(attempt.key)
        if (
            held is not None
            and held.current is not None
            and (users := holdings.users(held.current.certificate, held.key))
        ):
            raise Rejected(
                f"it signed {', '.join(str(user.key) for user in users)}, and that is in use",
                hint=" and ".join(f"paver certificates rotate {user.key.name}" for user in users),
            )
        return super().delete(have, attempt)
