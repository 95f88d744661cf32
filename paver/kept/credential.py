"""Minted credentials, as nouns of the secret store."""

from __future__ import annotations

from pydantic import JsonValue, SecretStr

from paver.contract.errors import AlreadyExists
from paver.contract.resource import BASE_FIELDS, Answer, Attempt, Done
from paver.kept.entry import pack, unpack
from paver.kept.stored import StoredKind, observed
from paver.kept.wanted import CredentialWanted
from paver.secrets import password, ssh_key


class CredentialKind(StoredKind[CredentialWanted]):
    """A secret that paver makes. A change of any field means another secret."""

    fields = tuple(CredentialWanted.model_fields.keys() - BASE_FIELDS)
    replace = frozenset(fields)

    def create(self, want: CredentialWanted, attempt: Attempt) -> Answer:
        """Make it and keep it, unless something is there: what somebody else keeps is never written over."""
        path = f"{self.prefix}/{want.name}"
        values, outputs = mint(want)
        made = pack(attempt.owner, str(want.key), self.now(), self.compared(want), outputs, values)
        if not self.store.add(path, made):
            raise AlreadyExists(f"{path} is in the secret store {self.store.place} already")
        entry = unpack(made)
        if entry is None:  # it was packed a line ago
            raise TypeError(path)
        return Done(have=observed(path, want.key, attempt.owner, entry))


def mint(want: CredentialWanted) -> tuple[dict[str, SecretStr], dict[str, JsonValue]]:
    """New values, and what may be known of them."""
    if want.minted == "password":
        return {"secret": password()}, {}
    key = ssh_key("ed25519" if want.minted == "ssh-ed25519" else "rsa")
    return {"private_key": key.private_key, "public_key": SecretStr(key.public_key)}, {"public_key": key.public_key}
