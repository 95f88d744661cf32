"""Users: principals for what runs outside AWS's own machines, or cannot take a role."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.answers import changed
from paver.contract.resource import Answer, Attempt, Done, Key, Observed, Proof
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places, policies
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.iam import IamKind, path
from paver_aws.resources.noun import Tagged
from paver_aws.settings import AwsSettings

NOUN = "user"


class User(Tagged):
    """A user without a password."""

    boundary: str | None = None


class UserKind(IamKind[User]):
    """`user/CREDENTIAL`."""

    noun = NOUN
    single = "User"

    def listed(self, look: Look) -> list[Record]:
        """All below the owner's path."""
        return look.pages("iam", "list_users", "Users", PathPrefix=path(look.owner))

    def create(self, want: User, attempt: Attempt) -> Answer:
        """Make it."""
        made = self.api.change(
            "iam",
            "create_user",
            about=want.name,
            UserName=want.name,
            Path=path(attempt.owner),
            Tags=marks.pairs(marks.tags(attempt.owner, want.key, want.name, want.tags)),
            **({"PermissionsBoundary": want.boundary} if want.boundary else {}),
        )
        return Done(have=self._seen(want, made["User"], attempt.owner))

    def change(self, have: Observed, want: User, field: str, attempt: Attempt) -> Answer:
        """Its boundary."""
        if want.boundary is None:
            self.api.change("iam", "delete_user_permissions_boundary", about=have.id, UserName=want.name)
        else:
            boundary = {"PermissionsBoundary": want.boundary}
            self.api.change("iam", "put_user_permissions_boundary", about=have.id, UserName=want.name, **boundary)
        return changed(have, boundary=want.boundary)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it."""
        self.remove("iam", "delete_user", have, UserName=have.output("name"))
        return Done(have=None)

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With its boundary."""
        like = User(
            key=key,
            name=marks.implied(owner.name, key),
            boundary=record.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            tags=marks.labels(marks.plain(record.get("Tags"))),
        )
        return self._seen(like, record, owner)

    def _seen(self, like: User, record: Record, owner: Owner) -> Observed:
        outputs = {"name": like.name, "arn": record["Arn"]}
        return self.seen(like, record["UserId"], owner, proof=Proof.NAME, outputs=outputs)


def user_key(name: str) -> Key:
    """The key of a credential's user."""
    return places.key(NOUN, name)


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[User]:
    """One for each credential that is for AWS itself."""
    for name in policies.users(spec):
        yield User(key=user_key(name), name=places.native(spec, name), boundary=settings.permissions_boundary)
