"""A service user of the vCenter's single sign-on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from paver.contract.driver import Kind
from paver.contract.names import OWNER_DIGITS, marker
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value
from paver_vsphere.center import Center

KIND = "user"
_SET = re.compile(r" set=([0-9a-f]+)$")


class User(Desired):
    """Wanted: a local user; its password is the minted secret of the credential that its key names."""

    secret: Value
    """The version of that secret. No listing shows a password, so the description says which one was set."""


class UserKind(Kind[User]):
    """The name ends in the owner's digits and is the proof."""

    def __init__(self, center: Center) -> None:
        self._center = center

    def create(self, want: User, attempt: Attempt) -> Answer:
        """Make it with the password that the secret store has: nothing is shown, so nothing can be lost."""
        del attempt
        password = self._center.secrets.minted(want.key.name)
        self._center.sso.create(want.name, password, self._description(want))
        return Done(have=self._observed(want.key, want.name, str(want.secret)))

    def update(self, have: Observed, want: User, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Set the password that the secret store has by now; that it is set is noted after."""
        del fields, attempt
        self._center.sso.reset(have.id, self._center.secrets.minted(want.key.name))
        return self._center.later({"set": str(want.secret)}, "password set")

    def advance(self, want: User | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """Note which password was set."""
        if want is None:
            raise TypeError(f"{attempt.key} waits for nothing while it is deleted")
        del ticket
        self._center.sso.describe(want.name, self._description(want))
        return Done(have=self._observed(want.key, want.name, str(want.secret)))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it, and its permissions with it."""
        del attempt
        self._center.sso.delete(have.id)
        return Done(have=None)

    def observe(self, users: Mapping[str, str]) -> Iterator[Observed]:
        """The users of this environment's names, by name and description."""
        owner = self._center.owner
        head, tail = f"{owner.name}-", f"-{owner.id.hex[:OWNER_DIGITS]}"
        for name, description in users.items():
            middle = name.removeprefix(head).removesuffix(tail)
            if name == f"{head}{middle}{tail}" and middle:
                found = _SET.search(description)
                yield self._observed(Key(kind=KIND, name=middle), name, found.group(1) if found else "")

    def _description(self, want: User) -> str:
        return f"{marker(self._center.owner, want.key)} set={want.secret}"

    def _observed(self, key: Key, name: str, secret: str) -> Observed:
        principal = f"{name}@{self._center.sso.domain}"
        return self._center.made(
            User(key=key, name=name, secret=secret), name, Proof.NAME, outputs={"name": name, "principal": principal}
        )
