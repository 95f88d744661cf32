"""Where the spec's networks and the section do not fit together."""

from __future__ import annotations

from collections.abc import Iterator

from paver.contract.checks import known
from paver.contract.layout import made
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Problem
from paver_vsphere.settings import VsphereSettings

Path = tuple[str | int, ...]


def network_problems(spec: EnvironmentSpec, settings: VsphereSettings, section: Path) -> Iterator[Problem]:
    """All of them, by path. Pure and offline.

    Args:
        spec: The whole spec.
        settings: The section.
        section: Where it stands in the file.
    """
    yield from _vlans(spec, settings, section)
    yield from _adopted(spec, settings, section)
    yield from _switch(spec, settings, section)


def _vlans(spec: EnvironmentSpec, settings: VsphereSettings, section: Path) -> Iterator[Problem]:
    for name in settings.vlans:
        yield from known((*section, "vlans", name), name, spec.networks)
    for name in made(spec):
        if name not in settings.vlans:
            yield (*section, "vlans"), f"{name} has no VLAN: give one, or 0 where it is untagged"
    for name in spec.of_purpose("management") if settings.appliance is not None else ():
        if isinstance(settings.vlans.get(name), str):
            yield (*section, "vlans", name), "the vCenter stands there and tags nothing: give one VLAN"
    for name in settings.security:
        yield from known((*section, "security", name), name, spec.networks)
        if name in spec.networks and spec.networks[name].existing:
            yield (*section, "security", name), f"{name} is existing: its policy is its owner's"


def _adopted(spec: EnvironmentSpec, settings: VsphereSettings, section: Path) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name, native in settings.port_groups.items():
        at = (*section, "port_groups", name)
        yield from known(at, name, spec.networks)
        if name in spec.networks and not spec.networks[name].existing:
            yield at, f"paver makes {name}'s port group: write existing: true at the network, or leave this out"
        if native in seen:
            yield at, f"{native} is {seen[native]}'s already"
        seen.setdefault(native, name)
    for name, network in spec.networks.items():
        if network.existing and name not in settings.port_groups:
            yield (*section, "port_groups"), f"{name} is existing: name its port group or segment"


def _switch(spec: EnvironmentSpec, settings: VsphereSettings, section: Path) -> Iterator[Problem]:
    if settings.switch is not None and any(zone.hosts for zone in settings.zones.values()):
        yield (*section, "switch"), "a host that paver adds is on no switch yet: let paver make one for it"
    if settings.switch is None and made(spec):
        return
    why = "every network is existing" if not made(spec) else f"{settings.switch} is there already"
    given = {"uplinks": bool(settings.uplinks), "mtu": settings.mtu is not None}
    given["switch"] = settings.switch is not None and not made(spec)
    for name in (name for name, there in given.items() if there):
        yield (*section, name), f"no switch is made, since {why}: leave {name} out"
