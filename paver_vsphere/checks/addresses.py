"""Whether an address that the spec gives to a machine of ours is somebody else's already."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address

from paver.contract.driver import Finding
from paver.contract.findings import Path, bad, good, warn

KNOCK = 1.0
"""Seconds to wait at a door that nobody should open."""


def address_finding(address: str, ports: Sequence[int], hint: str, path: Path) -> Finding:
    """Knock at the doors that the machine itself would open.

    Args:
        address: IPv4.
        ports: TCP.
        hint: Whose it is by the spec, and what to do.
        path: Where the spec says so.
    """
    for port in ports:
        try:
            with socket.create_connection((address, port), timeout=KNOCK):
                return bad("addresses", f"{address} is occupied: something answers on port {port}", hint, path)
        except ConnectionRefusedError:
            # Somebody is at home who refuses this port. Of loopback addresses every one refuses.
            if not IPv4Address(address).is_loopback:
                return warn("addresses", f"{address} may be occupied: something refuses port {port}", hint, path)
        except OSError:
            continue
    return good("addresses", f"nothing answers at {address}")
