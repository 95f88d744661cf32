"""From where to where: one listening address of the wire and the server behind it."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

LOOPBACK_TIMEOUT = 60.0
"""Seconds that either side may be silent in the midst of a message."""


@dataclass(frozen=True, slots=True)
class Route:
    """A listening address and its upstream, both `address:port`.

    Args:
        listen: Where clients connect: what the spec names. Port 0 takes any; `Wire.address` tells which.
        upstream: Where the server listens. It may come up later: it is dialled once per client connection.
        certificate: PEM file of the upstream's own certificate, so that the pins of clients still hold; None: no TLS
            on either side. It may be written later than the route is made: it is read per connection.
        key: PEM file of its key.
        name: In the log; default: `listen`.
    """

    listen: str
    upstream: str
    certificate: Path | None = None
    key: Path | None = None
    name: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError where it would listen elsewhere than on loopback: it bears another server's certificate."""
        if not ip_address(endpoint(self.listen)[0]).is_loopback:
            raise ValueError(f"a wire listens on loopback only, not on {self.listen}")

    @property
    def label(self) -> str:
        """Its name in the log."""
        return self.name or self.listen

    def accept(self, connection: socket.socket) -> socket.socket:
        """The client's side, with TLS where the route has it; the handshake is still to be made."""
        connection.settimeout(LOOPBACK_TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.certificate is None:
            return connection
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)

    def dial(self) -> socket.socket:
        """The upstream's side. Exactly the route's certificate is trusted: nobody else can be behind it."""
        connection = socket.create_connection(endpoint(self.upstream), timeout=LOOPBACK_TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.certificate is None:
            return connection
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # the certificate itself is the pin
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # it may be a leaf, signed by whomever
        context.load_verify_locations(self.certificate)
        try:
            return context.wrap_socket(connection)
        except OSError:
            connection.close()
            raise


def endpoint(text: str) -> tuple[str, int]:
    """`address:port` taken apart."""
    address, _, port = text.rpartition(":")
    return address.strip("[]"), int(port)
