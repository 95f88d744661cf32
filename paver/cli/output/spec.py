"""A spec that is valid, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paver.cli.output.text import counted

if TYPE_CHECKING:
    from paver.contract.spec import EnvironmentSpec


def valid_line(files: str, spec: EnvironmentSpec) -> str:
    """`environment.yml is valid: staging, 3 zones, …; for vsphere aws`."""
    parts = [
        spec.name,
        counted(len(spec.zones), "zone"),
        counted(len(spec.networks), "network"),
        *([counted(len(spec.load_balancers), "load balancer")] if spec.load_balancers else []),
    ]
    sections = f"; for {' '.join(spec.iaas)}" if spec.iaas else ""
    return f"{files} is valid: {', '.join(parts)}{sections}."
