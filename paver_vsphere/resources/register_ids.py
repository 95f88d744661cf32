"""The ids in the register: of everything that was made under a claimed name, noted once all of it is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from paver.contract.driver import Kind
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof
from paver_vsphere.center import Center
from paver_vsphere.claims import NOTES_ID, REGISTER_ID, Claim

NOTES = Key(kind="register-ids", name="vcenter")


class RegisterIds(Desired):
    """Wanted: an id for each of these keys.

    Which id it is, no spec can say: it is the one that a create call gave or a listing showed. What is made anew later
    takes its note along (`ClaimedKind`), so that what was deleted by hand is one difference and not two.
    """

    key: Key = NOTES
    keys: tuple[str, ...]
    """Sorted."""


class RegisterIdsKind(Kind[RegisterIds]):
    """One write for all. From then on a thing of the same name with another id is somebody else's."""

    def __init__(self, center: Center) -> None:
        self._center = center

    def create(self, want: RegisterIds, attempt: Attempt) -> Answer:
        """Note them."""
        del attempt
        self._center.claims.note([Key.parse(key) for key in want.keys])
        return Done(have=self._made(want))

    def update(self, have: Observed, want: RegisterIds, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Note the new ones too."""
        del have, fields
        return self.create(want, attempt)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Strike out what is left: whoever deletes a thing gives its note back."""
        del have, attempt
        self._center.claims.strike()
        return Done(have=None)

    def observe(self, register: Mapping[Key, Claim], wanted: list[RegisterIds]) -> Iterator[Observed]:
        """What is noted. Notes beyond those wanted are no difference: their bearers are."""
        noted = tuple(sorted(str(key) for key, claim in register.items() if claim.id))
        if noted:
            asked = next((want.keys for want in wanted), ())
            yield self._made(RegisterIds(name="register-ids", keys=asked if set(asked) <= set(noted) else noted))

    def _made(self, want: RegisterIds) -> Observed:
        return self._center.made(want, NOTES_ID, Proof.PARENT, needs=(REGISTER_ID,))
