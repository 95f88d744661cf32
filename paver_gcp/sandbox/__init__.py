"""A local emulator of Google Cloud on loopback, in a process of its own, grown from Google's Discovery documents."""

from paver_gcp.sandbox.emulator import GcpSandbox

__all__ = ["GcpSandbox"]
