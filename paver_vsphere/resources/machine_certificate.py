"""The certificate that the vCenter shows: a leaf of the environment's, in place of what its own VMCA signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import ClassVar

from pydantic import JsonValue

from paver.contract.answers import later
from paver.contract.driver import Kind
from paver.contract.errors import Denied, Transient
from paver.contract.resource import Answer, Attempt, Desired, Done, Key, Observed, Proof, Value
from paver_vsphere.center import Center
from paver_vsphere.claims import NOTES_ID, REGISTER_ID
from paver_vsphere.errors import translate
from paver_vsphere.trust import Trust, peer_certificate

KIND = "machine-certificate"
KEY = Key(kind=KIND, name="vcenter")
_TLS = "/api/vcenter/certificate-management/vcenter/tls"


class MachineCertificate(Desired):
    """Wanted: the vCenter shows this leaf. Its key is asked of the secret store, for the one call that needs it."""

    key: Key = KEY
    name: str = "vcenter"
    leaf: str
    """Its name in the store."""
    sha256: Value
    certificate: Value
    chain: Value
    """PEM: what is sent after it."""
    root: Value
    """PEM: who stands above all of these."""
    ca: Value
    """PEM: whom sessions trust once the appliance says so, the certificate's root among them."""


class MachineCertificateKind(Kind[MachineCertificate]):
    """Everything else comes first: the vCenter restarts its services with another certificate.

    It bears no mark, so the register says that it is ours. Let go of, it stays what the vCenter shows.
    """

    unseen: ClassVar[frozenset[str]] = frozenset({"leaf", "certificate", "chain", "root", "ca"})

    def __init__(self, center: Center) -> None:
        self._center = center

    def create(self, want: MachineCertificate, attempt: Attempt) -> Answer:
        """Have it shown, unless it is shown already."""
        return self._show(want, attempt.key)

    def update(self, have: Observed, want: MachineCertificate, fields: frozenset[str], attempt: Attempt) -> Answer:
        """The same: the leaf was renewed, or somebody had another one shown."""
        del have, fields
        return self._show(want, attempt.key)

    def advance(self, want: MachineCertificate | None, ticket: JsonValue, attempt: Attempt) -> Answer:
        """One look whether it is shown, and whether the vCenter takes log-ins again."""
        if want is None:
            raise TypeError(f"{attempt.key} waits for nothing while it is deleted")
        try:
            if self._shown() != want.sha256:
                return later("its services restart", ticket, shown=str(want.sha256))
            self._center.connection.properties(self._center.content.rootFolder, "name")
        except (Transient, Denied):
            return later("its services restart", ticket, shown=str(want.sha256))
        return self._noted(want, attempt.key)

    def delete(self, have: Observed, attempt: Attempt) -> Answer:
        """Let go of it."""
        del have
        self._center.claims.forget(attempt.key)
        return Done(have=None)

    def observe(self) -> Iterator[Observed]:
        """What is shown now, once we have had one shown."""
        claim = self._center.claims.held.get(KEY)
        if claim is not None and claim.id:
            yield self._observed(self._shown())

    def _show(self, want: MachineCertificate, key: Key) -> Answer:
        center = self._center
        center.trusts(Trust(ca=str(want.ca)))
        if self._shown() == want.sha256:
            return self._noted(want, key)
        document = {
            "cert": f"{want.certificate}{want.chain}",
            "key": center.secrets.minted(f"certificates/{want.leaf}").get_secret_value(),
            "root_cert": str(want.root),
        }
        center.rest.put(_TLS, document, "replace its machine certificate")
        return later("its services restart", None, shown=str(want.sha256))

    def _shown(self) -> str:
        """SHA-256 of what a new socket is shown."""
        to = self._center.connection
        try:
            der = peer_certificate(to.host, to.port, to.trust, to.timeout)
        except OSError as error:
            raise translate(error, f"{to.where}: look at its certificate", sent=False) from error
        return hashlib.sha256(der).hexdigest()

    def _noted(self, want: MachineCertificate, key: Key) -> Answer:
        claims, sha256 = self._center.claims, str(want.sha256)
        claim = claims.held.get(key)
        if claim is not None and not claim.id:
            claims.meet(key, "shown")
            claims.note([key])
        return Done(have=self._observed(sha256))

    def _observed(self, sha256: str) -> Observed:
        return Observed(
            kind=KIND,
            id=str(KEY),
            key=KEY,
            owner=self._center.owner.id,
            proof=Proof.REGISTER,
            actual={"sha256": sha256},
            outputs={"name": KEY.name},
            needs=(REGISTER_ID, NOTES_ID),
        )
