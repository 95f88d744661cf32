"""Whom a connection trusts: a pinned thumbprint, a CA, or the system's roots. There is no fourth way and no switch."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import re
import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from paver.contract.errors import Untrusted
from paver_vsphere.patience import PatientSocket

_DIGITS = {40: "sha1", 64: "sha256"}
"""Length of a thumbprint in hex digits, and its algorithm. vSphere itself still prints SHA-1."""


def thumbprint(der: bytes, algorithm: str = "sha256") -> str:
    """A certificate's thumbprint as people read it off a console: `AB:CD:…`.

    Args:
        der: The certificate, DER.
        algorithm: `sha256`, or `sha1` where vSphere's API wants that (`HostConnectSpec.sslThumbprint`).
    """
    digest = hashlib.new(algorithm, der, usedforsecurity=False).hexdigest().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def normal_thumbprint(text: str) -> str:
    """The hex digits of a thumbprint, without colons, in lower case. Raises ValueError where it is none."""
    digits = text.strip().replace(":", "").lower()
    if len(digits) not in _DIGITS or not re.fullmatch(r"[0-9a-f]+", digits):
        raise ValueError("a thumbprint has 40 (SHA-1) or 64 (SHA-256) hex digits")
    return digits


@dataclass(frozen=True)
class Trust:
    """What a peer must show. Pins outrank a CA: a pinned peer shows that very certificate, whoever signed it.

    Args:
        pins: Thumbprints, as `normal_thumbprint` gives them; any one of them is enough.
        ca: CA certificates, PEM. Without pins and without a CA the system's roots decide.
    """

    pins: tuple[str, ...] = ()
    ca: str | None = None

    def context(self) -> ssl.SSLContext:
        """A context of our own: without one pyVmomi skips verification on loopback addresses."""
        context = self._checking() if self.pins else ssl.create_default_context(cadata=self.ca)
        if self.ca is not None:
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # who is named is trusted, signed by others or not
        context.sslsocket_class = PatientSocket
        return context

    def _checking(self) -> ssl.SSLContext:
        # The certificate itself is compared, before a byte is sent: neither its name nor its signer matters then.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def check(self, der: bytes, where: str) -> None:
        """Compare what a peer showed with the pins. Raises Untrusted, with both thumbprints."""
        if not self.pins:
            return
        shown = {hashlib.new(name, der, usedforsecurity=False).hexdigest() for name in _DIGITS.values()}
        if any(hmac.compare_digest(pin, one) for pin in self.pins for one in shown):
            return
        raise Untrusted(
            f"{where} shows another certificate than the pinned one",
            facts=[("pinned", pin) for pin in self.pins] + [("shown (SHA-256)", thumbprint(der))],
            hint="compare it with the one on the machine's console; if it was renewed there, pin the new one",
        )


class CheckedConnection(http.client.HTTPSConnection):
    """HTTPS to a peer that is checked on the socket, on every connect, before anything is sent.

    `timeout` bounds each of these: connecting, the handshake, each piece that is sent, and, from the last of them on,
    the whole answer however slowly it comes. An upload may take as long as it moves.
    """

    def __init__(self, host: str, port: int, *, timeout: float, trust: Trust, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=timeout, context=context)
        self._trust = trust
        self.certificate = b""
        """What the peer showed, DER."""

    def connect(self) -> None:
        """Connect and check. Raises NotSent: whatever fails here has not reached the peer."""
        where = f"{self.host}:{self.port}"
        try:
            super().connect()
        except OSError as error:
            self.close()
            raise NotSent(where, error) from error
        assert isinstance(self.sock, ssl.SSLSocket)  # noqa: S101  HTTPSConnection.connect made it one
        self.certificate = self.sock.getpeercert(binary_form=True) or b""
        try:
            self._trust.check(self.certificate, where)
        except Untrusted:
            self.close()
            raise

    def putrequest(self, method: str, url: str, skip_host: bool = False, skip_accept_encoding: bool = False) -> None:
        """Begin a request: on a socket that is used again, with all of the time again."""
        if isinstance(self.sock, PatientSocket):
            self.sock.be_patient(self.timeout)
        super().putrequest(method, url, skip_host, skip_accept_encoding)

    def getresponse(self) -> http.client.HTTPResponse:
        """The answer. Reading it raises TimeoutError where it is not there in time to its end."""
        if isinstance(self.sock, PatientSocket):
            self.sock.end_in(self.timeout)
        return super().getresponse()


class NotSent(OSError):
    """A connection that did not come up: nothing was sent, so nothing can have happened."""

    def __init__(self, where: str, cause: OSError) -> None:
        super().__init__(f"{where}: {cause}")
        self.where = where
        self.cause = cause


def peer_certificate(host: str, port: int, trust: Trust, timeout: float) -> bytes:
    """The certificate that a peer shows now, DER, checked. Raises NotSent, Untrusted."""
    connection = CheckedConnection(host, port, timeout=timeout, trust=trust, context=trust.context())
    try:
        connection.connect()
        return connection.certificate
    finally:
        connection.close()


def shown_certificate(host: str, port: int, timeout: float) -> bytes:
    """The certificate that a peer shows, DER, whoever it is: to be compared or pinned. Nothing is sent over it.

    Raises:
        NotSent: it does not answer.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), timeout=timeout) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            return secured.getpeercert(binary_form=True) or b""
    except OSError as error:
        raise NotSent(f"{host}:{port}", error) from error


@dataclass(frozen=True)
class KnownHosts:
    """Pins by endpoint, read from a file in the format of GOVC_TLS_KNOWN_HOSTS: `host:port thumbprint`, one a line."""

    pins: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> KnownHosts:
        """Read a file of pins. Raises Untrusted where it cannot be read or a line is none."""
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise Untrusted(
                f"the pins in {path} cannot be read: {getattr(error, 'strerror', None) or 'no text'}"
            ) from None
        found: dict[tuple[str, int], tuple[str, ...]] = {}
        for number, line in enumerate(lines, 1):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            try:
                (endpoint, digits) = words
                where, pin = split_endpoint(endpoint), normal_thumbprint(digits)
            except ValueError:
                raise Untrusted(
                    f"{path}:{number} is no pin", hint="one pin a line: host:port, a space, the thumbprint in hex"
                ) from None
            found[where] = (*found.get(where, ()), pin)
        return cls(found)

    def trust(self, host: str, port: int, ca: str | None = None) -> Trust:
        """The pins of an endpoint; where it has none, the CA, else the system's roots."""
        return Trust(pins=self.pins.get((host.lower(), port), ()), ca=ca)


def split_endpoint(text: str, port: int = 443) -> tuple[str, int]:
    """Host, in lower case, and port of `host:port` or `host`. Raises ValueError."""
    host, colon, digits = text.partition(":")
    return host.lower(), int(digits) if colon else port
