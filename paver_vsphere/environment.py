"""The document's part that the driver knows. Pure: all of it is in the inventory, the spec and the section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from paver.contract import names
from paver.contract.driver import Description, Principal
from paver.contract.environment import (
    ObjectStore,
    PavedDatastore,
    PavedEnvironment,
    PavedJumpbox,
    PavedNetwork,
    Service,
    Target,
    Zone,
)
from paver.contract.errors import Rejected
from paver.contract.layout import assigned, jumpbox, jumpbox_network, lay_out, load_balancer, made, resolvers
from paver.contract.resource import Inventory, Key, Observed
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Frozen, FrozenDict, ZoneName
from paver_vsphere.appliance.wanted import KEY as APPLIANCE
from paver_vsphere.bootstrap import vcenter_address
from paver_vsphere.jumpbox.wanted import KEY as MACHINE
from paver_vsphere.resources.anti_affinity import KEY as ANTI_AFFINITY
from paver_vsphere.settings import VsphereSettings
from paver_vsphere.wanted import pool_name

_BEGIN = "-----BEGIN CERTIFICATE-----"


class VsphereTop(Frozen):
    """The document's `driver`."""

    vcenter: str
    vcenter_address: str | None
    datacenter: str
    vm_folder: str
    template_folder: str
    disk_path: str
    switch: str | None
    """The one that paver's port groups are on; none where every network is adopted."""


class VsphereZonePlace(Frozen):
    """A zone's `driver`."""

    cluster: str
    resource_pool: str
    host_group: str | None = None
    """The group of the cluster's hosts that the zone is; absent where it is not less than the cluster."""
    drs_rule: Literal["MUST", "SHOULD"] | None = None


class VsphereSubnet(Frozen):
    """A subnet's `driver`."""

    port_group: str
    """Or the segment of NSX."""
    vlan: int | str | None
    """One, 0 where it is untagged; a trunk's ranges; none of a segment."""


class VsphereJumpboxPlace(Frozen):
    """The jumpbox's `driver`."""

    vm: str
    """Its name. It was made in the environment's own folder."""
    drs_rule: str | None = None
    """The rule that keeps it off the host that the vCenter runs on; absent where there is none."""


class VsphereDatastore(Frozen):
    """A datastore's `driver`; None where the platform makes it."""

    datastore: str | None


def describe(
    spec: EnvironmentSpec, settings: VsphereSettings, seen: Inventory, identity: Mapping[str, str]
) -> Description:
    """The driver's description.

    Raises:
        Rejected: Something that the document needs is not there.
    """
    del identity
    appliance = seen.find(APPLIANCE)
    # The first session's identity is a bare host's where there is an appliance.
    instance = str(_found(seen, "datacenter", spec.name).outputs["instance"])
    ca = _authorities(str(appliance.outputs["ca"]) if appliance is not None else settings.ca or "")
    address = str(vcenter_address(spec, settings)) if settings.appliance is not None else None
    port = "" if settings.port == 443 else f":{settings.port}"  # noqa: PLR2004  HTTPS's own
    top = VsphereTop(
        vcenter=settings.vcenter,
        vcenter_address=address,
        datacenter=settings.datacenter,
        vm_folder=str(_found(seen, "folder", "vms").outputs["path"]),
        template_folder=str(_found(seen, "folder", "templates").outputs["path"]),
        disk_path=spec.name,
        switch=str(_found(seen, "switch", spec.name).outputs["name"]) if made(spec) else None,
    )
    users = [name for name, credential in spec.credentials.items() if credential.allows == "bosh-cpi"]
    return Description(
        target=Target(id=instance, location=settings.datacenter, endpoint=settings.vcenter),
        zones=FrozenDict({zone: _zone(spec, settings, seen, zone) for zone in spec.zones}),
        networks=FrozenDict({name: _network(spec, settings, seen, name) for name in spec.networks}),
        datastores=FrozenDict({name: _datastore(spec, settings, seen, name) for name in spec.datastores}),
        principals=FrozenDict({name: Principal(principal=_principal(spec, seen, name)) for name in spec.credentials}),
        load_balancers=FrozenDict(
            {
                name: load_balancer(spec, name, [settings.addresses[name]], {}, made_by="platform")
                for name in spec.load_balancers
            }
        ),
        jumpbox=_jumpbox(spec, settings, seen),
        services=FrozenDict(
            {
                "iaas": Service(
                    url=f"https://{settings.vcenter}{port}",
                    ca="iaas" if ca else None,
                    credential=users[0] if users else None,
                )
            }
        ),
        trusted=FrozenDict(ca),
        driver=top.model_dump(mode="json"),
    )


def vcenter_ca(environment: PavedEnvironment) -> str | None:
    """Whom a client of the vCenter trusts, PEM; None: the system's roots."""
    if environment.services["iaas"].ca is None:
        return None
    names_ = [name for name in environment.certificates.trusted if name == "iaas" or name.startswith("iaas-")]
    return "".join(map(environment.certificates.pem, names_))


