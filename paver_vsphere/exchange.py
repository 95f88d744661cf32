"""One HTTPS exchange with a checked peer: datastore files, guest files, disk uploads, the set-up API."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from pydantic import SecretStr

from paver.contract.errors import Rejected
from paver_vsphere.errors import explain_status, translate
from paver_vsphere.session import Connection
from paver_vsphere.trust import CheckedConnection, Trust

LARGEST = 4 << 20
"""Bytes of an answer that are read: nothing that is fetched here is larger."""

PIECE = 1 << 16

_OK = range(200, 300)


@dataclass(frozen=True)
class Peer:
    """Where to, and whom to trust there."""

    host: str
    port: int
    trust: Trust
    timeout: float

    @classmethod
    def of(cls, connection: Connection) -> Peer:
        """The peer of a SOAP session, trusted as that."""
        return cls(connection.host, connection.port, connection.trust, connection.timeout)


def exchange(
    peer: Peer,
    method: str,
    target: str,
    what: str,
    headers: Mapping[str, str],
    body: bytes | Iterable[bytes] | None = None,
) -> bytes:
    """Send one request, once, and read the answer.

    Args:
        peer: Checked before the request, which may bear a password, is sent.
        method: GET, PUT, POST.
        target: Path and query.
        what: For messages.
        headers: Sent with it; with an iterable body Content-Length is among them.
        body: Sent piece by piece.

    Raises:
        Untrusted, CallError: by type or HTTP status.
    """
    sent = method != "GET"
    connection = CheckedConnection(
        peer.host, peer.port, timeout=peer.timeout, trust=peer.trust, context=peer.trust.context()
    )
    try:
        connection.request(method, target, body=body, headers=dict(headers))
        answer = connection.getresponse()
        content = content_of(answer)
    except (OSError, HTTPException) as error:
        raise translate(error, what, sent=sent) from error
    finally:
        connection.close()
    if answer.status not in _OK:
        raise explain_status(answer.status, what, sent=sent)
    if len(content) > LARGEST:
        raise Rejected(f"{what}: the answer is longer than {LARGEST >> 20} MiB")
    return content


def content_of(answer: HTTPResponse) -> bytes:
    """All of an answer, or a little more than is read of any: a part of one is none.

    Raises:
        IncompleteRead: It was cut.
    """
    content = b""
    while len(content) <= LARGEST and (piece := answer.read1(PIECE)):
        content += piece
    # Reading by pieces takes the end of the connection for that of the answer; so does reading up to a limit.
    if answer.length and len(content) <= LARGEST:
        raise IncompleteRead(content, answer.length)
    return content


class DatastoreFiles:
    """Files on one datastore of an ESXi host, over its file service.

    Args:
        connection: The host's session; its cookie opens the file service.
        datastore: Name.
        datacenter: Path; a bare ESXi host has exactly one.
    """

    def __init__(self, connection: Connection, datastore: str, datacenter: str = "ha-datacenter") -> None:
        self._connection = connection
        self.datastore = datastore
        self._query = urlencode({"dcPath": datacenter, "dsName": datastore})

    def read(self, path: str) -> bytes:
        """A file's content. Raises NotFound."""
        return self._send("GET", path, "read", None)

    def write(self, path: str, content: bytes) -> None:
        """Put a file in place of what is there. Raises OutcomeUnknown where the answer is lost."""
        self._send("PUT", path, "write", content)

    def _send(self, method: str, path: str, verb: str, content: bytes | None) -> bytes:
        target = f"/folder/{quote(path)}?{self._query}"
        what = f"{self._connection.where}: {verb} [{self.datastore}] {path}"
        headers = {"Cookie": self._connection.cookie}
        return exchange(Peer.of(self._connection), method, target, what, headers, content)


def target_of(url: str) -> str:
    """Path and query of a URL that a server handed out; who answers it is decided by the peer, never by the URL."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def get_json(peer: Peer, target: str, user: str, password: SecretStr, what: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
    """GET a JSON document with a password. Raises CallError, Untrusted."""
    token = base64.b64encode(f"{user}:{password.get_secret_value()}".encode()).decode()
    headers = {"Authorization": f"Basic {token}", "Accept": "application/json"}
    content = exchange(peer, "GET", target, what, headers)
    try:
        return json.loads(content)
    except ValueError:
        raise Rejected(f"{what}: the answer is no JSON") from None
