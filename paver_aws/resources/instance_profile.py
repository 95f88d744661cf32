"""Instance profiles: what a machine is given so that it has a role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import ClassVar, cast

from pydantic import JsonValue

from paver.contract.answers import waiting
from paver.contract.errors import NotFound
from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Proof, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.iam import IamKind, path
from paver_aws.resources.noun import Tagged
from paver_aws.resources.role import DIRECTOR, JUMPBOX, role_key
from paver_aws.settings import AwsSettings

NOUN = "instance-profile"


class InstanceProfile(Tagged):
    """A profile with one role."""

    role: Value
    role_name: Value


class InstanceProfileKind(IamKind[InstanceProfile]):
    """`instance-profile/ROLE`."""

    noun = NOUN
    limit: ClassVar[int] = 128
    single = "InstanceProfile"

    def listed(self, look: Look) -> list[Record]:
        """All below the owner's path."""
        return look.pages("iam", "list_instance_profiles", "InstanceProfiles", PathPrefix=path(look.owner))

    def create(self, want: InstanceProfile, attempt: Attempt) -> Answer:
        """Make it; the role goes in next."""
        made = self.api.change(
            "iam",
            "create_instance_profile",
            about=want.name,
            InstanceProfileName=want.name,
            Path=path(attempt.owner),
            Tags=marks.pairs(marks.tags(attempt.owner, want.key, want.name, want.tags)),
        )
        profile = made["InstanceProfile"]
        return waiting("made, without a role yet", 0.0, id=profile["InstanceProfileId"], arn=profile["Arn"])

    def advance(self, want: InstanceProfile | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """Put the role in, or delete what has none any more."""
        found = cast("dict[str, str]", ticket)
        if want is None:
            name = found["arn"].rpartition("/")[2]
            self.api.remove("iam", "delete_instance_profile", about=found["id"], InstanceProfileName=name)
            return Done(have=None)
        self._put(want)
        return Done(have=self._seen(want, found["id"], found["arn"], attempt.owner))

    def change(self, have: Observed, want: InstanceProfile, field: str, attempt: Attempt) -> Answer:
        """It holds one role: another comes in once the first is out."""
        if have.needs:
            arguments = {"InstanceProfileName": have.output("name"), "RoleName": have.actual["role_name"]}
            self.api.change("iam", "remove_role_from_instance_profile", about=have.id, **arguments)
            actual = {**have.actual, "role": "", "role_name": ""}
            return Done(have=have.model_copy(update={"needs": (), "actual": actual}))
        self._put(want)
        # Its tags may differ as well, and are another call.
        actual = {**have.actual, "role": str(want.role), "role_name": str(want.role_name)}
        return Done(have=have.model_copy(update={"needs": (str(want.role),), "actual": actual}))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Its role has to be out first."""
        ticket = {"id": have.id, "arn": have.output("arn")}
        if not have.needs:
            return self.advance(None, ticket, attempt)
        arguments = {"InstanceProfileName": have.output("name"), "RoleName": have.actual["role_name"]}
        with suppress(NotFound):  # out already; and where the profile is gone as well, its own deletion says so
            self.remove("iam", "remove_role_from_instance_profile", have, **arguments)
        return waiting("its role is out", 0.0, **ticket)

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With its role."""
        role: Record = next(iter(record.get("Roles", ())), {})
        like = InstanceProfile(
            key=key,
            name=marks.implied(owner.name, key),
            role=role.get("RoleId", ""),
            role_name=role.get("RoleName", ""),
            tags=marks.labels(marks.plain(record.get("Tags"))),
        )
        return self._seen(like, record["InstanceProfileId"], record["Arn"], owner)

    def _put(self, want: InstanceProfile) -> None:
        arguments = {"InstanceProfileName": want.name, "RoleName": want.role_name}
        self.api.change("iam", "add_role_to_instance_profile", about=want.name, **arguments)

    def _seen(self, like: InstanceProfile, id_: str, arn: str, owner: Owner) -> Observed:
        needs = (str(like.role),) if like.role else ()
        outputs = {"name": like.name, "arn": arn}
        return self.seen(like, id_, owner, proof=Proof.NAME, needs=needs, outputs=outputs)


def profile_key(name: str) -> Key:
    """The key of a role's instance profile."""
    return places.key(NOUN, name)


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[InstanceProfile]:
    """One for each role."""
    del settings
    for name in (JUMPBOX, DIRECTOR):
        yield InstanceProfile(
            key=profile_key(name),
            name=places.native(spec, name),
            role=ref(role_key(name)),
            role_name=ref(role_key(name), "name"),
        )
