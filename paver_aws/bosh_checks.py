"""What BOSH's CPI for AWS looks up before it makes a machine, looked up with the access key that a director gets.

A change is rehearsed: EC2 says whether it would be allowed, and does not make it. What neither a look nor a rehearsal
shows is asked of IAM's simulator, and that with paver's own login, for the CPI may not ask it; findings say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from paver.contract.asking import TRIES
from paver.contract.bosh import Bosh, Reveal, Variables, credential_for
from paver.contract.environment import PavedEnvironment
from paver.contract.errors import CallError, NotFound, Rejected
from paver.contract.findings import Cause, Finding, bad, good, safely, side_by_side, warn
from paver_aws.api import Api
from paver_aws.bosh_rights import NOWHERE, OWN, Places, Rights
from paver_aws.environment import AwsDatastore, AwsLoadBalancer, AwsSubnet, AwsTop, AwsZone
from paver_aws.resources.iam import path
from paver_aws.resources.instance import find_image, image_rule
from paver_aws.sdk import Keys
from paver_aws.settings import AwsSettings

PAVE = "paver pave makes it"
ENABLED = "Enabled"
_LISTS = {
    "describe_addresses": "Addresses",
    "describe_instances": "Reservations",
    "describe_snapshots": "Snapshots",
    "describe_volumes": "Volumes",
}
"""Looks of which nothing is there yet: whether they are allowed is all that they show."""


def bosh_findings(
    bosh: Bosh, environment: PavedEnvironment, settings: AwsSettings, reveal: Reveal
) -> Iterator[Finding]:
    """All of it: the login first, and then everything at once."""
    credential = credential_for(environment, "bosh-cpi")
    if credential.secret is None:
        yield bad("login", f"the document names no secret of {credential.principal}", "paver pave makes a key")
        return
    cpi = Api(settings, tries=TRIES, keys=Keys(credential.principal, reveal(credential.secret)))
    own = Api(settings, tries=TRIES)
    try:
        who = cpi.identity
        if who["Account"] != environment.target.id:
            what = f"{credential.principal} is a key of account {who['Account']}, not of {environment.target.id}"
            yield bad("identity", what, cause=Cause.TRUST)
            return
        yield good("login", f"{credential.principal} is a key of {who['Arn']}")
        told = bosh.director(environment).variables
        lookups = Lookups(cpi, own, environment, told)
        yield from side_by_side(lookups.checks().items())
        rights = Rights(cpi, own, str(who["Arn"]), told, lookups.places())
        yield from safely("permission", rights.findings())
    finally:
        cpi.close()
        own.close()


class Lookups:
    """One environment, as the CPI's key sees it.

    Args:
        cpi: AWS, with that key.
        own: AWS, as paver's own login sees it.
        environment: The document.
        told: What a director is given.
    """

    def __init__(self, cpi: Api, own: Api, environment: PavedEnvironment, told: Variables) -> None:
        self._cpi, self._own = cpi, own
        self._environment = environment
        self._told = told
        self._top = AwsTop.model_validate(environment.driver)
        balancers = environment.load_balancers.values()
        self._balancers = [AwsLoadBalancer.model_validate(balancer.driver) for balancer in balancers]
        stores = [
            AwsDatastore.model_validate(s.driver) for s in environment.datastores.values() if s.purpose != "object"
        ]
        self._keys = list(dict.fromkeys(store.kms_key for store in stores if store.kms_key))
        self._targets: list[str] = []
        self._image = NOWHERE["ImageId"]

    def checks(self) -> Mapping[str, Callable[[], Iterable[Finding]]]:
        """Each by what it looks at."""
        return {
            "region": self._region,
            "subnet": self._subnets,
            "group": self._groups,
            "image": self._images,
            "target group": self._target_groups,
            "kms key": self._kms,
            "key pair": self._key_pair,
            "profile": self._profile,
            **{name: partial(self._list, name, within) for name, within in _LISTS.items()},
        }

    def places(self) -> Places:
        """Where the CPI works, as far as the checks have found it."""
        # The profile bears its role's name.
        role = f"role{path(self._environment.owner)}{self._top.director_instance_profile}"
        return Places(
            image=self._image,
            roles=(f"arn:{self._own.partition}:iam::{self._environment.target.id}:{role}",),
            targets=tuple(self._targets),
            keys=tuple(self._keys),
        )

    def _region(self) -> Iterator[Finding]:
        named = [{"Name": "region-name", "Values": [self._cpi.region]}]
        if self._cpi.pages("ec2", "describe_regions", "Regions", Filters=named):
            yield good("region", f"{self._cpi.region} answers")
        else:
            yield bad("region", f"AWS has no region {self._cpi.region} for this account")

    def _subnets(self) -> Iterator[Finding]:
        zones = {
            zone: AwsZone.model_validate(paved.driver).availability_zone
            for zone, paved in self._environment.zones.items()
        }
        wanted = {
            AwsSubnet.model_validate(subnet.driver).subnet: (name, {zones[zone] for zone in subnet.zones})
            for network in self._environment.networks.values()
            for name, subnet in network.subnets.items()
        }
        there = self._by_id("describe_subnets", "Subnets", "SubnetId", "subnet-id", wanted)
        for id_, (name, expected) in wanted.items():
            record = there.get(id_)
            if record is None:
                yield bad("subnet", f"{name} ({id_}) is not there", PAVE)
            elif record["AvailabilityZone"] not in expected:
                where = ", ".join(sorted(expected))
                yield bad("subnet", f"{name} ({id_}) is in {record['AvailabilityZone']}, not in {where}")
            else:
                yield good("subnet", f"{name} is {id_} in {record['AvailabilityZone']}")

    def _groups(self) -> Iterator[Finding]:
        """Those that machines get: the environment's own, and a balancer's."""
        wanted = {id_: name for name, id_ in self._top.security_groups.items()}
        names = self._environment.load_balancers
        wanted |= {place.security_group: name for name, place in zip(names, self._balancers, strict=True)}
        there = self._by_id("describe_security_groups", "SecurityGroups", "GroupId", "group-id", wanted)
        for id_, name in wanted.items():
            if id_ in there:
                yield good("group", f"{name} is {id_}")
            else:
                yield bad("group", f"{name} ({id_}) is not there", PAVE)

    def _by_id(self, method: str, within: str, key: str, named: str, ids: Iterable[str]) -> Mapping[str, Any]:
        filters = [{"Name": named, "Values": list(ids)}]
        return {str(record[key]): record for record in self._cpi.pages("ec2", method, within, Filters=filters)}

    def _images(self) -> Iterator[Finding]:
        """One that anybody can see, and the jumpbox's is one: which stemcell comes, nobody knows yet."""
        rule = image_rule(self._cpi.settings.jumpbox)
        try:
            self._image = str(find_image(self._cpi, rule)["ImageId"])
        except Rejected as error:
            yield warn("image", f"{error.message}, so that no image was seen", "a stemcell brings its own")
        else:
            yield good("image", f"it sees images: {self._image} fits {rule}")

    def _target_groups(self) -> Iterator[Finding]:
        there = {
            str(record["TargetGroupName"]): str(record["TargetGroupArn"])
            for record in self._cpi.pages("elbv2", "describe_target_groups", "TargetGroups")
        }
        for name, place in zip(self._environment.load_balancers, self._balancers, strict=True):
            for group in place.target_groups:
                if group not in there:
                    yield bad("target group", f"{group} of load balancer {name} is not there", PAVE)
                    continue
                self._targets.append(there[group])
                self._cpi.read("elbv2", "describe_target_health", TargetGroupArn=there[group])
                yield good("target group", f"{group} of load balancer {name} is there")

    def _kms(self) -> Iterator[Finding]:
        for key in self._keys:
            try:
                state = str(self._cpi.read("kms", "describe_key", KeyId=key)["KeyMetadata"]["KeyState"])
            except NotFound:
                yield bad("kms key", f"{key} is not there", PAVE)
                continue
            if state == ENABLED:
                yield good("kms key", f"{key} is enabled")
            else:
                yield bad("kms key", f"{key} is {state}", "enable it, or cancel its deletion")

    def _key_pair(self) -> Iterator[Finding]:
        name = str(self._told["default_key_name"])
        named = [{"Name": "key-name", "Values": [name]}]
        yield from self._seen_otherwise(
            "key pair", name, lambda: bool(self._own.pages("ec2", "describe_key_pairs", "KeyPairs", Filters=named))
        )

    def _profile(self) -> Iterator[Finding]:
        name = str(self._told["iam_instance_profile"])

        def there() -> bool:
            try:
                return bool(self._own.read("iam", "get_instance_profile", InstanceProfileName=name))
            except NotFound:
                return False

        yield from self._seen_otherwise("profile", name, there)

    def _seen_otherwise(self, check: str, name: str, there: Callable[[], bool]) -> Iterator[Finding]:
        """What the CPI only names when it makes a machine."""
        try:
            found = there()
        except CallError as error:
            yield warn(check, f"{name} was not looked up, for paver's own login may not either: {error.message}")
            return
        if found:
            yield good(check, f"{name} is there, {OWN}")
        else:
            yield bad(check, f"{name} is not there, {OWN}", PAVE)

    def _list(self, method: str, within: str) -> Iterator[Finding]:
        mine = {"OwnerIds": ["self"]} if method == "describe_snapshots" else {}
        self._cpi.pages("ec2", method, within, **mine)
        yield good("list", f"it sees {within.lower().replace('reservations', 'machines')}")
