"""The port group on a standard switch of the first ESXi host that the vCenter appliance is born on."""

from __future__ import annotations

from paver.contract.resource import Desired, Key

KIND = "bootstrap-network"
KEY = Key(kind=KIND, name="appliance")


class BootstrapNetwork(Desired):
    """Wanted: a port group on a standard switch. It exists before any vCenter, so no distributed switch can hold it."""

    key: Key = KEY
    switch: str = "vSwitch0"
    """The standard switch; every ESXi host is installed with vSwitch0."""
    vlan: int = 0
    """VLAN id of the management network; 0: untagged."""
