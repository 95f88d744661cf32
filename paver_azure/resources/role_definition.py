"""Custom roles: what a principal of the environment may do, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar
from uuid import uuid5

from paver.contract import names
from paver.contract.names import marker, read_marker
from paver.contract.resource import Answer, Attempt, Desired, Done, Key
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_azure import ids, places, roles
from paver_azure.api import Record, Sent
from paver_azure.listing import Look
from paver_azure.resources.group import group_key
from paver_azure.resources.noun import AzureKind
from paver_azure.settings import AzureSettings

NOUN = "role-definition"


class RoleDefinition(Desired):
    """A role."""

    actions: tuple[str, ...]
    data_actions: tuple[str, ...]
    scopes: tuple[str, ...]


class RoleDefinitionKind(AzureKind[RoleDefinition]):
    """`role-definition/NAME`. Its id is made of the owner's and the key; its description bears the mark."""

    noun = NOUN
    type = "Microsoft.Authorization/roleDefinitions"
    lasts: ClassVar[bool] = False
    limit: ClassVar[int] = 128

    def native(self, owner: Owner, key: Key) -> str:
        """Unique in the directory."""
        return names.global_name(owner.name, owner.id, key.name)

    def id_of(self, want: RoleDefinition, owner: Owner) -> str:
        """Below the first of the groups where it may be given."""
        return _id(self.type, want.scopes[0], owner, want.key)

    def body(self, want: RoleDefinition, owner: Owner) -> dict[str, Any]:
        """What it allows, and where."""
        allows = {
            "actions": list(want.actions),
            "notActions": [],
            "dataActions": list(want.data_actions),
            "notDataActions": [],
        }
        return {
            "properties": {
                "roleName": want.name,
                "type": "CustomRole",
                "description": marker(owner, want.key),
                "permissions": [allows],
                "assignableScopes": list(want.scopes),
            }
        }

    def listed(self, look: Look) -> list[Record]:
        """All custom roles of the subscription, those that may be given in one group only among them."""
        below = "atScopeAndBelow() and type eq 'CustomRole'"
        return look.all_of(self.type, self.api.settings.root, filter=below)

    def claim(self, record: Record, look: Look) -> Key | None:
        """By its description and its id."""
        marked = read_marker((record.get("properties") or {}).get("description"))
        if marked is None or marked[0] != look.owner or marked[1].kind != NOUN:
            return None
        return marked[1] if ids.last(str(record["id"])).lower() == str(_name(look.owner, marked[1])) else None

    def answer(self, sent: Sent, id_: str, want: RoleDefinition, attempt: Attempt) -> Answer:
        """It is there at once."""
        return Done(
            have=self.observed(
                sent.record or {**self.body(want, attempt.owner), "id": id_, "name": want.name}, want.key, attempt.owner
            )
        )

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Any:
        """With the id that it has below its own group: a list tells it below the subscription."""
        scopes = (record.get("properties") or {}).get("assignableScopes") or [self.api.settings.root]
        at = _id(self.type, ids.canonical(str(scopes[0])), owner, key)
        return super().observed({**record, "id": at}, key, owner, look)

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> RoleDefinition:
        """As it is."""
        properties = record.get("properties") or {}
        allows = properties.get("permissions") or [{}]
        return RoleDefinition(
            key=base["key"],
            name=base["name"],
            actions=tuple(sorted(action for one in allows for action in one.get("actions") or ())),
            data_actions=tuple(sorted(action for one in allows for action in one.get("dataActions") or ())),
            scopes=tuple(ids.canonical(str(scope)) for scope in properties.get("assignableScopes") or ()),
        )

    def needs(self, like: RoleDefinition, id_: str, look: Look | None) -> Iterable[str]:
        """The groups that it is for."""
        return like.scopes


def _name(owner: Owner, key: Key) -> Any:
    return uuid5(owner.id, str(key))


def _id(type_: str, scope: str, owner: Owner, key: Key) -> str:
    return f"{scope}/providers/{type_}/{_name(owner, key)}"


def definition_key(role: str) -> Key:
    """The key of a role."""
    return places.key(NOUN, role)


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[RoleDefinition]:
    """One for each that anybody has."""
    for role in roles.used(spec, settings):
        allows = roles.ROLES[role]
        yield RoleDefinition(
            key=definition_key(role),
            name=names.global_name(spec.name, spec.id, role),
            actions=tuple(sorted(allows.actions)),
            data_actions=tuple(sorted(allows.data_actions)),
            scopes=roles.assignable(spec, settings, role),
            after=(group_key(spec),),
            note=f"{len(allows.actions) + len(allows.data_actions)} actions",
        )
