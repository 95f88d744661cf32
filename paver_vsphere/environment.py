"""The document's part that the driver knows. Pure: all of it is in the inventory, the spec and the section."""

from __future__ import annotations

from collections.abc import Mapping

from paver.contract import names
from paver.contract.driver import Description, Principal
from paver.contract.environment import (
    ObjectStore,
    PavedDatastore,
    PavedLoadBalancer,
    PavedNetwork,
    Service,
    Target,
    Zone,
)
from paver.contract.errors import Rejected
from paver.contract.layout import lay_out, resolvers
from paver.contract.resource import Inventory, Key, Observed
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Frozen, FrozenDict
from paver_vsphere.appliance.wanted import KEY as APPLIANCE
from paver_vsphere.bootstrap import vcenter_address
from paver_vsphere.settings import VsphereSettings
from paver_vsphere.wanted import datastore_name, pool_name


class VsphereTop(Frozen):
    """The document's `driver`."""

    vcenter: str
    vcenter_address: str | None
    datacenter: str
    vm_folder: str
    template_folder: str
    disk_path: str
    switch: str


class VsphereZonePlace(Frozen):
    """A zone's `driver`."""

    cluster: str
    resource_pool: str


class VsphereSubnet(Frozen):
    """A subnet's `driver`."""

    port_group: str
    vlan: int


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
    ca = str(appliance.outputs["ca"]) if appliance is not None else settings.ca
    address = str(vcenter_address(spec, settings)) if settings.appliance is not None else None
    port = "" if settings.port == 443 else f":{settings.port}"  # noqa: PLR2004  HTTPS's own
    top = VsphereTop(
        vcenter=settings.vcenter,
        vcenter_address=address,
        datacenter=settings.datacenter,
        vm_folder=str(_found(seen, "folder", "vms").outputs["path"]),
        template_folder=str(_found(seen, "folder", "templates").outputs["path"]),
        disk_path=spec.name,
        switch=str(_found(seen, "switch", spec.name).outputs["name"]),
    )
    users = [name for name, credential in spec.credentials.items() if credential.allows == "bosh-cpi"]
    return Description(
        target=Target(id=instance, location=settings.datacenter, endpoint=settings.vcenter),
        zones=FrozenDict({zone: _zone(spec, settings, zone) for zone in spec.zones}),
        networks=FrozenDict({name: _network(spec, settings, seen, name) for name in spec.networks}),
        datastores=FrozenDict({name: _datastore(spec, settings, name) for name in spec.datastores}),
        principals=FrozenDict({name: Principal(principal=_principal(spec, seen, name)) for name in spec.credentials}),
        load_balancers=FrozenDict(
            {
                name: PavedLoadBalancer(
                    host=f"{name}.{spec.dns.zone}",
                    addresses=(settings.addresses[name],),
                    network=balancer.network,
                    public=balancer.public,
                    ports=balancer.ports,
                    made_by="platform",
                    driver={},
                )
                for name, balancer in spec.load_balancers.items()
            }
        ),
        services=FrozenDict(
            {
                "iaas": Service(
                    url=f"https://{settings.vcenter}{port}",
                    ca="iaas" if ca else None,
                    credential=users[0] if users else None,
                )
            }
        ),
        trusted=FrozenDict({"iaas": ca} if ca else {}),
        driver=top.model_dump(mode="json"),
    )


def _zone(spec: EnvironmentSpec, settings: VsphereSettings, zone: str) -> Zone:
    cluster = settings.zones[zone].cluster  # type: ignore[index]  # a zone of the spec is one of the section's
    return Zone(
        fault_domain=cluster,
        shares_fate_with=tuple(o for o in spec.zones if o != zone and settings.zones[o].cluster == cluster),
        driver=VsphereZonePlace(cluster=cluster, resource_pool=pool_name(spec, settings, zone)).model_dump(),
    )


def _network(spec: EnvironmentSpec, settings: VsphereSettings, seen: Inventory, name: str) -> PavedNetwork:
    group = _found(seen, "port-group", name)
    vlan = group.actual["vlan"]
    place = VsphereSubnet(port_group=str(group.outputs["name"]), vlan=vlan if isinstance(vlan, int) else 0)
    return lay_out(
        spec,
        name,
        subnets="one",
        dns=resolvers(spec, settings),
        gateway=settings.gateways.get(name),
        driver=lambda _: place.model_dump(),
    )


def _datastore(spec: EnvironmentSpec, settings: VsphereSettings, name: str) -> PavedDatastore:
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
        driver=VsphereDatastore(datastore=datastore_name(spec, settings, name)).model_dump(),
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
