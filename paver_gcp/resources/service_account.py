"""Service accounts: principals for what runs outside Google's own machines. Their description bears the mark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from paver.contract.answers import changed
from paver.contract.names import marker, read_marker
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_gcp import marks, places, policies
from paver_gcp.api import Record
from paver_gcp.listing import Look
from paver_gcp.resources.noun import GcpKind
from paver_gcp.settings import GcpSettings

NOUN = "service-account"
SHORTEST = 6
"""IAM API Reference, `accountId`."""
CONFIRMED = re.compile(r" confirmed=([0-9a-f]{40})$")
"""What follows the mark once the secret of a key is stored: the key's id."""


class ServiceAccount(Desired):
    """An account."""

    enabled: bool = True


class ServiceAccountKind(GcpKind[ServiceAccount]):
    """`service-account/CREDENTIAL`."""

    noun = NOUN
    limit: ClassVar[int] = 30
    settle: ClassVar[float] = 10.0
    # IAM documentation, "Access change propagation": seconds to minutes; for lists no figure is given.

    def create(self, want: ServiceAccount, attempt: Attempt) -> Answer:
        """Make it, marked."""
        said = {"displayName": want.name, "description": marker(attempt.owner, want.key)}
        body = {"accountId": want.name, "serviceAccount": said}
        path = f"projects/{self.api.project}/serviceAccounts"
        return Done(
            have=self._seen(self.api.change("POST", "iam", path, body, about=want.name), want.key, attempt.owner)
        )

    def change(self, have: Observed, want: ServiceAccount, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Let it in or not."""
        verb = "enable" if want.enabled else "disable"
        self.api.change("POST", "iam", f"{path_of(self.api.project, have)}:{verb}", {}, about=have.id)
        return changed(have, enabled=want.enabled)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it, with the keys that it has."""
        self.api.remove("iam", path_of(self.api.project, have))
        return Done(have=None)

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """All of the project's, by description."""
        path = f"projects/{self.api.project}/serviceAccounts"
        for record in look.pages("iam", path, "accounts", pageSize=100):
            name = str(record["email"]).partition("@")[0]
            key = claim(record, look.owner, name)
            if key is None:
                look.pass_by()
            else:
                yield key, record

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With whether it is let in."""
        return self._seen(record, key, owner)

    def _seen(self, record: Record, key: Key, owner: Owner) -> Observed:
        like = ServiceAccount(key=key, name=account_id(owner.name, key), enabled=not record.get("disabled", False))
        return self.seen(like, str(record["uniqueId"]), owner, outputs={"email": record["email"]})


def account_id(environment: str, key: Key) -> str:
    """The name that a key implies: Google wants six characters at least."""
    return marks.implied(environment, key, ServiceAccountKind.limit).ljust(SHORTEST, "0")


def claim(record: Record, owner: Owner, name: str) -> Key | None:
    """The key of an account, where it is this owner's."""
    marked = read_marker(record.get("description"))
    if marked is None or marked[0].id != owner.id or marked[1].kind != NOUN:
        return None
    return marked[1] if name == account_id(marked[0].name, marked[1]) else None


def path_of(project: str, have: Observed) -> str:
    """The path of an account."""
    return f"projects/{project}/serviceAccounts/{have.output('email')}"


def account_key(name: str) -> Key:
    """The key of a credential's account."""
    return places.key(NOUN, name)


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[ServiceAccount]:
    """One for each credential that is for Google itself."""
    del settings
    for name in policies.accounts(spec):
        key = account_key(name)
        yield ServiceAccount(key=key, name=account_id(spec.name, key))
