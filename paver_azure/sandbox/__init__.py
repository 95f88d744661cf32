"""A local emulator of Azure: a resource manager, its authority and its blobs, behind TLS on loopback."""

from paver_azure.sandbox.emulator import AzureSandbox

__all__ = ["AzureSandbox"]
