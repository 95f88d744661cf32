"""A permission of a group that is there, by a role that is there, on one object of ours."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from pydantic import JsonValue

from paver.contract.driver import Kind
from paver.contract.errors import Rejected
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value
from paver_vsphere.center import Center
from paver_vsphere.claims import REGISTER_ID
from paver_vsphere.resources.entity import CLAIMED, unclaimed
from paver_vsphere.resources.permission import spelled
from paver_vsphere.sdk import vim
from paver_vsphere.session import moid

KIND = "group-permission"
_LOST = re.compile(r"[^a-z0-9.]+")
_DIGITS = 8


class GroupPermission(Desired):
    """Wanted: the group may do what the role says, on this object and below it."""

    entity: Value
    principal: str
    r"""`DOMAIN\name`, as the site writes it."""
    role: str
    """Its name."""
    propagate: bool = True


class GroupPermissionKind(Kind[GroupPermission]):
    """Neither group nor role is ours and a permission bears no mark: it is claimed in the register before it is set."""

    replace: ClassVar[frozenset[str]] = frozenset({"entity", "principal"})

    def __init__(self, center: Center) -> None:
        self._center = center
        self._entities: Mapping[str, str] = {}

    def create(self, want: GroupPermission, attempt: Attempt) -> Answer:
        """Grant it."""
        del attempt
        permission = vim().AuthorizationManager.Permission(
            principal=want.principal, group=True, roleId=self._role(want.role), propagate=want.propagate
        )
        grant = self._center.content.authorizationManager.SetEntityPermissions
        self._center.connection.call(grant, self._center.ref(want.entity), [permission], what=f"set {want.key}")
        return Done(have=self._made(want, str(want.entity)))

    def update(self, have: Observed, want: GroupPermission, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Grant it anew, in place of what is granted."""
        del have, fields
        return self.create(want, attempt)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Take it back; then let go of the claim."""
        if have.id.startswith(CLAIMED):
            return self.advance(None, None, attempt)
        remove = self._center.content.authorizationManager.RemoveEntityPermission
        entity, principal = self._center.ref(have.actual["entity"]), str(have.actual["principal"])
        self._center.connection.call(remove, entity, principal, True, what=f"remove {have.key}")
        return self._center.later({"gone": True}, "taken back")

    def advance(self, want: GroupPermission | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """Let go of the claim."""
        if want is not None:
            raise TypeError(f"{attempt.key} waits for nothing while it is made")
        del ticket
        self._center.claims.forget(attempt.key)
        return Done(have=None)

    def observe(
        self,
        permissions: Collection[Any],
        roles: Iterable[Any],
        entities: Iterable[Observed],
        wanted: Iterable[GroupPermission],
    ) -> Iterator[Observed]:
        """What is claimed and stands there.

        Args:
            permissions: Everything that is granted on this vCenter.
            roles: All roles.
            entities: What is ours: its key is part of a permission's.
            wanted: What is asked for.
        """
        self._entities = {str(entity.key): entity.id for entity in entities}
        names = {int(role.roleId): str(role.name) for role in roles}
        claims, asked = self._center.claims.held, {want.key: want for want in wanted}
        met: list[Key | None] = []
        for key, claim in claims.items():
            found = self._standing(key, claim.name, permissions) if key.kind == KIND else None
            if found is None:
                continue
            want, shown = asked.get(key), str(found.principal)
            met.append(key)
            same = want is not None and spelled(want.principal) == spelled(shown)
            yield self._made(
                GroupPermission(
                    key=key,
                    name=claim.name,
                    entity=moid(found.entity),
                    principal=want.principal if want is not None and same else shown,
                    role=names.get(int(found.roleId), str(found.roleId)),
                    propagate=bool(found.propagate),
                ),
                moid(found.entity),
            )
        yield from unclaimed(KIND, claims, asked, met, self._center.owner)

    def taken(self, names: Mapping[str, str]) -> list[tuple[str, str]]:
        """Of names that are about to be claimed, those that somebody has granted something to already."""
        keys = {Key.parse(text): name for text, name in names.items() if text.startswith(f"{KIND}/")}
        known = {key: name for key, name in keys.items() if _entity(key) in self._entities}
        if not known:
            return []
        read = self._center.content.authorizationManager.RetrieveAllPermissions
        granted = self._center.connection.read(read, what="read permissions") or ()
        return [(str(key), name) for key, name in known.items() if self._standing(key, name, granted) is not None]

    def _standing(self, key: Key, name: str, permissions: Iterable[Any]) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        id_ = self._entities.get(_entity(key))
        for one in permissions:
            if one.group and moid(one.entity) == id_ and spelled(str(one.principal)) == name:
                return one
        return None

    def _role(self, name: str) -> int:
        roles = self._center.connection.properties(self._center.content.authorizationManager, "roleList")["roleList"]
        number = next((int(role.roleId) for role in roles if role.name == name), None)
        if number is None:
            raise Rejected(self._center.where(f"role {name}") + " is not there", hint="groups: names roles that exist")
        return number

    def _made(self, want: GroupPermission, entity: str) -> Observed:
        id_ = f"{KIND}:{entity}:{want.name}"
        return self._center.made(want, id_, Proof.REGISTER, needs=(entity, REGISTER_ID))


def group_permission_key(principal: str, entity: Key) -> Key:
    """`group-permission/operators.vsphere.local/folder/staging`."""
    name = spelled(principal)
    plain = name.replace("@", ".")
    short = _LOST.sub("-", plain).strip("-.")
    if short != plain:  # then it may be another group's too
        short = f"{short}-{hashlib.sha256(name.encode()).hexdigest()[:_DIGITS]}".strip("-")
    return Key(kind=KIND, name=f"{short}/{entity}")


def _entity(key: Key) -> str:
    return key.name.partition("/")[2]
