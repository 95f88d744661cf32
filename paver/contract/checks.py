"""What one field of a spec cannot see by itself. Each check yields (path, message), so that all are told at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network

from paver.contract.addresses import BLOCK_MIN, HEAD, SLOTS, span
from paver.contract.capabilities import Capability
from paver.contract.spec import DriverSettings, EnvironmentSpec, SiteSettings
from paver.contract.types import Problem

OWN_NAMES = frozenset({"all", "director", "iaas", "internal", "jumpbox"})
"""Roles that paver itself gives to groups of rules, addresses and machines."""


def spec_problems(spec: EnvironmentSpec) -> Iterator[Problem]:
    """Everything in the neutral part of a spec that contradicts itself."""
    yield from _networks(spec)
    if spec.jumpbox.public and not spec.jumpbox.allow:
        yield ("jumpbox", "allow"), "a public jumpbox says who may reach it"
    balancing = spec.of_purpose("lb")
    for name, balancer in spec.load_balancers.items():
        yield from known(("load_balancers", name, "network"), balancer.network, balancing)
        seen: set[tuple[str, int]] = set()
        for index, port in enumerate(balancer.ports):
            if (port.protocol, port.listen) in seen:
                yield ("load_balancers", name, "ports", index), f"{port.protocol} {port.listen} stands here twice"
            seen.add((port.protocol, port.listen))
    for name, credential in spec.credentials.items():
        yield from known(("credentials", name, "datastore"), credential.datastore, spec.datastores)
    yield from _certificates(spec)
    for kind in ("networks", "datastores", "credentials", "load_balancers"):
        yield from (
            ((kind, name), f"{name} is a name of paver's own") for name in getattr(spec, kind) if name in OWN_NAMES
        )
    yield from (
        (("labels", key), "labels that begin with paver are paver's own")
        for key in spec.labels
        if key.startswith("paver")
    )


def settings_problems(
    spec: EnvironmentSpec, driver: str, settings: DriverSettings, capabilities: Collection[Capability]
) -> Iterator[Problem]:
    """Where a driver's section does not fit the spec, or the spec asks for what neither driver nor site gives."""
    base: tuple[str, ...] = ("iaas", driver)
    if settings.zones is not None:
        yield from (
            ((*base, "zones"), f"{zone} is placed nowhere") for zone in spec.zones if zone not in settings.zones
        )
        yield from (
            ((*base, "zones", zone), f"the environment has only {', '.join(spec.zones)}")
            for zone in settings.zones
            if zone not in spec.zones
        )
    yield from _capabilities(spec, base, settings, capabilities)
    if isinstance(settings, SiteSettings):
        yield from _site(spec, base, settings)


def known(path: tuple[str | int, ...], wanted: str | None, have: Iterable[str]) -> Iterator[Problem]:
    """The problem of a name that nothing bears."""
    have = tuple(have)
    if wanted is not None and wanted not in have:
        yield path, f"{wanted} is none of: {', '.join(have) or '(there is none)'}"


def _networks(spec: EnvironmentSpec) -> Iterator[Problem]:
    seen: dict[str, IPv4Network] = {}
    purposes: list[str] = []
    for name, network in spec.networks.items():
        at: tuple[str | int, ...] = ("networks", name)
        purposes.append(spec.purpose(name))
        if spec.purpose(name) not in SLOTS:
            yield at, f"purpose is missing: one of {', '.join(SLOTS)}"
            continue
        at, cidr = (*at, "cidr") if network.cidr else at, spec.cidr(name)
        if not cidr.subnet_of(spec.address_space) and not network.existing:
            yield at, f"{cidr} is outside address_space {spec.address_space}"
        other = next((other for other, taken in seen.items() if taken.overlaps(cidr)), None)
        if other is not None:  # the first is enough: five hundred of one range are not a hundred thousand mistakes
            yield at, f"{cidr} overlaps {other} ({seen[other]})"
        seen[name] = cidr
        yield from _network(spec, name, at)
    if purposes.count("management") != 1:
        yield ("networks",), "exactly one network has the purpose management"
    elif "management" in seen and "z1" not in spec.network_zones(spec.of_purpose("management")[0]):
        yield ("networks",), "the management network serves z1, where the director goes"
    if spec.jumpbox.public and not spec.of_purpose("lb"):
        yield ("jumpbox", "public"), "a public jumpbox stands in a network of purpose lb, and there is none"


def _network(spec: EnvironmentSpec, name: str, at: tuple[str | int, ...]) -> Iterator[Problem]:
    network, cidr = spec.networks[name], spec.cidr(name)
    if not set(network.zones or spec.zones) <= set(spec.zones):
        yield ("networks", name, "zones"), f"the environment has only {', '.join(spec.zones)}"
    elif not _roomy(spec, name):
        yield at, f"{cidr} leaves a zone fewer than {BLOCK_MIN} addresses: /25 or wider, or one zone"
    for index, taken in enumerate(network.reserved):
        low, high = span(taken)
        if low < int(cidr.network_address) or high > int(cidr.broadcast_address):
            yield ("networks", name, "reserved", index), f"{taken} is outside {cidr}"
    if spec.egress(name) == "direct" and spec.purpose(name) != "lb":
        yield ("networks", name, "egress"), "only a network of purpose lb has egress direct"
    if spec.egress(name) == "proxy" and not (spec.proxy.http or spec.proxy.https):
        yield ("networks", name, "egress"), "egress proxy needs proxy.http or proxy.https"


