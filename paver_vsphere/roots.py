"""The CA certificates that a vCenter trusts, each chain under an id that the vCenter gave it."""

from __future__ import annotations

import hashlib
import re
import ssl
from collections.abc import Mapping
from urllib.parse import quote

from paver.contract.errors import Denied, NotFound
from paver_vsphere.rest import Rest

_CHAINS = "/api/vcenter/certificate-management/vcenter/trusted-root-chains"
_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
PRIVILEGES = ("CertificateManagement.Administer", "CertificateManagement.Manage")
"""What both changes ask for."""

Chain = tuple[str, ...]
"""SHA-256 of each certificate's DER form, in hex."""


def certificates(pem: str) -> dict[str, str]:
    """Every certificate of a text, by the SHA-256 of its DER form, in hex."""
    found = (ssl.PEM_cert_to_DER_cert(block) for block in _BLOCK.findall(pem))
    return {hashlib.sha256(der).hexdigest(): ssl.DER_cert_to_PEM_cert(der) for der in found}


class Roots:
    """Those of one vCenter."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def chains(self) -> Mapping[str, Chain]:
        """All of them, by id: one call, and one more for each."""
        found: dict[str, Chain] = {}
        for entry in self._rest.get(_CHAINS, "list its trusted roots") or ():
            id_ = str(entry["chain"])
            try:
                chain = self._rest.get(f"{_CHAINS}/{quote(id_, safe='')}", f"read trusted root {id_}")
            except NotFound:  # it went meanwhile
                continue
            found[id_] = tuple(certificates("\n".join(chain["cert_chain"]["cert_chain"])))
        return found

    def add(self, pem: str) -> None:
        """Trust one more certificate."""
        try:
            self._rest.post(_CHAINS, {"cert_chain": {"cert_chain": [pem]}}, "add a trusted root")
        except Denied as error:
            raise _lacking(error) from error

    def remove(self, id_: str) -> None:
        """Trust a chain no longer. Raises NotFound."""
        try:
            self._rest.delete(f"{_CHAINS}/{quote(id_, safe='')}", f"remove trusted root {id_}")
        except Denied as error:
            raise _lacking(error) from error


def _lacking(error: Denied) -> Denied:
    """The REST API does not say which privilege is missing."""
    return Denied(f"{error.message}; a change of trusted roots takes {' and '.join(PRIVILEGES)}", action=PRIVILEGES[0])