def _authorities(pem: str) -> dict[str, str]:
    """Each certificate by a name: the one that a client needs now, then those of before and after."""
    _, *found = pem.split(_BEGIN)
    return {f"iaas-{number}" if number > 1 else "iaas": _BEGIN + one for number, one in enumerate(found, start=1)}


def _zone(spec: EnvironmentSpec, settings: VsphereSettings, seen: Inventory, zone: ZoneName) -> Zone:
    place = settings.zones[zone]
    found, rule = seen.find(Key(kind="host-group", name=zone)), place.host_group.rule if place.host_group else None
    group = None if found is None or rule is None else str(found.outputs["name"])
    driver = VsphereZonePlace(
        cluster=place.cluster,
        resource_pool=pool_name(spec, settings, zone),
        host_group=group,
        drs_rule=None if group is None else "MUST" if rule == "must" else "SHOULD",
    )
    return Zone(
        # A rule that DRS may break bounds nothing.
        fault_domain=f"{place.cluster}/{group}" if group is not None and rule == "must" else place.cluster,
        shares_fate_with=tuple(other for other in spec.zones if other != zone and _meet(settings, seen, zone, other)),
        driver=driver.model_dump(exclude_none=True),
    )


def _meet(settings: VsphereSettings, seen: Inventory, zone: ZoneName, other: ZoneName) -> bool:
    """Whether machines of two zones may run on one host: in one cluster, but for groups that have no host in common."""
    if settings.zones[zone].cluster != settings.zones[other].cluster:
        return False
    mine, theirs = _bounds(settings, seen, zone), _bounds(settings, seen, other)
    return mine is None or theirs is None or bool(mine & theirs)


def _bounds(settings: VsphereSettings, seen: Inventory, zone: ZoneName) -> frozenset[str] | None:
    """The hosts that a zone's machines must run on; None: any of the cluster's."""
    group, found = settings.zones[zone].host_group, seen.find(Key(kind="host-group", name=zone))
    if group is None or group.rule != "must" or found is None:
        return None
    return frozenset(str(found.outputs["hosts"]).split())


def _network(spec: EnvironmentSpec, settings: VsphereSettings, seen: Inventory, name: str) -> PavedNetwork:
    if spec.networks[name].existing:
        group = _found(seen, "network", name)
        vlan = group.outputs["vlan"]
    else:
        group = _found(seen, "port-group", name)
        vlan = group.actual["vlan"]
    place = VsphereSubnet(port_group=str(group.outputs["name"]), vlan=vlan if isinstance(vlan, int | str) else None)
    return lay_out(
        spec,
        name,
        subnets="one",
        dns=resolvers(spec, settings),
        gateway=settings.gateways.get(name),
        driver=lambda _: place.model_dump(),
    )


def _datastore(spec: EnvironmentSpec, settings: VsphereSettings, seen: Inventory, name: str) -> PavedDatastore:
    store = spec.datastores[name]
    if store.purpose == "object":
        return PavedDatastore(
            purpose="object",
            capacity_gib=store.capacity_gib,
            encrypted=store.encrypted,
            made_by="platform",
            object=ObjectStore(
                protocol="s3",
                endpoint=f"https://{name}.{spec.dns.zone}",
                bucket=names.global_name(spec.name, spec.id, name),
                region=None,
                address=settings.addresses[name],
            ),
            driver=VsphereDatastore(datastore=None).model_dump(),
        )
    return PavedDatastore(
        purpose=store.purpose,
        capacity_gib=store.capacity_gib,
        encrypted=store.encrypted,
        made_by="iaas",
        object=None,
        driver=VsphereDatastore(datastore=str(_found(seen, "datastore", name).outputs["name"])).model_dump(),
    )


def _jumpbox(spec: EnvironmentSpec, settings: VsphereSettings, seen: Inventory) -> PavedJumpbox | None:
    asked = settings.jumpbox
    if asked is None or spec.jumpbox.existing:
        return None
    have, rule = _found(seen, MACHINE.kind, MACHINE.name), seen.find(ANTI_AFFINITY)
    place = VsphereJumpboxPlace(
        vm=str(have.outputs["name"]), drs_rule=str(rule.outputs["name"]) if rule is not None else None
    )
    return jumpbox(
        spec,
        "vsphere",
        address=str(assigned(spec, jumpbox_network(spec))["jumpbox"]),
        public=None,
        user=asked.user,
        host_key=str(have.outputs["host_key"]),
        driver=place.model_dump(exclude_none=True),
    )


def _principal(spec: EnvironmentSpec, seen: Inventory, name: str) -> str:
    if spec.credentials[name].allows == "bosh-cpi":
        return str(_found(seen, "user", name).outputs["principal"])
    return names.name(spec.name, name)


def _found(seen: Inventory, kind: str, name: str) -> Observed:
    item = seen.find(Key(kind=kind, name=name))
    if item is None:
        raise Rejected(f"{kind}/{name} is not there", hint="paver pave makes it")
    return item
