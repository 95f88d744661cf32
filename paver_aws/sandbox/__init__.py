"""A local emulator of AWS: moto's server on loopback, in a process of its own."""

from paver_aws.sandbox.emulator import AwsSandbox

__all__ = ["AwsSandbox"]
