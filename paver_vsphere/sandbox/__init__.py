"""A local emulator of bare ESXi hosts and of the vCenter that is made on them."""

from paver_vsphere.sandbox.emulator import VsphereSandbox

__all__ = ["VsphereSandbox"]
