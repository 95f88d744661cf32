"""The appliance's set-up API: how far its first boot is, what it failed with, in words."""

from __future__ import annotations

import io
import ssl
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from paver.contract.errors import NotFound, Rejected
from paver_vsphere.appliance.guest import NotYet
from paver_vsphere.exchange import Peer, exchange, get_json
from paver_vsphere.trust import Trust, normal_thumbprint, shown_certificate, thumbprint

PATH = "/rest/vcenter/deployment"
ROOTS = "/certs/download.zip"

_EXPLAINED = {
    "dns": "the name must resolve, forwards and backwards, from the management network",
    "resolv": "the name must resolve, forwards and backwards, from the management network",
    "ntp": "the time servers must answer from the management network",
    "password": "the SSO password must satisfy the appliance's rules: 8 to 20 characters, upper and lower case, "
    "a digit, a special character",
}
"""A word in what the appliance says, and what usually is behind it."""


@dataclass(frozen=True)
class Progress:
    """One look at first boot."""

    state: str
    """NOT_INITIALIZED, INITIALIZED, CONFIG_IN_PROGRESS, QUESTION_RAISED, FAILED, CONFIGURED."""
    said: str
    """What it does, or what is wrong, in its own words."""

    @property
    def hint(self) -> str:
        """What usually is behind a failure."""
        lower = self.said.lower()
        return next((hint for word, hint in _EXPLAINED.items() if word in lower), "")


def look(peer: Peer, password: SecretStr) -> Progress:
    """Ask once. Raises NotYet, CallError, Untrusted."""
    try:
        found = get_json(peer, PATH, "root", password, f"{peer.host}:{peer.port}: ask the set-up API")
    except NotFound:
        raise NotYet("its web server answers, its set-up API does not yet") from None
    if isinstance(found, dict) and isinstance(found.get("value"), dict):
        found = found["value"]  # the older /rest wraps what it answers
    if not isinstance(found, dict) or not isinstance(found.get("state"), str):
        raise Rejected(f"{peer.host}:{peer.port}: the set-up API does not say how far it is")
    state = found["state"]
    words = list(dict.fromkeys(_words(found)))
    progress = found.get("progress")
    if isinstance(progress, dict) and isinstance(progress.get("completed"), int):
        total = progress.get("total") if isinstance(progress.get("total"), int) else 100
        words.insert(0, f"{progress['completed'] * 100 // max(total or 100, 1)} %")
    return Progress(state=state, said=", ".join(words) or state.lower().replace("_", " "))


def root_from_download(host: str, port: int, timeout: float) -> str:
    """The appliance's root CA, PEM, from its download page: where the spec trusts the first contact. No password goes.

    Raises:
        CallError: it does not answer, or not with certificates.
    """
    what = f"{host}:{port}: fetch the root CA"
    shown = Trust(pins=(_thumbprint_of(host, port, timeout),))
    content = exchange(Peer(host, port, shown, timeout), "GET", ROOTS, what, {})
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            name = next(item for item in sorted(archive.namelist()) if "/lin/" in item and item.endswith(".0"))
            if archive.getinfo(name).file_size > 1 << 16:
                raise Rejected(f"{what}: {name} is too long for a certificate")
            return as_pem(archive.read(name), what)
    except (zipfile.BadZipFile, StopIteration):
        raise Rejected(f"{what}: there is no certificate in the answer") from None


def as_pem(content: bytes, what: str) -> str:
    """One certificate, PEM, from PEM or DER. Raises Rejected."""
    try:
        text = content.decode("ascii") if content.lstrip().startswith(b"-----BEGIN") else None
        der = ssl.PEM_cert_to_DER_cert(_first_block(text)) if text is not None else content
        ssl.create_default_context(cadata=der)
    except (ValueError, ssl.SSLError):
        raise Rejected(f"{what}: that is no certificate") from None
    return ssl.DER_cert_to_PEM_cert(der)


def _first_block(text: str) -> str:
    end = "-----END CERTIFICATE-----"
    return text.lstrip().partition(end)[0] + end + "\n"


def _thumbprint_of(host: str, port: int, timeout: float) -> str:
    return normal_thumbprint(thumbprint(shown_certificate(host, port, timeout)))


def _words(found: Any) -> Iterator[str]:  # noqa: ANN401  pyVmomi makes its types at run time
    """Every `default_message` in it, outermost first."""
    if isinstance(found, Mapping):
        text = found.get("default_message")
        if isinstance(text, str) and text:
            yield text.rstrip(".")
        for value in found.values():
            yield from _words(value)
    elif isinstance(found, list):
        for value in found:
            yield from _words(value)
