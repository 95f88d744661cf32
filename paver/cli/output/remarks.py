"""What a spec says that no step of a plan shows: what will be open from outside, what is left to the platform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paver.contract.spec import EnvironmentSpec

ANYWHERE = "anywhere"
SSH = 22


def remarks(spec: EnvironmentSpec, kept: Mapping[str, object] | None) -> list[str]:
    """Sentences for a plan.

    Args:
        spec: What is asked for.
        kept: By load balancer or object store, the address kept for it; None where the IaaS makes them itself.
    """
    if kept is not None:
        named = ", ".join(f"{name} {address}" for name, address in kept.items())
        return [f"Left to the platform: {named} (addresses kept)."] if named else []
    opened = opened_from(spec)
    if not opened:
        return []
    parts = [f"{' and '.join(doors)}, from {source}" for source, doors in opened.items()]
    return [f"Open from outside: {'; '.join(parts)}."]


def opened_from(spec: EnvironmentSpec) -> dict[str, list[str]]:
    """By source, the doors that are open to it: `ssh 22`."""
    found: dict[str, list[str]] = {}
    for name, balancer in spec.load_balancers.items():
        if balancer.public:
            source = " ".join(map(str, balancer.allow)) or ANYWHERE
            ports = " ".join(str(port.listen) for port in balancer.ports)
            found.setdefault(source, []).append(f"{name} {ports}")
    if spec.jumpbox.public:
        source = " ".join(map(str, spec.jumpbox.allow)) or ANYWHERE
        found.setdefault(source, []).append(f"jumpbox {SSH}")
    return found
