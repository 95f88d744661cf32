"""A spec with nothing left out: every default, and every address that the rules derive, for people and for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paver.contract import layout
from paver.contract.spec import DriverSettings, EnvironmentSpec, SiteSettings
from paver.contract.types import FrozenDict, SecretRef
from paver.settings.load import Checked, LoadedSpec


def resolved(found: LoadedSpec | Checked) -> dict[str, Any]:
    """The spec as paver understands it, as plain JSON values; `found` has no messages.

    What a driver's section says of gateways, resolvers, time and proxy is taken where there is exactly one section.
    """
    if isinstance(found, LoadedSpec):
        return _resolved(found.spec, {found.iaas: found.settings})
    if found.spec is None:
        raise ValueError("a spec that is not valid has nothing to resolve")
    return _resolved(found.spec, found.settings)


def _resolved(spec: EnvironmentSpec, sections: Mapping[str, DriverSettings]) -> dict[str, Any]:
    site = next(iter(sections.values())) if len(sections) == 1 else DriverSettings()
    jumpbox = layout.jumpbox_network(spec)
    servers = layout.resolvers(spec, site)
    plain: dict[str, Any] = _plain(spec)
    return plain | {
        "zones": list(spec.zones),
        "networks": {name: _network(spec, name, site) for name in spec.networks},
        "load_balancers": {
            name: {
                **plain["load_balancers"][name],
                "allow": [str(one) for one in balancer.allow] or _everyone(spec, public=balancer.public),
            }
            for name, balancer in spec.load_balancers.items()
        },
        "jumpbox": {
            **plain["jumpbox"],
            "network": jumpbox,
            "address": str(layout.assigned(spec, jumpbox)["jumpbox"]),
        },
        "dns": {**plain["dns"], "servers": [str(server) for server in servers]},
        "ntp": list(site.ntp or spec.ntp),
        "proxy": _plain(layout.effective_proxy(spec, site)),
        "iaas": {name: _plain(settings) for name, settings in sections.items()},
    }


def _network(spec: EnvironmentSpec, name: str, site: DriverSettings) -> dict[str, Any]:
    gateway = site.gateways.get(name) if isinstance(site, SiteSettings) else None
    laid = layout.lay_out(spec, name, subnets="one", dns=(), gateway=gateway, driver=lambda _: FrozenDict())
    return {
        "purpose": laid.purpose,
        "cidr": str(laid.cidr),
        "egress": laid.egress,
        "existing": laid.existing,
        "reserved": list(spec.networks[name].reserved),
        "assigned": {role: str(address) for role, address in laid.assigned.items()},
        "zones": {zone: {"block": str(one.block), "static": list(one.static)} for zone, one in laid.zones.items()},
    }


def _everyone(spec: EnvironmentSpec, *, public: bool) -> list[str]:
    return ["0.0.0.0/0"] if public else [str(spec.address_space)]


def _plain(value: Any) -> Any:  # noqa: ANN401  any value of a model
    """JSON values; a secret's place as a spec writes it."""
    if isinstance(value, SecretRef):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if hasattr(type(value), "model_fields"):
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, str | int | float | bool | None):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
