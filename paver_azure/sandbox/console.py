"""What machines print: the host keys of their first boot, behind a URL that says who may read it."""

from __future__ import annotations

import base64
import hashlib

from paver_azure.sandbox.compute import MACHINES
from paver_azure.sandbox.message import Answer, Refusal, Request
from paver_azure.sandbox.store import SUCCEEDED, Resource, Store

PATH = "/console/"
_NAME = b"ssh-ed25519"


def url(machine: Resource, base: str) -> str:
    """Where its console is. Raises Refusal where Azure does not keep it."""
    properties = machine.body["properties"]
    kept = ((properties.get("diagnosticsProfile") or {}).get("bootDiagnostics") or {}).get("enabled")
    if not kept:
        raise Refusal(409, "Conflict", f"Boot diagnostics are not enabled for the virtual machine {machine.id}.")
    return f"{base}{PATH}serialconsole.log?sig={machine.secret}"


def serve(store: Store, request: Request) -> Answer:
    """The log that a signature opens. Raises Refusal."""
    signature = request.query.get("sig", "")
    machine = next((one for one in store.of(MACHINES) if one.secret and one.secret == signature), None)
    if machine is None:
        raise Refusal(403, "AuthenticationFailed", "Server failed to authenticate the request.")
    if machine.state != SUCCEEDED:
        raise Refusal(404, "BlobNotFound", "The specified blob does not exist.")
    return Answer(200, _text(machine).encode(), {"Content-Type": "text/plain"})


def _text(machine: Resource) -> str:
    key = hashlib.sha256(machine.secret.encode()).digest()
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in (_NAME, key))
    told = f"ssh-ed25519 {base64.b64encode(blob).decode()} root@{machine.name}"
    return f"Linux version 6.8\n-----BEGIN SSH HOST KEY KEYS-----\n{told}\n-----END SSH HOST KEY KEYS-----\nlogin:\n"
