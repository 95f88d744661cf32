"""The document's part that the driver knows. Pure: all of it is in the inventory, the spec and the section."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import cast

from paver.contract import names
from paver.contract.driver import Description, Principal
from paver.contract.environment import (
    ObjectStore,
    PavedDatastore,
    PavedJumpbox,
    PavedLoadBalancer,
    Service,
    Target,
    Zone,
)
from paver.contract.layout import jumpbox, lay_out, load_balancer, resolvers
from paver.contract.resource import Inventory
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Frozen, FrozenDict, Map, Name
from paver_aws import places, policies, rules
from paver_aws.partition import endpoint
from paver_aws.resources.access_key import access_key_key
from paver_aws.resources.address import address_key
from paver_aws.resources.balancer import balancer_key
from paver_aws.resources.bucket import bucket_key
from paver_aws.resources.instance import jumpbox_key
from paver_aws.resources.instance_profile import profile_key
from paver_aws.resources.key_pair import key_pair_key
from paver_aws.resources.kms_key import kms_key_key
from paver_aws.resources.role import DIRECTOR, JUMPBOX
from paver_aws.resources.route_table import table_key
from paver_aws.resources.subnet import subnet_key
from paver_aws.resources.target_group import listeners, target_group_key
from paver_aws.resources.user import user_key
from paver_aws.settings import AwsSettings

METADATA = "169.254.169.254"
"""Where a machine asks about itself, and for its role's credentials."""


class AwsTop(Frozen):
    """The document's `driver`."""

    vpc: str
    key_pair: str
    security_groups: Map[Name, str]
    jumpbox_instance_profile: str
    director_instance_profile: str


class AwsZone(Frozen):
    """A zone's `driver`."""

    availability_zone: str


class AwsSubnet(Frozen):
    """A subnet's `driver`."""

    subnet: str
    route_table: str


class AwsDatastore(Frozen):
    """A datastore's `driver`; no key of its own: AWS's."""

    volume_type: str | None
    kms_key: str | None


class AwsJumpboxPlace(Frozen):
    """The jumpbox's `driver`."""

    instance: str


class AwsLoadBalancer(Frozen):
    """A load balancer's `driver`; target groups by name, as BOSH's CPI wants them."""

    arn: str
    target_groups: tuple[str, ...]
    security_group: str


class AwsCredential(Frozen):
    """A credential's `driver`."""

    user: str | None
    instance_profile: str | None


def describe(spec: EnvironmentSpec, settings: AwsSettings, seen: Inventory, identity: Mapping[str, str]) -> Description:
    """The driver's description. Raises NotFound where something that the document needs is not there."""
    return _Describer(spec, settings, seen, identity).describe()


