"""What an environment document promises beyond its fields. Each check yields (path, message)."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterator

from paver.contract.addresses import Span, span
from paver.contract.checks import known
from paver.contract.environment import PavedEnvironment, PavedNetwork, Subnet
from paver.contract.types import Problem


def environment_problems(environment: PavedEnvironment) -> Iterator[Problem]:
    """Everything in a document that contradicts itself."""
    if environment.owner.name != environment.name:
        yield ("owner", "name"), f"is {environment.owner.name}, the environment is {environment.name}"
    for name, network in environment.networks.items():
        yield from _network(environment, name, network)
    yield from _certificates(environment)
    trusted, credentials = environment.certificates.trusted, environment.credentials
    for name, service in environment.services.items():
        yield from known(("services", name, "ca"), service.ca, trusted)
        yield from known(("services", name, "credential"), service.credential, credentials)
    for name, credential in credentials.items():
        yield from known(("credentials", name, "datastore"), credential.datastore, environment.datastores)
    if "PRIVATE KEY" in environment.model_dump_json():
        yield (), "a private key stands in the document"


def _network(environment: PavedEnvironment, name: str, network: PavedNetwork) -> Iterator[Problem]:
    subnets = list(network.subnets.items())
    for index, (subnet_name, subnet) in enumerate(subnets):
        at: tuple[str | int, ...] = ("networks", name, "subnets", subnet_name)
        yield from ((at, what) for what in _subnet(network, subnet))
        if any(subnet.cidr.overlaps(other.cidr) for _, other in subnets[index + 1 :]):
            yield at, "overlaps another subnet of its network, which BOSH refuses"
    for zone, addresses in network.zones.items():
        home = network.subnets.get(addresses.subnet)
        held = home is not None and zone in home.zones and addresses.block.subnet_of(home.cidr)
        if zone not in environment.zones or not held:
            yield ("networks", name, "zones", zone), "its subnet does not hold its block, or serves other zones"
    reserved = [span(taken) for subnet in network.subnets.values() for taken in subnet.reserved]
    for role, address in network.assigned.items():
        if not _within(int(address), reserved):
            yield ("networks", name, "assigned", role), f"{address} is not reserved: BOSH could hand it out"


def _subnet(network: PavedNetwork, subnet: Subnet) -> Iterator[str]:
    if not subnet.cidr.subnet_of(network.cidr) or subnet.gateway not in subnet.cidr:
        yield "cidr leaves its network, or gateway leaves cidr"
    reserved, static = [span(r) for r in subnet.reserved], [span(r) for r in subnet.static]
    if not _within(int(subnet.gateway), reserved):
        yield "the gateway is not reserved"
    if any(a <= d and c <= b for a, b in reserved for c, d in static):
        yield "static and reserved ranges overlap, which BOSH refuses"


def _within(address: int, spans: list[Span]) -> bool:
    return any(first <= address <= last for first, last in spans)


def _certificates(environment: PavedEnvironment) -> Iterator[Problem]:
    found = environment.certificates
    single = [(("leaves", name), leaf.certificate) for name, leaf in found.leaves.items()]
    single += [(("trusted", name), certificate) for name, certificate in found.trusted.items()]
    single += [
        (("authorities", name), certificate)
        for name, authority in found.authorities.items()
        for certificate in authority.certificates
    ]
    for path, certificate in single:
        try:
            der = ssl.PEM_cert_to_DER_cert(certificate.pem)
        except ValueError:
            yield ("certificates", *path), "pem is no certificate"
            continue
        if hashlib.sha256(der).hexdigest() != certificate.sha256:
            yield ("certificates", *path), "sha256 is not the PEM's"
    for name in found.bundle:
        yield from known(("certificates", "bundle"), name, [*found.authorities, *found.trusted])
