"""Role assignments: who has which role where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar
from uuid import uuid5

from paver.contract.names import marker, read_marker
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_azure import ids, places, roles
from paver_azure.api import Record, Sent
from paver_azure.listing import Look
from paver_azure.resources.identity import NOUN as IDENTITY
from paver_azure.resources.identity import identity_key
from paver_azure.resources.noun import AzureKind, inside
from paver_azure.resources.role_definition import definition_key
from paver_azure.settings import AzureSettings

NOUN = "role-assignment"


class RoleAssignment(Desired):
    """A role, given."""

    scope_id: Value
    role: Value
    """The role's id; only its last part tells roles apart."""
    principal: Value


class RoleAssignmentKind(AzureKind[RoleAssignment]):
    """`role-assignment/WHO/ROLE`. Its name is made of the owner's id and the key; its description bears the mark."""

    noun = NOUN
    type = "Microsoft.Authorization/roleAssignments"
    lasts: ClassVar[bool] = False
    replace: ClassVar[frozenset[str]] = frozenset({"scope_id", "role", "principal"})

    def id_of(self, want: RoleAssignment, owner: Owner) -> str:
        """Below its scope."""
        return f"{want.scope_id}/providers/{self.type}/{uuid5(owner.id, str(want.key))}"

    def body(self, want: RoleAssignment, owner: Owner) -> dict[str, Any]:
        """To whom. The sort of principal is said, so that Azure need not look for one that it does not see yet."""
        return {
            "properties": {
                "roleDefinitionId": str(want.role),
                "principalId": str(want.principal),
                "principalType": "ServicePrincipal",
                "description": marker(owner, want.key),
            }
        }

    def listed(self, look: Look) -> list[Record]:
        """At and below the groups of this owner's things, and whatever of others' the section names."""
        settings = self.api.settings
        scopes = [ids.group_id(settings.root, group) for group in look.groups()]
        scopes += [ids.canonical(given) for given in (settings.virtual_network, settings.private_zone) if given]
        found = [one for scope in scopes for one in look.all_of(self.type, scope)]
        return list({str(one["id"]).lower(): one for one in found}.values())

    def claim(self, record: Record, look: Look) -> Key | None:
        """By its description and its name."""
        marked = read_marker(inside(record, "properties", "description"))
        if marked is None or marked[0] != look.owner or marked[1].kind != NOUN:
            return None
        return marked[1] if str(record["name"]).lower() == str(uuid5(look.owner.id, str(marked[1]))) else None

    def answer(self, sent: Sent, id_: str, want: RoleAssignment, attempt: Attempt) -> Answer:
        """It is there at once; that it is obeyed everywhere takes minutes."""
        record = sent.record or {**self.body(want, attempt.owner), "id": id_}
        return Done(have=self.observed({**record, "id": id_, "name": ids.last(id_)}, want.key, attempt.owner))

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> RoleAssignment:
        """As it is."""
        scope = str(record["id"]).lower().rpartition("/providers/microsoft.authorization/")[0]
        role = str(inside(record, "properties", "roleDefinitionId") or "")
        return RoleAssignment(
            key=base["key"],
            name=base["name"],
            scope_id=ids.canonical(scope),
            role=_role(role, ids.canonical(scope), look),
            principal=str(inside(record, "properties", "principalId") or ""),
        )

    def needs(self, like: RoleAssignment, id_: str, look: Look | None) -> Iterable[str]:
        """Its scope, its role, and whoever has it."""
        yield str(like.scope_id)
        yield str(like.role)
        if look is not None:
            for _, record in look.claimed(IDENTITY):
                if inside(record, "properties", "principalId") == like.principal:
                    yield ids.canonical(str(record["id"]))


def _role(told: str, scope: str, look: Look | None) -> str:
    """The id of a role as its own kind has it: an assignment tells it below the subscription."""
    name = ids.last(told).lower()
    if look is not None:
        for key, record in look.claimed("role-definition"):
            if ids.last(str(record["id"])).lower() == name:
                kind: Any = look.kind("role-definition")
                return str(kind.observed(record, key, look.owner).id)
    group = "/".join(scope.split("/")[:5])
    return f"{group}/providers/Microsoft.Authorization/roleDefinitions/{name}"


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[RoleAssignment]:
    """One for each grant."""
    for grant in roles.grants(spec, settings):
        given = settings.service_principals.get(grant.who)
        yield RoleAssignment(
            key=grant.key,
            name=places.native(spec, *grant.key.name.split("/")),
            scope_id=grant.scope,
            role=ref(definition_key(grant.role)),
            principal=str(given.object_id) if given else ref(identity_key(grant.who), "principal_id"),
        )
