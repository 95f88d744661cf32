"""What BOSH's CPI for vSphere wants to be told. Sources: cloudfoundry/bosh-vsphere-cpi-release, bosh-deployment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import ClassVar

from pydantic import JsonValue

from paver.contract.bosh import (
    Bosh,
    Director,
    Operation,
    Properties,
    Reveal,
    Variable,
    Variables,
    VmSize,
    credential_for,
    director_place,
    director_zone,
)
from paver.contract.environment import PavedEnvironment
from paver.contract.findings import Finding, safely
from paver.contract.spec import DriverSettings
from paver.contract.types import Kept, Name, ZoneName
from paver_vsphere.environment import VsphereDatastore, VsphereSubnet, VsphereTop, VsphereZonePlace, vcenter_ca
from paver_vsphere.settings import VsphereSettings

PROPERTIES = ("/instance_groups/name=bosh/properties/vcenter", "/cloud_provider/properties/vcenter")
"""Where the director's manifest says vCenter: for the director, and for the CPI that makes it."""
BUCC_SIZE = {"vcenter_vm_cpu": 4, "vcenter_vm_ram": 16640, "vcenter_vm_disk": 50000}
"""What BUCC's machine has unless its user says otherwise: CPUs, MiB, MiB."""


class VsphereBosh(Bosh):
    """Clusters, port groups, and machines of any size."""

    cpi: ClassVar[str] = "vsphere"

    def director(self, environment: PavedEnvironment) -> Director:
        """Its own pattern for each of ephemeral and persistent disks; the stock files share every datastore."""
        top, place = _top(environment), _place(environment, director_zone(environment))
        cpi = credential_for(environment, "bosh-cpi")
        found: dict[str, Variable] = {
            "network_name": _port_group(environment, *director_place(environment)),
            "vcenter_ip": top.vcenter,
            "vcenter_user": cpi.principal,
            "vcenter_password": cpi.secret,
            "vcenter_dc": top.datacenter,
            "vcenter_cluster": place.cluster,
            "vcenter_rp": place.resource_pool,
            "vcenter_ds": _pattern(_datastores(environment)),
            "vcenter_ephemeral_ds": _pattern(_datastores(environment, "ephemeral")),
            "vcenter_persistent_ds": _pattern(_datastores(environment, "persistent")),
            "vcenter_vms": top.vm_folder,
            "vcenter_templates": top.template_folder,
            "vcenter_disks": top.disk_path,
        }
        authority = vcenter_ca(environment)
        if authority is not None:
            found["vcenter_ca_cert"] = authority
        return Director({**found, **_of_zones(environment)}, tuple(_operations(place, trusted=authority is not None)))

    def zone(self, environment: PavedEnvironment, zone: ZoneName) -> Properties:
        """The datacenter's cluster, and the pool in it."""
        place = _place(environment, zone)
        clusters = [{place.cluster: {"resource_pool": place.resource_pool, **_host_group(place)}}]
        return {"datacenters": [{"name": _top(environment).datacenter, "clusters": clusters}]}  # type: ignore[dict-item]  # JSON, of invariant lists

    def subnet(self, environment: PavedEnvironment, network: Name, subnet: str) -> Properties:
        """The port group."""
        return {"name": _port_group(environment, network, subnet)}

    def machine(self, environment: PavedEnvironment, name: str, size: VmSize) -> Properties:
        """As asked: a virtual machine has any size."""
        return {"cpu": size.cpu, "ram": size.ram, "disk": size.disk}

    def balancer(self, environment: PavedEnvironment, name: Name) -> Properties:
        """Nothing: the platform's own balancer takes the address that is kept for it."""
        return {}

    def bucc(self, environment: PavedEnvironment) -> Variables:
        """One large machine."""
        _, subnet = director_place(environment)
        dns = environment.networks[director_place(environment)[0]].subnets[subnet].dns
        return {**BUCC_SIZE, "vcenter_dns": [str(server) for server in dns]}

    def checks(self, environment: PavedEnvironment, settings: DriverSettings, reveal: Reveal) -> Sequence[Finding]:
        """As the user that paver made: inventory paths, patterns, port groups, privileges on each."""
        from paver_vsphere.bosh_checks import bosh_findings  # noqa: PLC0415  who renders needs no SDK

        assert isinstance(settings, VsphereSettings)  # noqa: S101  the driver's own section
        return safely("bosh", bosh_findings(self, environment, settings, reveal))


def _operations(place: VsphereZonePlace, *, trusted: bool) -> Iterable[Operation]:
    pool: dict[str, JsonValue] = {"resource_pool": "((vcenter_rp))", **_host_group(place)}
    for properties in PROPERTIES:
        yield Operation(f"{properties}/datacenters/0/datastore_pattern", "((vcenter_ephemeral_ds))")
        yield Operation(f"{properties}/datacenters/0/persistent_datastore_pattern", "((vcenter_persistent_ds))")
        yield Operation(f"{properties}/datacenters/0/clusters", [{"((vcenter_cluster))": pool}])
        if trusted:
            yield Operation(f"{properties}/connection_options?/ca_cert", "((vcenter_ca_cert))")


def _host_group(place: VsphereZonePlace) -> dict[str, JsonValue]:
    """The hosts that machines of a zone run on; the CPI makes the rule."""
    if place.host_group is None:
        return {}
    return {"host_group": {"name": place.host_group, "drs_rule": place.drs_rule}}


def _of_zones(environment: PavedEnvironment) -> Variables:
    """What the cloud-config for vSphere in cf-deployment asks for, a zone at a time; its network is the workload's."""
    network = next((name for name, paved in environment.networks.items() if paved.purpose == "workload"), None)
    found: dict[str, Variable] = {}
    for zone in environment.zones:
        place = _place(environment, zone)
        found |= {
            f"{zone}_cluster": place.cluster,
            f"{zone}_resource_pool": place.resource_pool,
            f"{zone}_datacenter_name": _top(environment).datacenter,
        }
        if network is None or zone not in environment.networks[network].zones:
            continue
        name = environment.networks[network].zones[zone].subnet
        subnet = environment.networks[network].subnets[name]
        found |= {
            f"{zone}_network_name": _port_group(environment, network, name),
            f"{zone}_network_gateway": str(subnet.gateway),
            f"{zone}_network_dns_array": [str(server) for server in subnet.dns],
            f"{zone}_network_range": str(subnet.cidr),
            f"{zone}_network_reserved_array": list(subnet.reserved),
        }
    return found


def _top(environment: PavedEnvironment) -> VsphereTop:
    return VsphereTop.model_validate(environment.driver)


def _place(environment: PavedEnvironment, zone: ZoneName) -> VsphereZonePlace:
    return VsphereZonePlace.model_validate(environment.zones[zone].driver)


def _port_group(environment: PavedEnvironment, network: Name, subnet: str) -> str:
    return VsphereSubnet.model_validate(environment.networks[network].subnets[subnet].driver).port_group


def _datastores(environment: PavedEnvironment, *purposes: Kept) -> list[str]:
    stores = environment.datastores.values()
    wanted = [store for store in stores if not purposes or store.purpose in purposes]
    named = [VsphereDatastore.model_validate(store.driver).datastore for store in wanted]
    return [name for name in named if name is not None]


def _pattern(datastores: list[str]) -> str:
    """A regular expression that matches these names and no longer ones."""
    return f"^({'|'.join(map(_escaped, datastores))})$"


def _escaped(name: str) -> str:
    # `re.escape` writes `\-`, which is right and hard to read; a hyphen means nothing outside a class.
    return re.escape(name).replace("\\-", "-")
