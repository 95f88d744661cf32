"""Where a sandbox listens: addresses of its own where loopback has them, ports on 127.0.0.1 where it has not."""

from __future__ import annotations

import atexit
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

ZONES = ("z1", "z2", "z3")
SPACE = IPv4Network("127.20.0.0/16")
PROBE = "127.20.0.4"
PORT = 8443
FIRST_SPACE, SPACES = 21, 200


def own_addresses(probe: str = PROBE) -> bool:
    """Whether all of 127.0.0.0/8 can be listened on, as on Linux; macOS has 127.0.0.1 alone."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        try:
            listener.bind((probe, 0))
        except OSError:
            return False
    return True


@dataclass(frozen=True)
class Layout:
    """The endpoints of one sandbox.

    Args:
        hosts: `address:port` of each ESXi host.
        vcenter: The vCenter's address.
        vcenter_port: Its port.
        setup_port: The port of its first boot.
        listen: The address to listen on for the vCenter; empty: `vcenter` itself.
        space: The spec's address space.
    """

    hosts: tuple[str, ...]
    vcenter: str
    vcenter_port: int = 8443
    setup_port: int = 5480
    listen: str = ""
    space: IPv4Network = SPACE

    @property
    def nfs(self) -> str:
        """The address of a file server that nobody needs to reach: mounts are the simulator's own."""
        return str(self.space[255 * 256 + 20])

    @property
    def exports(self) -> Mapping[str, str]:
        """The exports that exist, by datastore."""
        return {name: f"{self.nfs}:/sandbox/{name}" for name in ("vms", "disks")}


def layout(space: IPv4Network = SPACE, port: int = PORT, setup_port: int = 5480) -> Layout:
    """The layout on this machine.

    Args:
        space: A /16 of loopback: hosts at .255.11 and on, vCenter at .0.4, which RULES keeps for it.
        port: Of every ESXi host and of the vCenter. Where there is 127.0.0.1 only, the first of four.
        setup_port: Of first boot.
    """
    vcenter = str(space[4])
    if own_addresses(vcenter):
        return Layout(
            tuple(f"{space[255 * 256 + 10 + n]}:{port}" for n in (1, 2, 3)), vcenter, port, setup_port, "", space
        )
    hosts = tuple(f"127.0.0.1:{port + n}" for n in (1, 2, 3))
    return Layout(hosts, "127.0.0.1", port, setup_port, "127.0.0.1", space)


def here() -> Layout:
    """The example's, or one beside it where another sandbox has those addresses. Raises OSError where none is free."""
    if not own_addresses() or _free(SPACE):
        return layout(SPACE)
    return layout(free_space())


def _free(space: IPv4Network) -> bool:
    """Whether nobody listens where the first host would."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # What lingers of a sandbox that has ended is no bar.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((str(space[255 * 256 + 11]), PORT))
        except OSError:
            return False
    return True


def free_space() -> IPv4Network:
    """A /16 of loopback that is this process's until it ends, for sandboxes beside each other. Raises OSError for none.

    A socket bound to the address before the first host's is the claim: of two processes that search at one time, the
    second to bind goes on to the next.
    """
    for step in range(SPACES):
        space = IPv4Network(f"127.{FIRST_SPACE + (os.getpid() + step) % SPACES}.0.0/16")
        claim = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            claim.bind((str(space[255 * 256 + 10]), PORT))
        except OSError:
            claim.close()
            continue
        if _free(space):  # a sandbox may outlive whoever claimed its space
            atexit.register(claim.close)
            return space
        claim.close()
    raise OSError("no free addresses on loopback")
