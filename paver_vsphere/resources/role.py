"""A role: what the BOSH director's user may do on one level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from paver.contract.driver import Kind
from paver.contract.names import global_name
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof
from paver_vsphere.center import Center
from paver_vsphere.permissions import LEVELS

KIND = "role"
ALWAYS = "System."
"""Privileges of this group are in every role: the server adds them, and takes none away."""


def role_id(number: int) -> str:
    """A role's id among all the ids of a vCenter: its number alone could be an attribute's too."""
    return f"role:{number}"


def role_number(id_: object) -> int:
    """The number in a role's id."""
    return int(str(id_).removeprefix("role:"))


class Role(Desired):
    """Wanted: a role with these privileges, as far as the server knows them."""

    privileges: tuple[str, ...]
    """Sorted."""


def role_name(center: Center, level: str) -> str:
    """A name that the whole vCenter shares, so it ends in the owner's digits."""
    return global_name(center.owner.name, center.owner.id, level)


class RoleKind(Kind[Role]):
    """Roles have neither tags nor descriptions: the name is the proof."""

    def __init__(self, center: Center) -> None:
        self._center = center

    def create(self, want: Role, attempt: Attempt) -> Answer:
        """Make it."""
        del attempt
        manager = self._center.content.authorizationManager
        made = self._center.connection.call(
            manager.AddAuthorizationRole, want.name, self._known(want.privileges), what=f"add role {want.name}"
        )
        return Done(have=self._observed(want.key, want.name, int(made), want.privileges))

    def update(self, have: Observed, want: Role, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Other privileges."""
        del fields, attempt
        manager = self._center.content.authorizationManager
        update = manager.UpdateAuthorizationRole
        known = self._known(want.privileges)
        self._center.connection.call(update, role_number(have.id), want.name, known, what=f"change role {want.name}")
        return Done(have=self._observed(want.key, want.name, role_number(have.id), want.privileges))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Remove it; the server refuses while a permission uses it."""
        del attempt
        remove = self._center.content.authorizationManager.RemoveAuthorizationRole
        self._center.connection.call(remove, role_number(have.id), True, what=f"remove {have.key}")
        return Done(have=None)

    def observe(self, roles: Iterable[Any]) -> Iterator[Observed]:
        """The roles of this environment's names."""
        keys = {role_name(self._center, level): Key(kind=KIND, name=level) for level in LEVELS}
        for role in roles:
            if role.name in keys:
                yield self._observed(keys[role.name], role.name, role.roleId, self._as_wanted(keys[role.name], role))

    def _as_wanted(self, key: Key, role: Any) -> tuple[str, ...]:  # noqa: ANN401  pyVmomi makes its types at run time
        """What it grants, and what of the level's list the server does not know: nobody can grant that."""
        granted = {str(name) for name in role.privilege if not str(name).startswith(ALWAYS)}
        unknown = {name for name in wanted_privileges(key.name) if name not in self._center.known_privileges}
        return tuple(sorted(granted | unknown))

    def _known(self, privileges: Iterable[str]) -> list[str]:
        return [name for name in privileges if name in self._center.known_privileges]

    def _observed(self, key: Key, name: str, id_: int, privileges: tuple[str, ...]) -> Observed:
        unknown = [one for one in privileges if one not in self._center.known_privileges]
        outputs = {"name": name, "unknown": unknown}
        return self._center.made(
            Role(key=key, name=name, privileges=privileges), role_id(id_), Proof.NAME, outputs=outputs
        )


def wanted_privileges(level: str) -> tuple[str, ...]:
    """The level's list without what every role has."""
    return tuple(sorted(name for name in LEVELS[level] if not name.startswith(ALWAYS)))
