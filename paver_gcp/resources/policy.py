"""Which roles a service account has, on the project or on a bucket. A policy changes as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from paver.contract.errors import NotFound, Rejected, Transient
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Name, Owner
from paver_gcp import marks, places, policies
from paver_gcp.api import Record, quoted
from paver_gcp.listing import Look
from paver_gcp.resources.bucket import NOUN as BUCKET
from paver_gcp.resources.bucket import bucket_key
from paver_gcp.resources.noun import GcpKind
from paver_gcp.resources.role import role_key
from paver_gcp.resources.service_account import NOUN as ACCOUNT
from paver_gcp.resources.service_account import account_key
from paver_gcp.settings import GcpSettings

NOUN = "policy"
UNKNOWN = "does not exist"
"""What Google says of a member or a role that it does not know."""
VERSION = 3
"""Of policies that show conditions: an older one would lose them (IAM documentation, "Policy versions")."""


class Policy(Desired):
    """All roles of an account in one place: one that somebody else gave it is a change that shows."""

    account: Value
    email: Value
    bucket: Value | None = None
    """None: the project."""
    roles: tuple[Value, ...]


class PolicyKind(GcpKind[Policy]):
    """`policy/CREDENTIAL`, `policy/CREDENTIAL/DATASTORE`."""

    noun = NOUN
    settle: ClassVar[float] = 10.0
    replace: ClassVar[frozenset[str]] = frozenset({"account", "email", "bucket"})

    def create(self, want: Policy, attempt: Attempt) -> Answer:
        """Grant them."""
        return self._put(want, attempt)

    def change(self, have: Observed, want: Policy, fields: frozenset[str], attempt: Attempt) -> Answer:
        """Exactly these."""
        return self._put(want, attempt)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Grant none."""
        bucket, email = have.actual["bucket"], str(have.actual["email"])
        try:
            policy = self._read(str(bucket) if bucket else None)
        except NotFound:
            return Done(have=None)
        if not roles_of(policy, email):
            raise NotFound(f"{have.id} is not there")
        self._write(str(bucket) if bucket else None, with_roles(policy, email, ()))
        return Done(have=None)

    def records(self, look: Look) -> Iterable[tuple[Key, Record]]:
        """The project's policy in one call, and one for every owned bucket."""
        accounts, buckets = look.claimed(ACCOUNT), look.claimed(BUCKET)
        project = look.once(("policy", "project"), lambda: self._read(None))
        opened = look.each(lambda one: self._read(one[1]["name"]), buckets)
        for key, account in accounts:
            member = str(account["email"])
            if found := roles_of(project, member):
                yield Key(kind=NOUN, name=key.name), {"account": account, "bucket": None, "roles": found}
            for (store, bucket), policy in zip(buckets, opened, strict=True):
                if found := roles_of(policy, member):
                    name = f"{key.name}/{store.name}"
                    yield Key(kind=NOUN, name=name), {"account": account, "bucket": bucket["name"], "roles": found}

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With whatever it was granted."""
        like = Policy(
            key=key,
            name=marks.implied(owner.name, key),
            account=str(record["account"]["uniqueId"]),
            email=record["account"]["email"],
            bucket=record["bucket"],
            roles=tuple(record["roles"]),
        )
        return self._seen(like, owner)

    def _put(self, want: Policy, attempt: Attempt) -> Answer:
        bucket = str(want.bucket) if want.bucket is not None else None
        policy = self._read(bucket)
        roles = tuple(sorted(str(role) for role in want.roles))
        self._write(bucket, with_roles(policy, str(want.email), roles))
        return Done(have=self._seen(want.model_copy(update={"roles": roles}), attempt.owner))

    def _seen(self, like: Policy, owner: Owner) -> Observed:
        where = like.bucket or self.api.project
        needs = (str(like.account), *(str(role) for role in like.roles), *([str(like.bucket)] if like.bucket else []))
        return self.seen(like, f"{like.email} on {where}", owner, proof=Proof.PARENT, needs=needs)

    def _read(self, bucket: str | None) -> Record:
        if bucket is not None:
            return self.api.read("storage", f"b/{quoted(bucket)}/iam", optionsRequestedPolicyVersion=VERSION)
        body = {"options": {"requestedPolicyVersion": VERSION}}
        path = f"projects/{self.api.project}:getIamPolicy"
        return self.api.read("cloudresourcemanager", path, verb="POST", body=body)

    def _write(self, bucket: str | None, policy: Record) -> None:
        path = f"projects/{self.api.project}:setIamPolicy"
        try:
            if bucket is not None:
                self.api.change("PUT", "storage", f"b/{quoted(bucket)}/iam", policy)
            else:
                self.api.change("POST", "cloudresourcemanager", path, {"policy": policy})
        except Rejected as error:
            # An account or a role that was made a moment ago may not be known everywhere (IAM documentation, "Access
            # change propagation").
            if UNKNOWN in error.message:
                raise Transient(error.message) from error
            raise


def roles_of(policy: Record, email: str) -> tuple[str, ...]:
    """The roles of an account, in order; one under a condition says so."""
    member = f"serviceAccount:{email}"
    return tuple(
        sorted(
            binding["role"] + (f" if {binding['condition'].get('title', '')}" if binding.get("condition") else "")
            for binding in policy.get("bindings", ())
            if member in binding.get("members", ())
        )
    )


def with_roles(policy: Record, email: str, roles: Iterable[str]) -> dict[str, Any]:
    """The same policy, in which an account has exactly these roles, and everybody else what they had."""
    member, missing = f"serviceAccount:{email}", set(roles)
    bindings: list[Mapping[str, Any]] = []
    for binding in policy.get("bindings", ()):
        members = [one for one in binding.get("members", ()) if one != member]
        if binding["role"] in missing and not binding.get("condition"):
            missing.discard(binding["role"])
            members.append(member)
        if members:
            bindings.append({**binding, "members": members})
    bindings += [{"role": role, "members": [member]} for role in sorted(missing)]
    return {**policy, "bindings": bindings, "version": VERSION}


def policy_key(name: Name, *store: Name) -> Key:
    """The key of a credential's policy."""
    return places.key(NOUN, name, *store)


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Policy]:
    """On the project, or for a blobstore on its buckets."""
    for name in policies.accounts(spec):
        stores = [(store,) for store in policies.buckets(spec, name)]
        if spec.credentials[name].allows != "blobstore":
            stores = [()]  # type: ignore[list-item]  # no store at all: the project
        for store in stores:
            key, account = policy_key(name, *store), account_key(name)
            bucket = ref(bucket_key(*store)) if store else None
            yield Policy(
                key=key,
                name=places.native(spec, key),
                account=ref(account),
                email=ref(account, "email"),
                bucket=bucket,
                roles=(ref(role_key(name)),),
                serial=bucket or settings.project,
            )
