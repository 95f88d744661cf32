"""What is wanted of a vCenter appliance: data."""

from __future__ import annotations

from paver.contract import names
from paver.contract.resource import Desired, Key, Value

KIND = "appliance"
KEY = Key(kind=KIND, name="vcenter")
"""The resource whose session is the vCenter's: the `scope` of everything in it."""


class Appliance(Desired):
    """Wanted: a vCenter on the first ESXi host. OVA, EULA and passwords stand in the section, not here."""

    key: Key = KEY
    size: str
    """The OVA's deployment option."""
    address: str
    """IPv4, static."""
    prefix: int
    """Length of the management network's prefix."""
    gateway: str
    system_name: str
    """By which the appliance calls itself, for ever (`pnid`): its host name, or the address where it has none."""
    dns_servers: tuple[str, ...]
    ntp: tuple[str, ...] = ()
    network: Value
    """Name of the port group."""
    datastore: Value
    """Name of the datastore on the host."""
    trusted: tuple[Value, ...] = ()
    """PEM, from the root of its machine certificate down: whom to trust beside the vCenter's own root CA."""
    trusts: tuple[Value, ...] = ()
    """SHA-256 of each of those, in the same order; a comma between the certificates of a rotation."""


def appliance_name(environment: str) -> str:
    """The VM's name."""
    return names.name(environment, "vcenter")