@dataclass(frozen=True, slots=True)
class _Describer:
    spec: EnvironmentSpec
    settings: AwsSettings
    seen: Inventory
    identity: Mapping[str, str]

    def describe(self) -> Description:
        spec, region = self.spec, self.settings.region
        dns = resolvers(spec, self.settings, (spec.address_space.network_address + 2,))
        cpi = next((name for name, found in spec.credentials.items() if found.allows == "bosh-cpi"), None)
        top = AwsTop(
            vpc=self.seen.standing(places.vpc_key(spec)).id,
            key_pair=str(self.seen.standing(key_pair_key(spec)).output("name")),
            security_groups=FrozenDict(
                {
                    name: self.seen.standing(rules.group_key(name)).id
                    for name in rules.groups(spec, self.settings)
                    if name not in spec.load_balancers
                }
            ),
            jumpbox_instance_profile=str(self.seen.standing(profile_key(JUMPBOX)).output("name")),
            director_instance_profile=str(self.seen.standing(profile_key(DIRECTOR)).output("name")),
        )
        return Description(
            target=Target(id=self.identity["id"], location=region, endpoint=endpoint("ec2", region)),
            zones=FrozenDict({zone: self._zone(zone) for zone in spec.zones}),
            networks=FrozenDict(
                {name: lay_out(spec, name, subnets="per-zone", dns=dns, driver=self._subnet) for name in spec.networks}
            ),
            datastores=FrozenDict({name: self._datastore(name) for name in spec.datastores}),
            principals=FrozenDict({name: self._principal(name) for name in spec.credentials}),
            load_balancers=FrozenDict({name: self._balancer(name) for name in spec.load_balancers}),
            jumpbox=None if spec.jumpbox.existing else self._jumpbox(),
            services=FrozenDict({"iaas": Service(url=f"https://{endpoint('ec2', region)}", ca=None, credential=cpi)}),
            no_proxy=(METADATA,),
            driver=top.model_dump(mode="json"),
        )

    def _jumpbox(self) -> PavedJumpbox:
        spec, have = self.spec, self.seen.standing(jumpbox_key())
        public = self.seen.standing(address_key("jumpbox")).output("public_ip") if spec.jumpbox.public else None
        return jumpbox(
            spec,
            "aws",
            address=str(have.output("private_ip")),
            public=str(public) if public else None,
            user=self.settings.jumpbox.user,
            host_key=str(have.output("host_key")),
            driver=AwsJumpboxPlace(instance=have.id).model_dump(),
        )

    def _zone(self, zone: str) -> Zone:
        network = next(name for name in self.spec.networks if zone in self.spec.network_zones(name))
        domain = str(self.seen.standing(subnet_key(network, zone)).output("zone_id"))
        place = self.settings.zones[zone]  # type: ignore[index]  # a zone of the spec is one of the section's
        return Zone(fault_domain=domain, driver=AwsZone(availability_zone=place).model_dump())

    def _subnet(self, name: str) -> Mapping[str, str]:
        network, _, zone = name.rpartition("-")
        have = self.seen.standing(subnet_key(network, zone))
        if self.spec.networks[network].existing:
            table = str(have.output("route_table"))
        else:
            table = self.seen.standing(table_key(places.table_name(self.spec, self.settings, network, zone))).id  # type: ignore[arg-type]  # the same
        return AwsSubnet(subnet=have.id, route_table=table).model_dump()

    def _datastore(self, name: str) -> PavedDatastore:
        store, region = self.spec.datastores[name], self.settings.region
        objects = store.purpose == "object"
        key = None
        if name in policies.encrypted(self.spec):
            key = self.settings.kms_key or str(self.seen.standing(kms_key_key(name)).output("arn"))
        place = AwsDatastore(volume_type=None if objects else "gp3", kms_key=key)
        return PavedDatastore(
            purpose=store.purpose,
            capacity_gib=store.capacity_gib,
            # A bucket always is; a volume where whoever makes it says so, with AWS's own key.
            encrypted=True if objects else store.encrypted is not False,
            made_by="iaas",
            object=ObjectStore(
                protocol="s3",
                endpoint=f"https://{endpoint('s3', region)}",
                bucket=str(self.seen.standing(bucket_key(name)).output("name")),
                region=region,
                address=None,
            )
            if objects
            else None,
            driver=place.model_dump(),
        )

    def _principal(self, name: str) -> Principal:
        if name not in policies.users(self.spec):
            return Principal(principal=names.name(self.spec.name, name))
        user = str(self.seen.standing(user_key(name)).output("name"))
        place = AwsCredential(user=user, instance_profile=None)
        return Principal(principal=self.seen.standing(access_key_key(name)).id, driver=place.model_dump())

    def _balancer(self, name: str) -> PavedLoadBalancer:
        asked, have = self.spec.load_balancers[name], self.seen.standing(balancer_key(name))
        groups = [self.seen.standing(target_group_key(name, port)).output("name") for port in listeners(asked)]
        found = cast("Mapping[str, str]", have.output("addresses"))
        places_of = [self.settings.zones[zone] for zone in self.spec.network_zones(asked.network)]
        place = AwsLoadBalancer(
            arn=have.id,
            target_groups=tuple(str(group) for group in groups),
            security_group=self.seen.standing(rules.group_key(name)).id,
        )
        addresses = [IPv4Address(found[place]) for place in places_of if place in found]
        return load_balancer(self.spec, name, addresses, place.model_dump(mode="json"))
