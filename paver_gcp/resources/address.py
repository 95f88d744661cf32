"""Addresses that are reserved: public ones of NAT, jumpbox and balancers, and inner ones of balancers."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Any, ClassVar

from paver.contract.resource import Key, Observed, Value, ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_gcp import marks, places
from paver_gcp.api import Record
from paver_gcp.listing import Look
from paver_gcp.resources.compute import ComputeKind, bare, url
from paver_gcp.resources.noun import Labelled
from paver_gcp.resources.subnet import subnet_key
from paver_gcp.settings import GcpSettings

NOUN = "address"
NAT, JUMPBOX = "nat", "jumpbox"
PUBLIC, INNER = "EXTERNAL", "INTERNAL"
SINGLE, SHARED = "GCE_ENDPOINT", "SHARED_LOADBALANCER_VIP"
"""What an inner address is for: one forwarding rule, or several, of TCP and of UDP."""


class Address(Labelled):
    """An address: a public one is whichever Google gives."""

    reach: str
    subnet: Value | None = None
    address: IPv4Address | None = None
    """Of an inner one."""
    purpose: str | None = None
    """Of an inner one: for one forwarding rule, or for several."""


class AddressKind(ComputeKind[Address]):
    """`address/nat`, `address/jumpbox`, `address/BALANCER`."""

    noun = NOUN
    collection = "addresses"
    place = "regions"
    replace: ClassVar[frozenset[str]] = frozenset({"reach", "subnet", "address", "purpose"})

    def body(self, want: Address) -> Record:
        """An inner one is asked for by its number."""
        if want.reach == PUBLIC:
            return {"addressType": PUBLIC, "networkTier": "PREMIUM"}
        return {
            "addressType": INNER,
            "subnetwork": url(want.subnet),
            "address": str(want.address),
            "purpose": want.purpose,
        }

    def observed(self, record: Record, key: Key, owner: Owner, look: Look | None = None) -> Observed:
        """A public one's number is an output and no wish."""
        inner = record.get("addressType") == INNER
        subnet = bare(record["subnetwork"]) if inner else None
        like = Address(
            key=key,
            name=marks.implied(owner.name, key),
            reach=INNER if inner else PUBLIC,
            subnet=subnet,
            address=record.get("address") if inner else None,
            purpose=record.get("purpose") if inner else None,
            labels=marks.shown(record.get("labels", {}), owner, key),
        )
        outputs: dict[str, Any] = {"address": record.get("address", "")}
        return self.seen(like, bare(record["selfLink"]), owner, needs=(subnet,) if subnet else (), outputs=outputs)


def address_key(name: str) -> Key:
    """The key of an address."""
    return places.key(NOUN, name)


def wanted(spec: EnvironmentSpec, settings: GcpSettings) -> Iterator[Address]:
    """As many as there are ways in and out."""
    del settings
    public = [NAT] if places.translated(spec) else []
    public += [JUMPBOX] if spec.jumpbox.public and not spec.jumpbox.existing else []
    public += [name for name, balancer in spec.load_balancers.items() if balancer.public]
    for name in public:
        key = address_key(name)
        yield Address(key=key, name=places.native(spec, key), reach=PUBLIC, note="public")
    for name, address in places.balancer_addresses(spec).items():
        key, network = address_key(name), spec.load_balancers[name].network
        yield Address(
            key=key,
            name=places.native(spec, key),
            reach=INNER,
            subnet=ref(subnet_key(network)),
            address=address,
            purpose=SHARED if len({port.protocol for port in spec.load_balancers[name].ports}) > 1 else SINGLE,
            note=str(address),
        )
