"""Accounts: users of the control plane, whose passwords paver makes."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract import names
from paver.contract.driver import Secrets
from paver.contract.resource import Answer, Attempt, Desired, Key, Observed, Ref, Value
from paver.contract.spec import EnvironmentSpec
from paver.memory.kind import MemoryKind
from paver.memory.resources.control_plane import CONTROL_PLANE
from paver.memory.resources.key import minted_inside
from paver.memory.settings import MemorySettings
from paver.memory.world import World


class Account(Desired):
    """An account."""

    role: str
    secret: Value
    """When its password was made: another one is another password."""


class AccountKind(MemoryKind[Account]):
    """`account/CREDENTIAL`.

    Args:
        world: The API.
        scope: The control plane's id.
        secrets: Where the password is.
    """

    noun = "account"

    def __init__(self, world: World, scope: str, secrets: Secrets) -> None:
        super().__init__(world, scope)
        self._secrets = secrets

    def create(self, want: Account, attempt: Attempt) -> Answer:
        """Make it with the password that is in the store."""
        password = self._secrets.minted(want.key.name).get_secret_value()
        return self._answer(self._make(want, attempt, secret=password), attempt)

    def update(self, have: Observed, want: Account, fields: frozenset[str], attempt: Attempt) -> Answer:
        """With the password that is in the store by now."""
        password = self._secrets.minted(want.key.name).get_secret_value()
        new = {name: value for name, value in self._fields(want).items() if name in fields}
        return self._answer(self.world.change(have.id, fields=new, secret=password), attempt)


def account_key(name: str) -> Key:
    """The key of a credential's account."""
    return Key(kind="account", name=name)


def wanted(spec: EnvironmentSpec, settings: MemorySettings) -> Iterator[Account]:
    """One for each credential that the control plane is to know."""
    for name, credential in spec.credentials.items():
        if minted_inside(spec, settings, name):
            native = names.name(spec.name, name)
            minted = Key(kind="credential", name=name)
            yield Account(
                key=account_key(name),
                name=native,
                scope=CONTROL_PLANE,
                role=credential.allows,
                secret=Ref(to=minted, output="made_at"),
            )
