"""A project for one test: started here, ended by its process id."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from paver.contract import stage
from paver_gcp.sandbox.client import Client
from paver_gcp.sandbox.emulator import CREDENTIALS, GcpSandbox

IDLE = 600.0


class Stage(stage.Stage):
    """A running sandbox, and an administrator's raw client.

    Args:
        directory: Where its files go; empty.
    """

    def __init__(self, directory: Path) -> None:
        self.sandbox = GcpSandbox(idle=IDLE)
        super().__init__(self.sandbox, directory)
        self.url = str(self.ready["url"])
        self.credentials = directory / CREDENTIALS
        self.file: dict[str, Any] = json.loads(self.credentials.read_text(encoding="utf-8"))
        self.client = Client(self.url, self.file)


def stranger(file: dict[str, Any]) -> dict[str, Any]:
    """The same credentials with a key that nobody knows."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  only a key's maker needs it
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415  the same

    pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {**file, "private_key": pem.decode(), "private_key_id": "0" * 40}
