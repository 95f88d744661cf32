"""A session of the vCenter's REST API (`/api`), for what its SOAP API has not.

Source: vSphere Automation API Reference: `session`, `certificate-management`.
"""

from __future__ import annotations

import base64
import json
import threading
from contextlib import suppress
from typing import Any

from pydantic import SecretStr

from paver.contract.asking import asked
from paver.contract.errors import Denied, OutcomeUnknown, PaverError, Rejected, Transient
from paver_vsphere.exchange import Peer, exchange
from paver_vsphere.session import READS

_SESSION = "/api/session"
_HEADER = "vmware-api-session-id"


class Rest:
    """One vCenter's. Logs in when first used.

    Args:
        peer: The vCenter.
        user: `name@domain`.
        password: The user's.
    """

    def __init__(self, peer: Peer, user: str, password: SecretStr) -> None:
        self.peer = peer
        self._user = user
        self._password = password
        self._lock = threading.Lock()
        self._session = ""

    def get(self, path: str, what: str) -> Any:  # noqa: ANN401  any JSON
        """A document. Raises NotFound, Denied, CallError."""
        return asked(lambda: self._send("GET", path, what, None), READS)

    def post(self, path: str, document: Any, what: str) -> Any:  # noqa: ANN401  any JSON
        """Send a document, once. Raises Denied, Rejected, OutcomeUnknown, CallError."""
        return self._send("POST", path, what, document)

    def put(self, path: str, document: Any, what: str) -> Any:  # noqa: ANN401  any JSON
        """Put a document in place of what is there, once. Raises Denied, Rejected, OutcomeUnknown, CallError."""
        return self._send("PUT", path, what, document)

    def delete(self, path: str, what: str) -> None:
        """Delete, once. Raises NotFound, Denied, OutcomeUnknown, CallError."""
        self._send("DELETE", path, what, None)

    def close(self) -> None:
        """Log out. Raises nothing."""
        if self._session:
            with suppress(PaverError):
                self.delete(_SESSION, "log out of the REST API")

    def _send(self, method: str, path: str, what: str, document: Any) -> Any:  # noqa: ANN401  any JSON
        with self._lock:
            if not self._session:
                self._session = self._log_in()
            session = self._session
        headers = {_HEADER: session, "Accept": "application/json", "Content-Type": "application/json"}
        body = None if document is None else json.dumps(document).encode()
        try:
            return self._answer(method, path, what, headers, body)
        except Denied:
            with self._lock:
                self._session = ""  # it may have ended; the engine tells a lasting refusal by asking again
            raise

    def _log_in(self) -> str:
        token = base64.b64encode(f"{self._user}:{self._password.get_secret_value()}".encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Accept": "application/json"}
        try:
            return str(self._answer("POST", _SESSION, f"log in to the REST API as {self._user}", headers, b""))
        except OutcomeUnknown as error:  # a session that nobody knows of ends by itself
            raise Transient(error.message) from error

    def _answer(self, method: str, path: str, what: str, headers: dict[str, str], body: bytes | None) -> Any:  # noqa: ANN401  any JSON
        what = f"{self.peer.host}: {what}"
        text = exchange(self.peer, method, path, what, headers, body)
        try:
            return json.loads(text) if text else None
        except ValueError:
            raise Rejected(f"{what}: the answer is no JSON") from None
