"""The environment as one flat list of neutral names, the same on every IaaS: no subnet, no native id is among them.

Parts of a name are joined by `_`, which occurs in no name of a spec: `network_workload_z1_gateway`. What only one IaaS
has more of (a network has one subnet, or one a zone) is told a zone at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from paver.contract.environment import PavedEnvironment, PavedNetwork
from paver.render.rendering import Concealed

Value = str | int | bool | list[str | int] | Concealed
"""A value that is not there is an empty text: the name is there all the same."""


def flat(environment: PavedEnvironment) -> dict[str, Value]:
    """Every neutral value by its name."""
    return {name: _value(value) for name, value in _all(environment)}


def _all(environment: PavedEnvironment) -> Iterator[tuple[str, Any]]:
    yield "environment", environment.name
    yield "iaas", environment.iaas
    yield "owner", str(environment.owner.id)
    yield "target_id", environment.target.id
    yield "target_location", environment.target.location
    yield "target_endpoint", environment.target.endpoint
    yield "zones", environment.zones
    for zone, place in environment.zones.items():
        yield f"zone_{zone}_fault_domain", place.fault_domain
        yield f"zone_{zone}_shares_fate_with", place.shares_fate_with
    yield "networks", environment.networks
    for name, network in environment.networks.items():
        yield from _network(f"network_{name}", network)
    yield from _stores(environment)
    yield from _trust(environment)
    for name, balancer in environment.load_balancers.items():
        yield f"load_balancer_{name}_host", balancer.host
        yield f"load_balancer_{name}_addresses", balancer.addresses
        yield f"load_balancer_{name}_network", balancer.network
        yield f"load_balancer_{name}_public", balancer.public
        yield f"load_balancer_{name}_made_by", balancer.made_by
        yield f"load_balancer_{name}_ports", [port.listen for port in balancer.ports]
        yield f"load_balancer_{name}_targets", [port.target for port in balancer.ports]
    yield from _jumpbox(environment)
    yield "dns_zone", environment.dns.zone
    yield "dns_servers", environment.dns.servers
    yield "ntp", environment.ntp
    yield "http_proxy", environment.proxy.http
    yield "https_proxy", environment.proxy.https
    yield "no_proxy", ",".join(environment.proxy.no_proxy)
    for name, service in environment.services.items():
        yield f"service_{name}_url", service.url
        yield f"service_{name}_ca", environment.certificates.pem(service.ca) if service.ca else None
    for name, value in environment.labels.items():
        yield f"label_{name}", value


def _network(at: str, network: PavedNetwork) -> Iterator[tuple[str, Any]]:
    yield f"{at}_purpose", network.purpose
    yield f"{at}_cidr", network.cidr
    yield f"{at}_egress", network.egress
    yield f"{at}_zones", network.zones
    for zone, held in network.zones.items():
        subnet = network.subnets[held.subnet]
        yield f"{at}_{zone}_block", held.block
        yield f"{at}_{zone}_static", held.static
        yield f"{at}_{zone}_range", subnet.cidr
        yield f"{at}_{zone}_gateway", subnet.gateway
        yield f"{at}_{zone}_dns", subnet.dns
        yield f"{at}_{zone}_reserved", subnet.reserved
    for role, address in network.assigned.items():
        yield f"{at}_address_{role}", address


def _stores(environment: PavedEnvironment) -> Iterator[tuple[str, Any]]:
    for name, store in environment.datastores.items():
        yield f"datastore_{name}_purpose", store.purpose
        yield f"datastore_{name}_capacity_gib", store.capacity_gib
        yield f"datastore_{name}_encrypted", store.encrypted
        yield f"datastore_{name}_made_by", store.made_by
        if store.object is not None:
            yield f"datastore_{name}_protocol", store.object.protocol
            yield f"datastore_{name}_endpoint", store.object.endpoint
            yield f"datastore_{name}_bucket", store.object.bucket
            yield f"datastore_{name}_region", store.object.region
            yield f"datastore_{name}_address", store.object.address
    for name, credential in environment.credentials.items():
        yield f"credential_{name}_allows", credential.allows
        yield f"credential_{name}_principal", credential.principal
        yield f"credential_{name}_rotate_by", credential.rotate_by.isoformat().replace("+00:00", "Z")
        yield f"credential_{name}_secret", Concealed(credential.secret)


def _trust(environment: PavedEnvironment) -> Iterator[tuple[str, Any]]:
    certificates = environment.certificates
    yield "trusted_ca_cert", certificates.bundle_pem()
    for name in certificates.authorities:
        yield f"authority_{name}_cert", certificates.pem(name)
    for name, leaf in certificates.leaves.items():
        yield f"certificate_{name}_names", leaf.names
        yield f"certificate_{name}_cert", leaf.certificate.pem
        yield f"certificate_{name}_ca", chain(environment, leaf.signed_by)
        yield f"certificate_{name}_key", Concealed(leaf.key)


def _jumpbox(environment: PavedEnvironment) -> Iterator[tuple[str, Any]]:
    box = environment.jumpbox
    yield "jumpbox_host", box.host if box else None
    yield "jumpbox_address", box.address if box else None
    yield "jumpbox_public_address", box.public_address if box else None
    yield "jumpbox_port", box.port if box else None
    yield "jumpbox_user", box.user if box else None
    yield "jumpbox_host_key", box.host_key if box else None
    yield "jumpbox_key", Concealed(box.key if box else None)


def chain(environment: PavedEnvironment, signer: str) -> str:
    """The certificates of a signer and of those above it, joined."""
    certificates, found, name = environment.certificates, "", signer
    while name in certificates.authorities:
        found += certificates.pem(name)
        above = certificates.authorities[name].signed_by
        if above is None:
            return found
        name = above
    return found + (certificates.pem(name) if name in certificates.trusted else "")


def _value(value: Any) -> Value:  # noqa: ANN401  a document's fields, each of its own type
    if value is None:
        return ""
    if isinstance(value, bool | int | Concealed):
        return value
    if isinstance(value, list | tuple | dict):
        return [item if isinstance(item, int) else str(item) for item in value]
    return str(value)
