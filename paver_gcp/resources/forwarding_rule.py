"""Forwarding rules: an address and its ports, before a backend service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from paver.contract.resource import Key, Observed, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Name, Owner
from paver_gcp import marks, places
from paver_gcp.api import Record
from paver_gcp.listing import Look
from paver_gcp.resources.address import NOUN as ADDRESS
from paver_gcp.resources.address import address_key
from paver_gcp.resources.backend_service import INNER, PUBLIC, protocols, service_key
from paver_gcp.resources.compute import ComputeKind, bare, url
from paver_gcp.resources.noun import Labelled
from paver_gcp.resources.subnet import subnet_key
from paver_gcp.settings import GcpSettings

NOUN = "forwarding-rule"


class ForwardingRule(Labelled):
    """A rule of a passthrough balancer: what comes to a port goes to the same port."""

    scheme: str
    protocol: str
    address: Value
    """The number, which is what Google tells of it."""
    ports: tuple[int, ...]
    service: Value
    network: Value | None = None
    subnet: Value | None = None
    """Of an inner one."""


class ForwardingRuleKind(ComputeKind[ForwardingRule]):
    """`forwarding-rule/BALANCER/PROTOCOL`."""

    noun = NOUN
    collection = "forwardingRules"
    place = "regions"
    replace: ClassVar[frozenset[str]] = frozenset(
        {"scheme", "protocol", "address", "ports", "service", "network", "subnet"}
    )

    def body(self, want: ForwardingRule) -> Record:
        """An inner one says where it stands."""
        inner = {"network": url(want.network), "subnetwork": url(want.subnet)} if want.scheme == INNER else {}
        return {
            "loadBalancingScheme": want.scheme,
            "IPProtocol": want.protocol,
            "IPAddress": want.address,
            "ports": [str(port) for port in want.ports],
            "backendService": url(want.service),
            **inner,
        }

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """With the address that it stands on, which Google tells by number only."""
        inner = record.get("loadBalancingScheme") == INNER
        like = ForwardingRule(
            key=key,
            name=marks.implied(owner.name, key),
            scheme=record.get("loadBalancingScheme", ""),
            protocol=record.get("IPProtocol", ""),
            address=record.get("IPAddress", ""),
            ports=tuple(sorted(int(port) for port in record.get("ports", ()))),
            service=bare(record.get("backendService", "")),
            network=bare(record["network"]) if inner and record.get("network") else None,
            subnet=bare(record["subnetwork"]) if inner and record.get("subnetwork") else None,
            labels=marks.shown(record.get("labels", {}), owner, key),
        )
        addresses = look.claimed(ADDRESS) if look is not None else ()
        needs = [bare(found["selfLink"]) for _, found in addresses if found.get("address") == like.address]
        needs += [str(one) for one in (like.service, like.network, like.subnet) if one]
        return self.seen(
            like, bare(record["selfLink"]), owner, needs=tuple(needs), outputs={"address": str(like.address)}
        )


def rule_key(name: Name, protocol: str) -> Key:
    """The key of a balancer's rule."""
    return places.key(NOUN, name, protocol)


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[ForwardingRule]:
    """One for each load balancer and protocol."""
    del settings
    for name, balancer in spec.load_balancers.items():
        for protocol in protocols(spec, name):
            key = rule_key(name, protocol)
            yield ForwardingRule(
                key=key,
                name=places.native(spec, key),
                scheme=PUBLIC if balancer.public else INNER,
                protocol=protocol.upper(),
                address=ref(address_key(name), "address"),
                ports=tuple(sorted({port.listen for port in balancer.ports if port.protocol == protocol})),
                service=ref(service_key(name, protocol)),
                network=None if balancer.public else places.network(spec),
                subnet=None if balancer.public else ref(subnet_key(balancer.network)),
                note="public" if balancer.public else "inner",
            )
