"""A service user of the vCenter's single sign-on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from paver.contract.driver import Kind
from paver.contract.names import OWNER_DIGITS, marker
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof
from paver_vsphere.center import Center

KIND = "user"


class User(Desired):
    """Wanted: a local user; its password is the minted secret of the credential that its key names."""


class UserKind(Kind[User]):
    """The name ends in the owner's digits and is the proof."""

    def __init__(self, center: Center) -> None:
        self._center = center

    def create(self, want: User, attempt: Attempt) -> Answer:
        """Make it with the password that the secret store has: nothing is shown, so nothing can be lost."""
        del attempt
        password = self._center.secrets.minted(want.key.name)
        self._center.sso.create(want.name, password, marker(self._center.owner, want.key))
        return Done(have=self._observed(want.key, want.name))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it, and its permissions with it."""
        del attempt
        self._center.sso.delete(have.id)
        return Done(have=None)

    def observe(self, names: Sequence[str]) -> Iterator[Observed]:
        """The users of this environment's names."""
        owner = self._center.owner
        head, tail = f"{owner.name}-", f"-{owner.id.hex[:OWNER_DIGITS]}"
        for name in names:
            middle = name.removeprefix(head).removesuffix(tail)
            if name == f"{head}{middle}{tail}" and middle:
                yield self._observed(Key(kind=KIND, name=middle), name)

    def _observed(self, key: Key, name: str) -> Observed:
        principal = f"{name}@{self._center.sso.domain}"
        return self._center.made(
            User(key=key, name=name), name, Proof.NAME, outputs={"name": name, "principal": principal}
        )
