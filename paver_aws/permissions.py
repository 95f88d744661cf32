"""The policy that whoever runs paver needs for a spec: looks at every noun, changes to those that the spec has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from pydantic import JsonValue

from paver.contract import names
from paver.contract.resource import Desired
from paver.contract.spec import EnvironmentSpec
from paver_aws.actions import BOUNDING, LEASE, LUXURIES, NOUNS, PEERS, PREFLIGHT, UNBOUNDING
from paver_aws.lease import bucket_name
from paver_aws.partition import Partition, partition
from paver_aws.scopes import ALIASES, BOUNDED, CHILDREN, MAKES, OWNED, PLACELESS, TAGGING
from paver_aws.settings import AwsSettings
from paver_aws.wanted import resources

VERSION = "2012-10-17"
Statement = dict[str, JsonValue]
Conditions = Mapping[str, Mapping[str, str | list[str]]]


def actions(spec: EnvironmentSpec, settings: AwsSettings) -> frozenset[str]:
    """Every action that the spec asks for.

    Looks are at every noun: what an earlier spec made is found, and so said, though this one has none of it.
    """
    made = {want.key.kind for want in resources(spec, settings) if want.adopt is None}
    looks = {action for noun in NOUNS.values() for action in noun.look}
    changes = {action for name in made for action in NOUNS[name].change}
    other = UNBOUNDING if settings.permissions_boundary else BOUNDING
    peers = {PEERS} if settings.vpc else set[str]()
    return frozenset({*LEASE, *PREFLIGHT, *LUXURIES, *peers, *looks, *changes}) - set(other)


def policy(spec: EnvironmentSpec, settings: AwsSettings) -> JsonValue:
    """The policy document. A role's own policies have room for it (10 240 characters), a managed one not always (6144).

    Every statement allows: it may be cut into several policies anywhere.
    """
    return {"Version": VERSION, "Statement": list(_Writer(spec, settings).statements())}


class _Writer:
    def __init__(self, spec: EnvironmentSpec, settings: AwsSettings) -> None:
        self._spec = spec
        self._settings = settings
        self._asked = actions(spec, settings)
        self._wanted: list[Desired] = resources(spec, settings)
        self._partition: Partition = partition(settings.region)
        self._here = {"aws:RequestedRegion": settings.region}
        self._brought = {**self._here, f"aws:RequestTag/{names.OWNER}": str(spec.id)}
        self._borne = {f"aws:ResourceTag/{names.OWNER}": str(spec.id)}

    def statements(self) -> Iterator[Statement]:
        """All that allow anything."""
        parts = (self._by_tag(), self._given(), self._names(), self._principals(), self._stores(), self._looks())
        yield from (statement for part in parts for statement in part if statement["Action"])

    def _by_tag(self) -> Iterator[Statement]:
        yield _allow("Make", self._asked & MAKES, ["*"], {"StringEquals": self._brought})
        yield _allow("Own", self._asked & OWNED, ["*"], {"StringEquals": self._borne})
        for sid, action, condition in TAGGING:
            conditions: Conditions = {"StringEquals": self._brought, "Null": {condition: "false"}}
            yield _allow(sid, self._asked & {action}, ["*"], conditions)

    def _given(self) -> Iterator[Statement]:
        """What was there already bears no tag of ours: by its ARN. Nor does an image."""
        found = [
            self._arn("ec2", f"{want.key.kind}/{want.adopt}")
            for want in self._wanted
            if want.adopt is not None and want.key.kind in {"vpc", "subnet", "internet-gateway"}
        ]
        if found:
            yield _allow("Given", self._asked & CHILDREN, found)
        image = f"arn:{self._partition.name}:ec2:{self._settings.region}::image/{self._settings.jumpbox.ami or '*'}"
        yield _allow("Images", self._asked & {"ec2:RunInstances"}, [image])

    def _names(self) -> Iterator[Statement]:
        aliases = [self._arn("kms", want.name) for want in self._wanted if want.key.kind == "kms-alias"]
        yield _allow("Aliases", self._asked & ALIASES, aliases)
        zone = f"arn:{self._partition.name}:route53:::hostedzone/{self._settings.hosted_zone or '*'}"
        written = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
        domain = self._spec.dns.zone.rstrip(".").lower()
        under: Conditions = {"ForAllValues:StringLike": {written: [domain, f"*.{domain}"]}}
        records = "route53:ChangeResourceRecordSets"
        yield _allow("Records", self._asked & {records}, [zone], under)
        looks = [one for one in self._asked - PLACELESS if one.startswith("route53:") and one != records]
        yield _allow("Zones", looks, [zone.rpartition("/")[0] + "/*"])

    def _principals(self) -> Iterator[Statement]:
        prefix = f"arn:{self._partition.name}:iam::{self._settings.account or '*'}"
        path = f"paver/{self._spec.id}"
        linked = f"{prefix}:role/aws-service-role/elasticloadbalancing.amazonaws.com/*"
        apart = {"iam:PassRole", "iam:CreateServiceLinkedRole", *LUXURIES, *PLACELESS}
        bounded = BOUNDED if self._settings.permissions_boundary else frozenset[str]()
        identities = [f"{prefix}:{kind}/{path}/*" for kind in ("role", "user", "instance-profile")]
        rest = [one for one in self._asked - apart - bounded if one.startswith("iam:")]
        yield _allow("Identities", rest, identities)
        boundary: Conditions = {"StringEquals": {"iam:PermissionsBoundary": str(self._settings.permissions_boundary)}}
        yield _allow("Bounded", self._asked & bounded, identities, boundary)
        yield _allow("PassRoles", self._asked & {"iam:PassRole"}, [f"{prefix}:role/{path}/*"])
        yield _allow("Linked", self._asked & {"iam:CreateServiceLinkedRole"}, [linked])

    def _stores(self) -> Iterator[Statement]:
        asked = [one for one in self._asked - PLACELESS if one.startswith("s3:")]
        named = [names.global_name(self._spec.name, self._spec.id, "*"), bucket_name(self._spec.owner)]
        arns = [f"arn:{self._partition.name}:s3:::{name}{part}" for name in named for part in ("", "/*")]
        yield _allow("Buckets", asked, arns)

    def _looks(self) -> Iterator[Statement]:
        """What AWS does not let be narrowed further than to the region, or not at all."""
        scoped = MAKES | OWNED | ALIASES | PLACELESS | {action for _, action, _ in TAGGING}
        regional = [one for one in self._asked - scoped if not one.startswith(("iam:", "route53:", "s3:"))]
        yield _allow("Region", regional, ["*"], {"StringEquals": self._here})
        yield _allow("Account", self._asked & (PLACELESS | {"iam:SimulatePrincipalPolicy"}), ["*"])

    def _arn(self, service: str, rest: str) -> str:
        return f"arn:{self._partition.name}:{service}:{self._settings.region}:{self._settings.account or '*'}:{rest}"


def _allow(sid: str, allowed: Collection[str], on: Iterable[str], conditions: Conditions | None = None) -> Statement:
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": list[JsonValue](sorted(allowed))}
    statement["Resource"] = list[JsonValue](on)
    if conditions is not None:
        told = {operator: dict[str, JsonValue](values) for operator, values in conditions.items()}  # type: ignore[arg-type]  # text, or a list of it
        statement["Condition"] = dict[str, JsonValue](told)
    return statement
