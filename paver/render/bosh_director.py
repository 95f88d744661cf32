"""`bosh-director`: variables for `bosh create-env bosh.yml -o CPI/cpi.yml`, and the operations to apply after them.

The stock manifest asks the public resolvers and time servers of one company; here both are the environment's, and the
director trusts what the environment trusts.
"""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.bosh import Bosh, Operation, Variables, director_place
from paver.contract.environment import PavedEnvironment
from paver.render.rendering import Rendering, Tree

DIRECTOR = "/instance_groups/name=bosh/properties"


def render(environment: PavedEnvironment, bosh: Bosh) -> tuple[Rendering, ...]:
    """Variables first, then operations."""
    native = bosh.director(environment)
    return (
        Rendering("director-vars.yml", "yaml", {**common(environment), **native.variables}),
        Rendering("director-ops.yml", "yaml", [_entry(one) for one in (*_operations(environment), *native.operations)]),
    )


def common(environment: PavedEnvironment) -> Variables:
    """What is the same on every IaaS."""
    network, name = director_place(environment)
    subnet = environment.networks[network].subnets[name]
    proxy = environment.proxy
    return {
        "director_name": environment.name,
        "internal_cidr": str(subnet.cidr),
        "internal_gw": str(subnet.gateway),
        "internal_ip": str(environment.networks[network].assigned["director"]),
        "internal_dns": [str(server) for server in subnet.dns],
        "internal_ntp": list(environment.ntp),
        "http_proxy": proxy.http or "",
        "https_proxy": proxy.https or "",
        "no_proxy": ",".join(proxy.no_proxy),
        "trusted_ca_cert": environment.certificates.bundle_pem(),
    }


def _operations(environment: PavedEnvironment) -> Iterator[Operation]:
    yield Operation("/networks/name=default/subnets/0/dns", "((internal_dns))")
    # An environment without time servers of its own gets none: what the stock manifest names is not reached from
    # a closed site, and a hypervisor's clock is better than a timeout.
    yield Operation(f"{DIRECTOR}/agent/env/bosh/ntp?", "((internal_ntp))")
    yield Operation("/resource_pools/name=vms/env/bosh/ntp?", "((internal_ntp))")
    if environment.certificates.bundle:
        yield Operation(f"{DIRECTOR}/director/trusted_certs?", "((trusted_ca_cert))")
    if environment.proxy.http or environment.proxy.https:
        proxy: Tree = {name: f"(({name}))" for name in ("http_proxy", "https_proxy", "no_proxy")}
        yield Operation(f"{DIRECTOR}/env?", proxy)
        yield Operation("/cloud_provider/properties/env?", proxy)


def _entry(operation: Operation) -> Tree:
    entry = {"type": operation.type, "path": operation.path}
    return entry if operation.type == "remove" else {**entry, "value": operation.value}
