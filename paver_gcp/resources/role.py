"""Custom roles. The id of a deleted one stays taken for weeks, so that each is made under a new one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from pydantic import JsonValue

from paver.contract.answers import changed, waiting
from paver.contract.names import marker, read_marker
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Phase
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_gcp import marks, places, policies
from paver_gcp.api import Record
from paver_gcp.listing import Look
from paver_gcp.resources.noun import GcpKind
from paver_gcp.settings import GcpSettings

NOUN = "role"
DIGITS = 8
LONGEST = 64
TAKEN = timedelta(days=37)
"""IAM documentation, "Deleting a custom role": seven days to undo it, thirty until its id is free."""
UNTIL = re.compile(r" until=(\d{4}-\d\d-\d\d)$")
"""What follows the mark of a role that is about to be deleted: no list tells when that was."""


class Role(Desired):
    """A role of the project. Its name is the head of its id; eight digits follow, others each time."""

    permissions: tuple[str, ...]


class RoleKind(GcpKind[Role]):
    """`role/CREDENTIAL`, found by its mark: its id is not known beforehand."""

    noun = NOUN
    limit: ClassVar[int] = LONGEST - DIGITS - 1
    settle: ClassVar[float] = 10.0

    def create(self, want: Role, attempt: Attempt) -> Answer:
        """Make it; the same id again where an answer was lost."""
        id_ = f"{want.name}_{attempt.token.hex[:DIGITS]}"
        said = {
            "title": want.name,
            "description": marker(attempt.owner, want.key),
            "includedPermissions": list(want.permissions),
            "stage": "GA",
        }
        path = f"projects/{self.api.project}/roles"
        made = self.api.change("POST", "iam", path, {"roleId": id_, "role": said}, about=id_)
        return Done(have=self.observed({**made, **said}, want.key, attempt.owner))

    def change(self, have: Observed, want: Role, fields: frozenset[str], attempt: Attempt) -> Answer:
        """What it permits."""
        body = {"includedPermissions": list(want.permissions)}
        self.api.change("PATCH", "iam", have.id, body, updateMask="includedPermissions")
        return changed(have, permissions=list(want.permissions))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Say in its description until when its id is taken; what grants it no more comes next."""
        until = (datetime.now(UTC) + TAKEN).date().isoformat()
        text = f"{marker(attempt.owner, attempt.key)} until={until}"
        self.api.replace("PATCH", "iam", have.id, {"description": text}, updateMask="description")
        return waiting("its end is noted", 0.0, id=have.id)

    def advance(self, want: Role | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """Delete it."""
        self.api.remove("iam", str(ticket["id"]) if isinstance(ticket, dict) else "")
        return Done(have=None)

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """All of the project's custom roles, the deleted ones among them, by description."""
        path = f"projects/{self.api.project}/roles"
        for record in look.pages("iam", path, "roles", view="FULL", showDeleted=True, pageSize=300):
            key = _claim(record, look.owner)
            if key is None:
                look.pass_by()
            else:
                yield key, record

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """One that was deleted fades."""
        like = Role(
            key=key,
            name=role_name(owner.name, key),
            permissions=tuple(sorted(record.get("includedPermissions", ()))),
        )
        seen = self.seen(like, record["name"], owner)
        if not record.get("deleted"):
            return seen
        until = UNTIL.search(str(record.get("description", "")))
        return seen.model_copy(update={"phase": Phase.FADING, "fades": until[1] if until else ""})


def _claim(record: Record, owner: Owner) -> Key | None:
    marked = read_marker(record.get("description"))
    if marked is None or marked[0].id != owner.id or marked[1].kind != NOUN:
        return None
    pattern = rf"{re.escape(role_name(marked[0].name, marked[1]))}_[0-9a-f]{{{DIGITS}}}"
    return marked[1] if re.fullmatch(pattern, str(record["name"]).rpartition("/")[2]) else None


def role_name(environment: str, key: Key) -> str:
    """The head of a role's id: it has no hyphens."""
    return marks.implied(environment, key, RoleKind.limit).replace("-", "_")


def role_key(name: str) -> Key:
    """The key of a credential's role."""
    return places.key(NOUN, name)


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Role]:
    """One for each service account."""
    del settings
    for name in policies.accounts(spec):
        key = role_key(name)
        permissions = tuple(sorted(policies.permissions(spec, name)))
        yield Role(key=key, name=role_name(spec.name, key), permissions=permissions)
