"""A permission: a role of ours for a user of ours, on one object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from paver.contract.driver import Kind
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value
from paver_vsphere.center import Center
from paver_vsphere.resources.role import role_id, role_number
from paver_vsphere.sdk import vim
from paver_vsphere.session import moid

KIND = "permission"
ROOT = "root"
"""The root folder, which no resource makes."""


class Permission(Desired):
    """Wanted: the user may do what the role says, on this object."""

    entity: Value
    """Id of the object, or `root`."""
    principal: Value
    """`name@domain`."""
    role: Value
    propagate: bool


class PermissionKind(Kind[Permission]):
    """It stands on the user and the role, which are ours: nobody else grants anything to them."""

    replace: ClassVar[frozenset[str]] = frozenset({"entity", "principal"})

    def __init__(self, center: Center) -> None:
        self._center = center

    def create(self, want: Permission, attempt: Attempt) -> Answer:
        """Grant it."""
        del attempt
        return Done(have=self._set(want))

    def update(self, have: Observed, want: Permission, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Grant it anew, in place of what is granted."""
        del have, fields, attempt
        return Done(have=self._set(want))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Take it back."""
        del attempt
        remove = self._center.content.authorizationManager.RemoveEntityPermission
        entity, principal = self._entity(have.actual["entity"]), _plain(str(have.actual["principal"]))
        self._center.connection.call(remove, entity, principal, False, what=f"remove {have.key}")
        return Done(have=None)

    def observe(
        self, permissions: Iterable[Any], users: Iterable[Observed], entities: Iterable[Observed]
    ) -> Iterator[Observed]:
        """All permissions of our users.

        Args:
            permissions: Everything that is granted on this vCenter.
            users: Our users.
            entities: What is ours or adopted: its key is part of a permission's.
        """
        named = {entity.id: str(entity.key) for entity in entities}
        ours = {str(user.outputs["principal"]).lower(): user for user in users}
        root = moid(self._center.content.rootFolder)
        for found in permissions:
            user = ours.get(spelled(str(found.principal)))
            if user is None:
                continue
            id_ = moid(found.entity)
            entity = ROOT if id_ == root else id_
            want = Permission(
                key=permission_key(
                    user.key, named.get(entity, ROOT if entity == ROOT else entity.partition(":")[2].lower())
                ),
                name="permission",
                entity=entity,
                principal=str(user.outputs["principal"]),
                role=role_id(found.roleId),
                propagate=bool(found.propagate),
            )
            yield self._made(want, user.id)

    def _set(self, want: Permission) -> Observed:
        principal = str(want.principal)
        permission = vim().AuthorizationManager.Permission(
            principal=_plain(principal), group=False, roleId=role_number(want.role), propagate=want.propagate
        )
        grant = self._center.content.authorizationManager.SetEntityPermissions
        self._center.connection.call(grant, self._entity(want.entity), [permission], what=f"set {want.key}")
        return self._made(want, principal.partition("@")[0])

    def _made(self, want: Permission, user: str) -> Observed:
        needs = [user, str(want.role)]
        if want.entity != ROOT:
            needs.append(str(want.entity))
        id_ = f"permission:{want.entity}:{user}"
        return self._center.made(want, id_, Proof.PARENT, needs=tuple(needs))

    def _entity(self, entity: object) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        return self._center.content.rootFolder if entity == ROOT else self._center.ref(entity)


def permission_key(user: Key | None, entity: str) -> Key:
    """`permission/bosh-cpi/cluster/z1`."""
    return Key(kind=KIND, name=f"{user.name if user else ''}/{entity}")


def _plain(principal: str) -> str:
    """Domain, backslash, name: as the authorization manager spells principals."""
    name, _, domain = principal.partition("@")
    return f"{domain.upper()}\\{name}"


def spelled(principal: str) -> str:
    """`name@domain` in lower case, from either spelling."""
    domain, backslash, name = principal.partition("\\")
    return f"{name}@{domain}".lower() if backslash else principal.lower()
