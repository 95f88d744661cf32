"""Roles: who a machine is to AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from paver.contract.answers import changed
from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Proof
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.partition import partition
from paver_aws.resources.iam import IamKind, path
from paver_aws.resources.noun import Tagged
from paver_aws.settings import AwsSettings

NOUN = "role"
JUMPBOX, DIRECTOR = "jumpbox", "director"


class Role(Tagged):
    """A role that EC2 machines take on."""

    service: str
    boundary: str | None = None


class RoleKind(IamKind[Role]):
    """`role/jumpbox`, `role/director`."""

    noun = NOUN
    single = "Role"

    def listed(self, look: Look) -> list[Record]:
        """All below the owner's path."""
        return look.pages("iam", "list_roles", "Roles", PathPrefix=path(look.owner))

    def create(self, want: Role, attempt: Attempt) -> Answer:
        """Make it; what it may do comes next."""
        made = self.api.change(
            "iam",
            "create_role",
            about=want.name,
            RoleName=want.name,
            Path=path(attempt.owner),
            Description=f"paver: {want.key.name} of {attempt.owner.name}",
            AssumeRolePolicyDocument=_trust(want.service),
            Tags=marks.pairs(marks.tags(attempt.owner, want.key, want.name, want.tags)),
            **({"PermissionsBoundary": want.boundary} if want.boundary else {}),
        )
        return Done(have=self._seen(want, made["Role"], attempt.owner))

    def change(self, have: Observed, want: Role, field: str, attempt: Attempt) -> Answer:
        """Who may take it on, or its boundary."""
        name = {"RoleName": want.name}
        if field == "service":
            policy = _trust(want.service)
            self.api.change("iam", "update_assume_role_policy", about=have.id, PolicyDocument=policy, **name)
            return changed(have, service=want.service)
        if want.boundary is None:
            self.api.change("iam", "delete_role_permissions_boundary", about=have.id, **name)
        else:
            boundary = {"PermissionsBoundary": want.boundary}
            self.api.change("iam", "put_role_permissions_boundary", about=have.id, **name, **boundary)
        return changed(have, boundary=want.boundary)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it."""
        self.remove("iam", "delete_role", have, RoleName=have.output("name"))
        return Done(have=None)

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With whom it trusts."""
        like = Role(
            key=key,
            name=marks.implied(owner.name, key),
            service=_trusted(record.get("AssumeRolePolicyDocument")),
            boundary=record.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            tags=marks.labels(marks.plain(record.get("Tags"))),
        )
        return self._seen(like, record, owner)

    def _seen(self, like: Role, record: Record, owner: Owner) -> Observed:
        outputs = {"name": like.name, "arn": record["Arn"]}
        return self.seen(like, record["RoleId"], owner, proof=Proof.NAME, outputs=outputs)


def _trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _trusted(document: Any) -> str:
    """The one service that a policy of ours trusts; any other policy as text, so that it shows in a plan."""
    try:
        [statement] = document["Statement"]
        service = statement["Principal"]["Service"]
    except (KeyError, TypeError, ValueError):
        return json.dumps(document, sort_keys=True)
    return str(service) if json.loads(_trust(str(service))) == document else json.dumps(document, sort_keys=True)


def role_key(name: str) -> Key:
    """The key of a role."""
    return places.key(NOUN, name)


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Role]:
    """The jumpbox's and the director's."""
    domain = "amazonaws.com.cn" if partition(settings.region).name == "aws-cn" else "amazonaws.com"
    for name in (JUMPBOX, DIRECTOR):
        yield Role(
            key=role_key(name),
            name=places.native(spec, name),
            service=f"ec2.{domain}",
            boundary=settings.permissions_boundary,
        )
