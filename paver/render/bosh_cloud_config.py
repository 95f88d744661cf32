"""`bosh-cloud-config`: zones, networks, sizes and balancers under names that are the same on every IaaS.

A manifest that keeps to these names deploys anywhere. Each zone is the fault domain that it really is.
"""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.bosh import DISK_SIZES, VM_SIZES, Bosh
from paver.contract.environment import PavedEnvironment
from paver.contract.errors import Rejected
from paver.contract.types import Name
from paver.render.rendering import Rendering, Tree

WORKERS = 5
"""How many machines compile at one time, reused from one package to the next."""
COMPILES_ON = "medium"


def render(environment: PavedEnvironment, bosh: Bosh) -> tuple[Rendering, ...]:
    """For `bosh update-cloud-config`."""
    tree = {
        "azs": [{"name": zone, **_properties(bosh.zone(environment, zone))} for zone in environment.zones],
        "networks": [_network(environment, bosh, name) for name in environment.networks],
        "vm_types": [
            {"name": name, **_properties(bosh.machine(environment, name, size))} for name, size in VM_SIZES.items()
        ],
        "disk_types": [
            {"name": name, "disk_size": size, **_properties(bosh.disk(environment))}
            for name, size in DISK_SIZES.items()
        ],
        "vm_extensions": list(_extensions(environment, bosh)),
        "compilation": _compilation(environment),
    }
    return (Rendering("cloud-config.yml", "yaml", tree),)


def _network(environment: PavedEnvironment, bosh: Bosh, name: Name) -> Tree:
    subnets = [
        {
            "range": str(subnet.cidr),
            "gateway": str(subnet.gateway),
            "azs": list(subnet.zones),
            "dns": [str(server) for server in subnet.dns],
            "reserved": list(subnet.reserved),
            "static": list(subnet.static),
            **_properties(bosh.subnet(environment, name, key)),
        }
        for key, subnet in environment.networks[name].subnets.items()
    ]
    return {"name": name, "type": "manual", "subnets": subnets}


def _extensions(environment: PavedEnvironment, bosh: Bosh) -> Iterator[Tree]:
    further = bosh.extensions(environment)
    for name in environment.load_balancers:
        if name in further:
            raise Rejected(f"the load balancer {name} bears the name of a vm_extension of {environment.iaas}",
                           hint="rename it in the spec")  # fmt: skip
        yield {"name": name, "cloud_properties": dict(bosh.balancer(environment, name))}
    for name, properties in further.items():
        yield {"name": name, "cloud_properties": dict(properties)}


def _compilation(environment: PavedEnvironment) -> Tree:
    networks = environment.networks
    network = next((name for name, one in networks.items() if one.purpose == "workload"), next(iter(networks)))
    return {
        "workers": WORKERS,
        "reuse_compilation_vms": True,
        "az": next(iter(networks[network].zones)),
        "vm_type": COMPILES_ON,
        "network": network,
    }


def _properties(found: Tree) -> Tree:
    return {"cloud_properties": dict(found)} if found else {}
