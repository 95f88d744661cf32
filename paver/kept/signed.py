"""What authorities and certificates have in common as nouns of the store: made or asked for, and changed in place.

Nothing here is deleted before its successor is there: a change writes the whole entry at once.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import ClassVar, TypeVar

from pydantic import JsonValue

from paver.certificates import Request
from paver.contract.errors import AlreadyExists, SecretMissing
from paver.contract.resource import Answer, Attempt, Done, Observed
from paver.contract.types import Owner
from paver.kept.entry import find_own
from paver.kept.held import Held, path_of
from paver.kept.stored import StoredKind, observed, waiting
from paver.kept.wanted import AuthorityWanted, CertificateWanted

C = TypeVar("C", AuthorityWanted, CertificateWanted)


class SignedKind(StoredKind[C]):
    """A noun with a certificate and its key."""

    unseen: ClassVar[frozenset[str]] = frozenset({"site"})
    """The site's CA certificate: which one it is, is compared by its fingerprint, the signer."""

    @abstractmethod
    def issue(self, held: Held, want: C, owner: Owner) -> Held:
        """What one of ours signs, with a new key."""

    @abstractmethod
    def ask(self, want: C, owner: Owner) -> Request:
        """A request to the site, with a new key."""

    def create(self, want: C, attempt: Attempt) -> Answer:
        """Make it, or a request for it, and keep it, unless something is there.

        Raises:
            Rejected: It waits for the site's signature now.
        """
        owner = attempt.owner
        held = self.made(Held(want.key, self.compared(want), self.now()), want, owner)
        path = path_of(self.prefix, want.key)
        if not self.store.add(path, held.values(owner)):
            raise AlreadyExists(f"{path} is in the secret store {self.store.place} already")
        return self._answer(held, want, owner)

    def update(self, have: Observed, want: C, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Bring it to what is wanted, in one write.

        Raises:
            Rejected: It waits for the site's signature.
        """
        holdings = self.holdings(attempt.owner)
        held = holdings.read(want.key)
        changed = held
        if want.site is not None:
            if held.request is None or dict(held.requested) != self.compared(want):
                changed = self.made(held, want, attempt.owner)
        else:
            if "signed_by" not in fields and "signer" in fields:
                changed = holdings.signed_anew(held)
            if fields != {"signer"}:
                changed = self.made(changed, want, attempt.owner)
        if changed is not held:
            holdings.write(changed)
        return self._answer(changed, want, attempt.owner)

    def advance(self, want: C | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """Look whether the signature has come; ask anew where the spec has changed meanwhile. Raises Rejected."""
        del ticket
        if want is None:
            raise TypeError(f"{attempt.key} waits for nothing while it is deleted")
        held = self.holdings(attempt.owner).read(want.key)
        if held.current is None and (want.site is None or dict(held.requested) != self.compared(want)):
            held = self.made(held, want, attempt.owner)
            self.holdings(attempt.owner).write(held)
        return self._answer(held, want, attempt.owner)

    def made(self, held: Held, want: C, owner: Owner) -> Held:
        """The entry with what is wanted in it: issued, or asked for beside what is in use."""
        if want.site is None:
            return replace(self.issue(held, want, owner), request=None, requested={}, fields=self.compared(want))
        fields = held.fields if held.current is not None else self.compared(want)
        return replace(held, request=self.ask(want, owner), requested=self.compared(want), fields=fields)

    def _answer(self, held: Held, want: C, owner: Owner) -> Answer:
        if held.request is not None:
            raise waiting(held, want)
        path = path_of(self.prefix, want.key)
        entry = find_own(self.store, path, owner)
        if entry is None:  # it went a moment ago
            raise SecretMissing(f"{want.key} is no longer in the store {self.store.place}", names=[str(want.key)])
        return Done(have=observed(path, want.key, owner, entry))
