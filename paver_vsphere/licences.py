"""The licences of a vCenter: which keys it has been given, and who is assigned which.

A key is a secret. Out of here it goes to the vCenter alone; everybody else is told the first digits of its SHA-256.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from paver.contract.driver import Secrets
from paver.contract.errors import PaverError, Rejected, SecretMissing
from paver.contract.types import SecretRef
from paver_vsphere.session import Connection, Reference
from paver_vsphere.settings import VsphereSettings

VCENTER, HOSTS = "vcenter", "hosts"
"""The two parts of the section's `licences`."""
PRIVILEGE = "Global.Licenses"
"""What every change of a licence asks for."""
GIVEN = "as given"
"""In place of a key: what the section names."""
EVALUATION = "eval"
"""Its edition."""
_OTHERS = {VCENTER: "esx.", HOSTS: "vc."}
"""How editions begin that are for the other part."""
_FORM = re.compile(r"[0-9A-Z]{5}(?:-[0-9A-Z]{5}){4}")
_DIGITS = 16
_HIDDEN, _HINT = "(the key)", "take another key there, or leave it out"


def digest(key: str) -> str:
    """What a key is called where it must not stand."""
    return hashlib.sha256(key.encode()).hexdigest()[:_DIGITS]


class Licences:
    """Those of one vCenter.

    Args:
        connection: Its session.
        settings: The section, which names the keys.
        secrets: Where the keys are.
    """

    def __init__(self, connection: Connection, settings: VsphereSettings, secrets: Secrets) -> None:
        self._connection, self._settings, self._secrets = connection, settings, secrets

    @property
    def vcenter(self) -> str:
        """What the vCenter is called among those who have a licence."""
        return str(self._connection.about.instanceUuid)

    def given(self, part: str) -> str:
        """The digest of the key that the section names. Raises SecretMissing; Rejected where it is no key."""
        return digest(self._key(part))

    def shown(self, part: str, held: Collection[str]) -> str:
        """What is said in place of keys that are held: `as given`, or their digests. Who destroys needs none."""
        told = " ".join(sorted(held))
        try:
            return GIVEN if self.given(part) in held else f"another one, {told}"
        except (SecretMissing, Rejected):
            return f"{told}, and the section's is not there or no key"

    def known(self) -> Mapping[str, Any]:
        """What the vCenter has been given, by digest: one call."""
        held = self._connection.properties(self._manager, "licenses").get("licenses") or ()
        return {digest(str(one.licenseKey)): one for one in held}

    def assigned(self) -> Mapping[str, str]:
        """Everybody's licence, by its digest: two calls."""
        ask = self._assignments().QueryAssignedLicenses
        held = self._connection.read(ask, None, what="ask who has which licence") or ()
        return {str(one.entityId): digest(str(one.assignedLicense.licenseKey)) for one in held}

    def evaluated(self) -> bool:
        """Whether the vCenter itself has no licence, and the time to evaluate it is over: four calls."""
        has = self.known().get(self.assigned().get(self.vcenter, ""))
        if has is None or has.editionKey != EVALUATION:
            return False
        found = self._connection.properties(self._manager, "evaluation").get("evaluation")
        told = {str(one.key): one.value for one in getattr(found, "properties", None) or ()}
        return "expirationHours" in told and int(told["expirationHours"]) <= 0

    def check(self, part: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        """What the vCenter makes of a key: one call, which changes nothing.

        Raises:
            Rejected: It is not valid there, or a licence for something else.
        """
        key, at = self._key(part), place(part)
        decode, what = self._manager.DecodeLicense, "look at a licence"
        info = _quietly(key, at, lambda: self._connection.read(decode, key, what=what))
        diagnostics = [str(one.value) for one in info.properties or () if one.key == "diagnostic"]
        if diagnostics or not info.editionKey:
            said = f" ({diagnostics[0].replace(key, _HIDDEN)})" if diagnostics else ""
            raise Rejected(f"{at}: {self._connection.where} does not know the key as valid{said}", hint=_HINT)
        if str(info.editionKey).startswith(_OTHERS[part]):
            what = "hosts" if part == VCENTER else "a vCenter"
            raise Rejected(f"{at}: the key is a licence for {what}: {info.name}", hint=_HINT)
        return info

    def add(self, part: str) -> None:
        """Give the vCenter a key. One call."""
        key = self._key(part)
        self._send(key, place(part), self._manager.AddLicense, key, what="add a licence")

    def assign(self, entity: str, licence: str, at: str) -> None:
        """Assign what the vCenter has been given, by its digest. Raises Rejected where that is not to be had."""
        found = self.known().get(licence)
        if found is None:
            raise Rejected(f"{at}: {self._connection.where} has that licence no longer")
        key, assign = str(found.licenseKey), self._assignments().UpdateAssignedLicense
        self._send(key, at, assign, entity, key, what=f"assign a licence to {entity}")

    def remove(self, licence: str) -> None:
        """Take a key away, by its digest; nothing where it is gone. One call."""
        found = self.known().get(licence)
        if found is not None:
            key = str(found.licenseKey)
            self._send(key, f"licence {licence}", self._manager.RemoveLicense, key, what="remove a licence")

    @property
    def _manager(self) -> Reference:
        return self._connection.content.licenseManager

    def _assignments(self) -> Reference:
        path = "licenseAssignmentManager"
        return self._connection.properties(self._manager, path)[path]

    def _key(self, part: str) -> str:
        return key_of(self._settings, self._secrets, part)

    def _send(self, key: str, at: str, method: Callable[..., Any], *args: object, what: str) -> None:
        _quietly(key, at, lambda: self._connection.call(method, *args, what=what))


def parts(settings: VsphereSettings) -> Mapping[str, SecretRef]:
    """Where the section says that keys are, by part."""
    asked = settings.licences
    named = {VCENTER: asked.vcenter, HOSTS: asked.hosts} if asked is not None else {}
    return {part: ref for part, ref in named.items() if ref is not None}


def key_of(settings: VsphereSettings, secrets: Secrets, part: str) -> str:
    """The key itself, a secret. Raises SecretMissing; Rejected where what is there is no key."""
    key = secrets.given(parts(settings)[part]).get_secret_value().strip().upper()
    if _FORM.fullmatch(key) is None:
        said = f"{place(part)}: what is there is no licence key"
        raise Rejected(said, hint="a key is five groups of five letters and digits, with dashes between")
    return key


def place(part: str) -> str:
    """Where the section names a key."""
    return f"iaas.vsphere.licences.{part}"


def _quietly(key: str, at: str, send: Callable[[], Any]) -> Any:  # noqa: ANN401  what the call answers
    """A call with a key. A server may repeat the key in its refusal: nobody hears it."""
    try:
        return send()
    except PaverError as error:
        error.message = f"{at}: {error.message.replace(key, _HIDDEN)}"
        error.args = (error.message,)
        raise error from None
