"""Who may reach whom: firewall rules, by tags of machines and ranges of networks. What none allows is denied.

Every rule stays within the environment's own addresses, so that in a network of others it is about nobody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from paver.contract.layout import made
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Name
from paver_gcp import places

JUMPBOX, DIRECTOR, INTERNAL = "jumpbox", "director", "internal"
"""Roles of paver's own; each load balancer has one under its own name."""
SSH = 22
FROM_JUMPBOX = (SSH, 6868, 8443, 8844, 25555)
"""SSH, and of a director: its agent during set-up, UAA, CredHub, the director (bosh.io, "Ports")."""
ALL = "all"
ANYBODY = "0.0.0.0/0"
LAST = 65000
"""The priority of what is denied: what is allowed comes before it, and a rule of the site's may come before that."""
ALLOWED = 1000
PROBERS = ("35.191.0.0/16", "130.211.0.0/22", "209.85.152.0/22", "209.85.204.0/22")
"""Where health checks come from (Cloud Load Balancing, "Probe IP ranges and firewall rules")."""
GOOGLE = ("199.36.153.8/30",)
"""private.googleapis.com (VPC, "Configure Private Google Access")."""


class Rule(NamedTuple):
    """One firewall rule."""

    parts: tuple[str, ...]
    """Of its key."""
    inward: bool
    allows: bool
    what: tuple[str, ...]
    """`all`, `tcp:22`."""
    sources: tuple[str, ...] = ()
    """Ranges."""
    source_tags: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    """Tags of the machines that it is about; none: all."""
    destinations: tuple[str, ...] = ()
    """Ranges."""


def rules(spec: EnvironmentSpec) -> Iterator[Rule]:
    """All of them. One a network and one a balancer, so that another one changes none that is there."""
    own = (str(spec.address_space),)
    jumpbox, director, internal = (places.tag(spec, role) for role in (JUMPBOX, DIRECTOR, INTERNAL))
    yield Rule(("deny", "in"), True, False, (ALL,), sources=(ANYBODY,), destinations=own)
    yield Rule(("deny", "out"), False, False, (ALL,), sources=own, destinations=(ANYBODY,))
    yield Rule(("out", "all"), False, True, (ALL,), sources=own, destinations=own)
    yield Rule(("out", "iaas"), False, True, ("tcp:443",), sources=own, destinations=GOOGLE)
    yield _in(INTERNAL, (ALL,), source_tags=(director, internal), targets=(director, internal))
    yield _in(
        DIRECTOR, tuple(f"tcp:{port}" for port in FROM_JUMPBOX), source_tags=(jumpbox,), targets=(director, internal)
    )
    yield _in(JUMPBOX, (f"tcp:{SSH}",), sources=_texts(spec.jumpbox.allow) or own, targets=(jumpbox,))
    for name in spec.load_balancers:
        yield from _balancer(spec, name)
    for name in made(spec):
        if spec.egress(name) in {"nat", "direct"}:
            sources = (str(spec.cidr(name)),)
            yield Rule(("out", name), False, True, (ALL,), sources=sources, destinations=(ANYBODY,))
        elif spec.egress(name) == "proxy":
            continue  # the proxy stands in the address space, or the site's own rule leads to it


def _balancer(spec: EnvironmentSpec, name: Name) -> Iterator[Rule]:
    balancer, tag = spec.load_balancers[name], (places.tag(spec, name),)
    allow = _texts(balancer.allow) or ((ANYBODY,) if balancer.public else (str(spec.address_space),))
    ports = tuple(sorted({f"{port.protocol}:{port.target}" for port in balancer.ports}))
    yield _in(name, ports, sources=allow, targets=tag)
    checked = tuple(sorted({f"tcp:{port.target}" for port in balancer.ports}))
    yield Rule(("health", name), True, True, checked, sources=PROBERS, targets=tag)


def _in(
    name: str,
    what: tuple[str, ...],
    *,
    sources: tuple[str, ...] = (),
    source_tags: tuple[str, ...] = (),
    targets: tuple[str, ...],
) -> Rule:
    return Rule(("in", name), True, True, what, sources, source_tags, targets)


def _texts(found: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(one) for one in found)
