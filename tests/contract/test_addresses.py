from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise

import pytest

from paver.contract import addresses
from paver.contract.layout import effective_proxy, lay_out
from paver.contract.spec import DriverSettings, EnvironmentSpec

MINIMAL = {
    "schema_version": 1,
    "name": "demo",
    "id": "3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17",
    "zones": 3,
    "address_space": "10.20.0.0/16",
    "dns": {"zone": "demo.example.com"},
}
PURPOSES = ("management", "services", "lb", "storage", "workload")


def spec(**changes: object) -> EnvironmentSpec:
    return EnvironmentSpec.model_validate({**MINIMAL, **changes})


def test_each_purpose_has_its_slot() -> None:
    space = IPv4Network("10.20.0.0/16")
    assert {purpose: str(addresses.slot_cidr(space, purpose)) for purpose in PURPOSES} == {
        "management": "10.20.0.0/20",
        "services": "10.20.16.0/20",
        "lb": "10.20.32.0/20",
        "storage": "10.20.48.0/20",
        "workload": "10.20.64.0/18",
    }


@pytest.mark.parametrize("prefix", range(16, 22))
def test_slots_never_overlap_and_every_zone_has_static_addresses(prefix: int) -> None:
    cidrs = [addresses.slot_cidr(IPv4Network(f"10.64.0.0/{prefix}"), purpose) for purpose in PURPOSES]
    assert not any(a.overlaps(b) for i, a in enumerate(cidrs) for b in cidrs[i + 1 :])
    for cidr, purpose in zip(cidrs, PURPOSES, strict=True):
        for block in addresses.zone_blocks(cidr, ("z1", "z2", "z3", "z4")).values():
            low, high = addresses.static_span(block)
            assert block.num_addresses >= 32
            assert high - low >= 5
            assert not any(a <= high and low <= b for a, b in addresses.reserved_spans(block, purpose))


def test_a_further_zone_renumbers_nothing() -> None:
    cidr = IPv4Network("10.20.0.0/20")
    by_count = [addresses.zone_blocks(cidr, ("z1", "z2", "z3", "z4")[:count]) for count in range(1, 5)]
    for fewer, more in pairwise(by_count):
        assert fewer.items() <= more.items()


@pytest.mark.parametrize("subnets", ["one", "per-zone"])
def test_static_addresses_of_a_zone_do_not_depend_on_how_the_iaas_cuts_subnets(subnets: str) -> None:
    laid = lay_out(spec(), "management", subnets=subnets, dns=(), driver=lambda _: {})  # type: ignore[arg-type]  # a literal of the parameters
    assert {zone: (str(held.block), held.static) for zone, held in laid.zones.items()} == {
        "z1": ("10.20.0.0/22", ("10.20.0.10-10.20.0.255",)),
        "z2": ("10.20.4.0/22", ("10.20.4.10-10.20.4.255",)),
        "z3": ("10.20.8.0/22", ("10.20.8.10-10.20.8.255",)),
    }
    assert laid.assigned == {"director": IPv4Address("10.20.0.6"), "jumpbox": IPv4Address("10.20.0.5")}


def test_reserved_ranges_are_cut_out_of_the_static_ones() -> None:
    networks = {"management": {}, "services": {"reserved": ["10.20.16.200-10.20.16.220"]}, "lb": {}}
    laid = lay_out(spec(networks=networks), "services", subnets="one", dns=(), driver=lambda _: {})
    assert laid.zones["z1"].static == ("10.20.16.10-10.20.16.199", "10.20.16.221-10.20.16.255")
    assert "10.20.16.200-10.20.16.220" in laid.subnets["services"].reserved


def test_a_router_elsewhere_is_reserved_where_it_stands() -> None:
    laid = lay_out(spec(), "lb", subnets="one", dns=(), gateway=IPv4Address("10.20.32.50"), driver=lambda _: {})
    subnet = laid.subnets["lb"]
    assert subnet.gateway == IPv4Address("10.20.32.50")
    assert laid.zones["z1"].static == ("10.20.32.10-10.20.32.49", "10.20.32.51-10.20.32.255")


def test_a_public_jumpbox_stands_in_the_lb_network() -> None:
    public = spec(jumpbox={"public": True, "allow": ["198.51.100.0/24"]})
    laid = lay_out(public, "lb", subnets="one", dns=(), driver=lambda _: {})
    assert laid.assigned == {"jumpbox": IPv4Address("10.20.32.5")}


def test_what_is_never_asked_through_the_proxy_is_always_listed() -> None:
    found = effective_proxy(spec(proxy={"https": "http://p:3128", "no_proxy": [".example.com"]}), DriverSettings())
    assert found.no_proxy == (".example.com", ".demo.example.com", "10.20.0.0/16", "127.0.0.1", "localhost")
