"""Access keys: their secret shows once. A key bears no tag, so its user says which of its keys is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from pydantic import SecretStr

from paver.contract.answers import changed
from paver.contract.resource import (
    Answer,
    Attempt,
    Desired,
    Done,
    Key,
    Observed,
    Proof,
    Secret,
    SecretMark,
    Value,
    ref,
)
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_aws import marks, places, policies
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.noun import AwsKind
from paver_aws.resources.user import NOUN as USER
from paver_aws.resources.user import user_key
from paver_aws.settings import AwsSettings

NOUN = "access-key"
CONFIRMED = "paver-confirmed"
"""The user's tag that names the key whose secret is stored."""
ACTIVE = "Active"


class AccessKey(Desired):
    """A key of a user."""

    user: Value
    user_name: Value
    active: bool = True


class AccessKeyKind(AwsKind[AccessKey]):
    """`access-key/CREDENTIAL`."""

    noun = NOUN
    once: ClassVar[bool] = True
    replace: ClassVar[frozenset[str]] = frozenset({"user", "user_name"})

    def create(self, want: AccessKey, attempt: Attempt) -> Answer:
        """Make it; the answer is the only one that ever has the secret."""
        made = self.api.change("iam", "create_access_key", about=want.name, UserName=want.user_name)
        found = made["AccessKey"]
        shown = Secret(name=want.key.name, public_id=found["AccessKeyId"], value=SecretStr(found["SecretAccessKey"]))
        have = self._seen(want, found["AccessKeyId"], attempt.owner, confirmed=False)
        return Done(have=have, secrets=(shown,))

    def confirm(self, have: Observed, attempt: Attempt) -> Answer:
        """Tag its user."""
        tag = {CONFIRMED: have.id}
        user = have.actual["user_name"]
        self.api.change("iam", "tag_user", about=str(user), UserName=user, Tags=marks.pairs(tag))
        mark = SecretMark(public_id=have.id, confirmed=True)
        return Done(have=have.model_copy(update={"secret": mark}))

    def change(self, have: Observed, want: AccessKey, field: str, attempt: Attempt) -> Answer:
        """Somebody made it inactive."""
        status = ACTIVE if want.active else "Inactive"
        arguments = {"UserName": want.user_name, "AccessKeyId": have.id, "Status": status}
        self.api.change("iam", "update_access_key", about=have.id, **arguments)
        return changed(have, active=want.active)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it."""
        arguments = {"UserName": have.actual["user_name"], "AccessKeyId": have.id}
        self.api.remove("iam", "delete_access_key", about=have.id, **arguments)
        return Done(have=None)

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """One call for every owned user: IAM opens one at a time. A user has two keys at most."""
        users = look.claimed(USER)
        listed = look.each(
            lambda one: self.api.pages("iam", "list_access_keys", "AccessKeyMetadata", UserName=one[1]["UserName"]),
            users,
        )
        for (key, user), found in zip(users, listed, strict=True):
            confirmed = marks.plain(user.get("Tags")).get(CONFIRMED)
            # The one that the tag names, else the newest, is the credential's; another is left from a rotation.
            ranked = sorted(found, key=lambda record: (record["AccessKeyId"] == confirmed, record["CreateDate"]))
            for place, record in enumerate(reversed(ranked)):
                more = {
                    "User": user["UserId"],
                    "UserName": user["UserName"],
                    "Confirmed": record["AccessKeyId"] == confirmed,
                    "Stray": place > 0,
                }
                yield Key(kind=NOUN, name=key.name), {**record, **more}

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With what its user says of it. A second one has no key, so that it is deleted."""
        name, active = marks.implied(owner.name, key), record["Status"] == ACTIVE
        like = AccessKey(key=key, name=name, user=record["User"], user_name=record["UserName"], active=active)
        seen = self._seen(like, record["AccessKeyId"], owner, confirmed=bool(record["Confirmed"]))
        return seen.model_copy(update={"key": None}) if record["Stray"] else seen

    def _seen(self, like: AccessKey, id_: str, owner: Owner, *, confirmed: bool) -> Observed:
        mark = SecretMark(public_id=id_, confirmed=confirmed)
        return self.seen(like, id_, owner, proof=Proof.PARENT, needs=(str(like.user),), secret=mark)


def access_key_key(name: str) -> Key:
    """The key of a credential's access key."""
    return places.key(NOUN, name)


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[AccessKey]:
    """One for each user."""
    del settings
    for name in policies.users(spec):
        user = user_key(name)
        yield AccessKey(
            key=access_key_key(name), name=places.native(spec, name), user=ref(user), user_name=ref(user, "name")
        )
