"""Addresses: what the environment's ranges would meet in the network that is there, or beside it."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from paver.contract.driver import Finding
from paver.contract.errors import NotFound
from paver.contract.findings import bad, good
from paver.contract.layout import made
from paver.contract.names import read_marker
from paver.contract.spec import EnvironmentSpec
from paver_gcp import places
from paver_gcp.api import Api, Record
from paver_gcp.section import SECTION
from paver_gcp.settings import GcpSettings


def conflicts(api: Api, spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Finding]:
    """Each range that cannot be. In a network of its own the environment meets nobody."""
    path = places.network_path(settings)
    if path is None:
        yield good("addresses", f"{spec.address_space} is in a network of its own")
        return
    try:
        network = api.read("compute", path)
    except NotFound:
        yield bad("addresses", f"there is no network {path}", path=(*SECTION, "network"))
        return
    found = [*_in_use(api, network, spec), *_given(api, spec, settings, path)]
    yield from found
    if not found:
        yield good("addresses", f"all ranges are free in {network['name']}")


def _in_use(api: Api, network: Record, spec: EnvironmentSpec) -> Iterator[Finding]:
    """Subnets of all regions: their ranges are unique in a network. Where none is made, none is looked at."""
    if not made(spec):
        return
    host = str(network["selfLink"]).partition("projects/")[2].split("/")[0]
    for subnet in api.aggregated(f"projects/{host}/aggregated/subnetworks", "subnetworks"):
        marked = read_marker(subnet.get("description"))
        if subnet["network"] != network["selfLink"] or (marked is not None and marked[0].id == spec.id):
            continue
        for name in made(spec):
            if spec.cidr(name).overlaps(IPv4Network(subnet["ipCidrRange"])):
                what = f"{spec.cidr(name)} overlaps the subnet {subnet['name']} ({subnet['ipCidrRange']})"
                yield bad("addresses", what, "choose a range that is free", ("networks", name))


def _given(api: Api, spec: EnvironmentSpec, settings: GcpSettings, path: str) -> Iterator[Finding]:
    for name, asked in spec.networks.items():
        if not asked.existing:
            continue
        at = (*SECTION, "subnets", name)
        try:
            subnet = api.read("compute", places.subnet_path(settings, name))
        except NotFound:
            yield bad("addresses", f"there is no subnet {settings.subnets[name]}", path=at)
            continue
        if not str(subnet["network"]).endswith(path):
            yield bad("addresses", f"the subnet {subnet['name']} is in another network", path=at)
        if IPv4Network(subnet["ipCidrRange"]) != spec.cidr(name):
            what = f"the subnet {subnet['name']} is {subnet['ipCidrRange']}, the spec says {spec.cidr(name)}"
            yield bad("addresses", what, path=("networks", name, "cidr"))
