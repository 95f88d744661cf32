"""What may come in to the members of a security group: all its rules, made in one call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, cast

from paver.contract.answers import changed
from paver.contract.errors import AlreadyExists
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import FrozenDict, Map, Owner
from paver_aws import marks, places, rules
from paver_aws.api import Record
from paver_aws.listing import Look
from paver_aws.resources.noun import AwsKind
from paver_aws.resources.security_group import NOUN as GROUP
from paver_aws.settings import AwsSettings

NOUN = "security-rules"


class SecurityRules(Desired):
    """The rules of a group."""

    group: Value
    rules: Map[str, Value]


class SecurityRulesKind(AwsKind[SecurityRules]):
    """`security-rules/GROUP`: they are their group's."""

    noun = NOUN
    replace: ClassVar[frozenset[str]] = frozenset({"group"})

    def create(self, want: SecurityRules, attempt: Attempt) -> Answer:
        """All of them, or none: EC2 takes a call whole or refuses it."""
        self._send("authorize_security_group_ingress", str(want.group), want.rules)
        return Done(have=self._seen(want, attempt.owner))

    def change(self, have: Observed, want: SecurityRules, field: str, attempt: Attempt) -> Answer:
        """First what is missing, then what is too much: nobody who may come in is shut out in between."""
        there = cast("Mapping[str, str]", have.actual["rules"])
        missing = {text: value for text, value in want.rules.items() if text not in there}
        if missing:
            try:
                self._send("authorize_security_group_ingress", str(want.group), missing)
            except AlreadyExists:
                # Somebody was faster; the next look says with what.
                return Done(have=have)
            return changed(have, rules={**there, **missing})  # type: ignore[dict-item]  # refs are resolved by now
        extra = {text: value for text, value in there.items() if text not in want.rules}
        self._send("revoke_security_group_ingress", str(want.group), extra)
        return changed(have, rules={text: value for text, value in there.items() if text in want.rules})

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """All of them, so that groups that name each other can go."""
        there = cast("Mapping[str, str]", have.actual["rules"])
        self.api.remove(
            "ec2",
            "revoke_security_group_ingress",
            about=have.id,
            GroupId=have.actual["group"],
            IpPermissions=rules.permissions(there),
        )
        return Done(have=None)

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """From our groups: one without rules has none."""
        for key, group in look.claimed(GROUP):
            if group.get("IpPermissions"):
                yield Key(kind=NOUN, name=key.name), group

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With the names of the groups that they name."""
        names = {group["GroupId"]: found.name for found, group in look.claimed(GROUP)} if look is not None else {}
        like = SecurityRules(
            key=key,
            name=marks.implied(owner.name, key),
            group=record["GroupId"],
            rules=rules.read(record, names),
        )
        return self._seen(like, owner)

    def _seen(self, like: SecurityRules, owner: Owner) -> Observed:
        group = str(like.group)
        named = {str(value) for value in like.rules.values() if str(value).startswith("sg-")}
        needs = tuple(sorted({group, *named}))
        return self.seen(like, f"{group} ingress", owner, proof=Proof.PARENT, needs=needs)

    def _send(self, method: str, group: str, found: Mapping[str, Value]) -> None:
        self.api.change("ec2", method, about=group, GroupId=group, IpPermissions=rules.permissions(found))


def wanted(spec: EnvironmentSpec, settings: AwsSettings) -> Iterator[SecurityRules]:
    """One set for each group."""
    for name in rules.groups(spec, settings):
        found: FrozenDict[str, Value] = rules.rules(spec, name)
        yield SecurityRules(
            key=places.key(NOUN, name),
            name=places.native(spec, name),
            group=ref(rules.group_key(name)),
            rules=found,
            note=f"{len(found)} rules",
        )
