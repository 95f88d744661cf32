"""Access keys: their secret shows once, and a deleted one stays listed for a while."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import SecretStr

from paver.contract import names
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Secret, SecretMark
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver.memory.kind import MemoryKind
from paver.memory.ownership import Claim
from paver.memory.record import Record
from paver.memory.settings import MemorySettings

CONFIRMED = "paver-confirmed"
"""The tag that names the public id of the secret that is stored."""


class AccessKey(Desired):
    """An access key."""

    allows: str
    datastore: str | None


class AccessKeyKind(MemoryKind[AccessKey]):
    """`key/CREDENTIAL`."""

    noun = "key"
    once: ClassVar[bool] = True

    def create(self, want: AccessKey, attempt: Attempt) -> Answer:
        """Make it; the answer is the only one that ever has the secret."""
        value = secrets.token_urlsafe(30)
        record = self._make(want, attempt, secret=value)
        shown = Secret(name=want.key.name, public_id=record["id"], value=SecretStr(value))
        return Done(have=self.observed(record, attempt.owner, self._own(attempt)), secrets=(shown,))

    def confirm(self, have: Observed, attempt: Attempt) -> Answer:
        """Tag it."""
        public_id = have.secret.public_id if have.secret else have.id
        return self._answer(self.world.change(have.id, tags={CONFIRMED: public_id}), attempt)

    def observed(self, record: Record, owner: Owner, claimed: Claim, held_by: Sequence[str] = ()) -> Observed:
        """With what the IaaS knows of the secret."""
        mark = SecretMark(public_id=record["id"], confirmed=record["tags"].get(CONFIRMED) == record["id"])
        return super().observed(record, owner, claimed, held_by).model_copy(update={"secret": mark})


def minted_inside(spec: EnvironmentSpec, settings: MemorySettings, name: str) -> bool:
    """Whether a credential is an account of the control plane, with a password of paver's; else it is a key."""
    return settings.control_plane and spec.credentials[name].allows == "bosh-cpi"


def key_key(name: str) -> Key:
    """The key of a credential's access key."""
    return Key(kind="key", name=name)


def wanted(spec: EnvironmentSpec, settings: MemorySettings) -> Iterator[AccessKey]:
    """One for each credential that is no account of the control plane."""
    for name, credential in spec.credentials.items():
        if not minted_inside(spec, settings, name):
            yield AccessKey(
                key=key_key(name),
                name=names.name(spec.name, name),
                allows=credential.allows,
                datastore=credential.datastore,
            )