def _roomy(spec: EnvironmentSpec, name: str) -> bool:
    network = spec.networks[name]
    if spec.cidr(name).prefixlen > 30 and not (network.zones and len(network.zones) == 1):  # noqa: PLR2004  no quarters
        return False
    return min(block.num_addresses for block in spec.blocks(name).values()) >= BLOCK_MIN


def _certificates(spec: EnvironmentSpec) -> Iterator[Problem]:
    authorities, trusted = spec.certificates.authorities, spec.certificates.trusted
    for name in trusted:
        if name in authorities:
            yield ("certificates", "trusted", name), f"{name} is an authority of paver's own; call the site's otherwise"
    for name, authority in authorities.items():
        at = ("certificates", "authorities", name, "signed_by")
        if authority.signed_by is None or authority.signed_by in trusted:
            continue
        if authority.signed_by not in authorities:
            yield from known(at, authority.signed_by, [*(a for a in authorities if a != name), *trusted])
        elif name in _signers(name, {n: a.signed_by for n, a in authorities.items()}):
            yield at, f"{name} would sign itself by way of {authority.signed_by}"
    for name, leaf in spec.certificates.leaves.items():
        yield from known(("certificates", "leaves", name, "signed_by"), leaf.signed_by, [*authorities, *trusted])


def _signers(name: str, signed_by: Mapping[str, str | None]) -> set[str]:
    found: set[str] = set()
    at = signed_by.get(name)
    while at is not None and at not in found:
        found.add(at)
        at = signed_by.get(at)
    return found


def _capabilities(
    spec: EnvironmentSpec, base: tuple[str, ...], settings: DriverSettings, capabilities: Collection[Capability]
) -> Iterator[Problem]:
    given = settings.addresses if isinstance(settings, SiteSettings) else {}
    objects = [name for name, store in spec.datastores.items() if store.purpose == "object"]
    for capability, names in (
        (Capability.LOAD_BALANCER, list(spec.load_balancers)),
        (Capability.OBJECT_STORE, objects),
    ):
        if capability not in capabilities:
            yield from (
                ((*base, "addresses"), f"there is no {capability} here: give the address to keep for {name}")
                for name in names
                if name not in given
            )
    if Capability.ENCRYPTION not in capabilities:
        yield from (
            (("datastores", name, "encrypted"), f"{base[1]} cannot do that: {Capability.ENCRYPTION}")
            for name, store in spec.datastores.items()
            if store.encrypted and not store.existing and name not in given
        )
    if Capability.RESOLVER not in capabilities and not (settings.dns_servers or spec.dns.servers):
        yield (*base, "dns_servers"), f"there is no {Capability.RESOLVER} here: name the site's"
    for kind, capability in (("networks", Capability.ADOPT_NETWORK), ("datastores", Capability.ADOPT_DATASTORE)):
        if capability not in capabilities:
            yield from (
                ((kind, name, "existing"), f"{base[1]} cannot do that: {capability}")
                for name, thing in getattr(spec, kind).items()
                if thing.existing
            )


def _site(spec: EnvironmentSpec, base: tuple[str, ...], settings: SiteSettings) -> Iterator[Problem]:
    networks = [name for name in spec.networks if spec.purpose(name) in SLOTS]
    for name, gateway in settings.gateways.items():
        at = (*base, "gateways", name)
        yield from known(at, name, networks)
        if name in networks and gateway not in spec.cidr(name):
            yield at, f"{gateway} is outside {name} ({spec.cidr(name)})"
    taken: dict[IPv4Address, str] = {}
    wanted = [*spec.load_balancers, *(n for n, store in spec.datastores.items() if store.purpose == "object")]
    for name, address in settings.addresses.items():
        at = (*base, "addresses", name)
        yield from known(at, name, wanted)
        if address in taken:
            yield at, f"{address} is {taken[address]}'s"
        taken.setdefault(address, name)
        yield from ((at, problem) for problem in _placed(spec, networks, settings, address))


def _placed(spec: EnvironmentSpec, networks: list[str], settings: SiteSettings, address: IPv4Address) -> Iterator[str]:
    home = next((name for name in networks if address in spec.cidr(name)), None)
    if home is None:
        yield f"{address} is in none of the networks"
        return
    if settings.gateways.get(home) == address:
        yield f"{address} is the gateway of {home}"
    for taken in spec.networks[home].reserved:
        low, high = span(taken)
        if low <= int(address) <= high:
            yield f"{address} is in {taken}, which {home} reserves for others"
    if not set(spec.network_zones(home)) <= set(spec.zones) or not _roomy(spec, home):
        return
    for block in spec.blocks(home).values():
        offset = int(address) - int(block.network_address)
        if 0 <= offset < HEAD:
            yield f"{address} is at offset {offset} of its block; 0 to {HEAD - 1} are paver's and the IaaS's"
