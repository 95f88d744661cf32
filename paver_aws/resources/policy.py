"""What a role or a user may do: its one inline policy, which lives and dies with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from paver.contract.answers import changed
from paver.contract.errors import NotFound
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict, Owner, freeze
from paver_aws import marks, places, policies
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.noun import AwsKind
from paver_aws.resources.role import DIRECTOR, role_key
from paver_aws.resources.role import NOUN as ROLE
from paver_aws.resources.user import NOUN as USER
from paver_aws.resources.user import user_key
from paver_aws.settings import AwsSettings

NOUN = "policy"
INLINE = "paver"
VERSION = "2012-10-17"


class Policy(Desired):
    """Statements of an inline policy, as IAM spells them."""

    principal: Value
    """The id of a role or a user."""
    holder: Value
    """Its name."""
    statements: tuple[Mapping[str, Any], ...]


class PolicyKind(AwsKind[Policy]):
    """`policy/role/ROLE`, `policy/user/CREDENTIAL`."""

    noun = NOUN
    replace: ClassVar[frozenset[str]] = frozenset({"principal", "holder"})

    def create(self, want: Policy, attempt: Attempt) -> Answer:
        """Put it; that is the whole of it, the first time and the next."""
        sort = _sort(want.key)
        self.api.change(
            "iam",
            f"put_{sort}_policy",
            about=want.name,
            PolicyName=INLINE,
            PolicyDocument=json.dumps({"Version": VERSION, "Statement": want.statements}),
            **_who(sort, str(want.holder)),
        )
        return Done(have=self._seen(want, attempt.owner))

    def change(self, have: Observed, want: Policy, field: str, attempt: Attempt) -> Answer:
        """Put it anew."""
        self.create(want, attempt)
        return changed(have, statements=json.loads(json.dumps(want.statements)))

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Delete it."""
        sort = _sort(have.key)
        who = _who(sort, str(have.actual["holder"]))
        self.api.remove("iam", f"delete_{sort}_policy", about=have.id, PolicyName=INLINE, **who)
        return Done(have=None)

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """One call for every owned role and user: IAM opens one at a time."""
        principals = [
            (sort, key, str(record[f"{sort.capitalize()}Id"]), str(record[f"{sort.capitalize()}Name"]))
            for sort in (ROLE, USER)
            for key, record in look.claimed(sort)
        ]
        documents = look.each(lambda one: self._read(one[0], one[3]), principals)
        for (sort, key, id_, name), document in zip(principals, documents, strict=True):
            if document is not None:
                found = {"Principal": id_, "Holder": name, "Document": document}
                yield Key(kind=NOUN, name=f"{sort}/{key.name}"), found

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """It is its principal's."""
        document = record["Document"]
        found = document.get("Statement", ())
        like = Policy(
            key=key,
            name=marks.implied(owner.name, key),
            principal=record["Principal"],
            holder=record["Holder"],
            statements=freeze([found] if isinstance(found, dict) else found),
        )
        return self._seen(like, owner)

    def _read(self, sort: str, name: str) -> Any:
        arguments = {"PolicyName": INLINE, **_who(sort, name)}
        try:
            return self.api.read("iam", f"get_{sort}_policy", about=name, **arguments)["PolicyDocument"]
        except NotFound:
            return None

    def _seen(self, like: Policy, owner: Owner) -> Observed:
        id_ = str(like.principal)
        return self.seen(like, f"{id_} {INLINE}", owner, proof=Proof.PARENT, needs=(id_,))


def _sort(key: Key | None) -> str:
    """What it is of: a role or a user."""
    return "" if key is None else key.name.partition("/")[0]


def _who(sort: str, name: str) -> dict[str, str]:
    return {f"{sort.capitalize()}Name": name}


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[Policy]:
    """The director's, and each user's."""
    found: dict[tuple[str, str], tuple[FrozenDict[str, Any], ...]] = {
        (ROLE, DIRECTOR): policies.director(spec, settings)
    }
    found |= {(USER, name): policies.user(spec, settings, name) for name in policies.users(spec)}
    for (sort, name), statements in found.items():
        principal = role_key(name) if sort == ROLE else user_key(name)
        yield Policy(
            key=places.key(NOUN, sort, name),
            name=places.native(spec, sort, name),
            principal=ref(principal),
            holder=ref(principal, "name"),
            statements=statements,
            note=f"{len(statements)} statements",
        )
