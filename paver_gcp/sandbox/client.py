"""A raw client of an emulated Google: the driver's own code does not prove the driver."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

POLL = 0.01
PATIENCE = 30.0
"""Seconds within which an operation is done."""


class Client:
    """Whoever the credentials are of.

    Args:
        url: Where the emulator answers.
        file: The credentials.
    """

    def __init__(self, url: str, file: Mapping[str, Any]) -> None:
        import requests  # noqa: PLC0415  only the sandbox's own tests need it here
        from google.oauth2.service_account import Credentials  # noqa: PLC0415  the same

        self.url = url
        self._session = requests.Session()
        scopes = ["https://www.googleapis.com/auth/cloud-platform"]
        self._credentials: Any = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]  # google-auth types no part of it
            dict(file), scopes=scopes
        )

    def __call__(self, verb: str, path: str, body: Any = None, data: bytes | None = None, **query: Any) -> Any:
        """One request, whose operation is waited for. Raises RuntimeError where it is refused."""
        found = self.begin(verb, path, body, data, **query)
        return self._done(found) if found.get("kind") == "compute#operation" else found

    def begin(self, verb: str, path: str, body: Any = None, data: bytes | None = None, **query: Any) -> Any:
        """One request. Raises RuntimeError where it is refused."""
        from google.auth.transport.requests import Request  # noqa: PLC0415  as above

        if not self._credentials.valid:
            self._credentials.refresh(Request(self._session))
        answer = self._session.request(
            verb,
            f"{self.url}/{path}",
            params=query,
            json=body,
            data=data,
            headers={"Authorization": f"Bearer {self._credentials.token}"},
            timeout=PATIENCE,
        )
        if not answer.ok:
            raise RuntimeError(f"{verb} {path}: {answer.status_code} {answer.text}")
        return json.loads(answer.content or b"{}")

    def all(self, path: str, within: str, **query: Any) -> list[Any]:
        """A list to its end."""
        found: list[Any] = []
        token: dict[str, Any] = {}
        while True:
            page = self("GET", path, **query, **token)
            found += page.get(within, [])
            if not page.get("nextPageToken"):
                return found
            token = {"pageToken": page["nextPageToken"]}

    def behave(self, **how: Any) -> Any:
        """Tell the emulator how to behave, and hear how it does: see `Emulator.behave`."""
        answer = self._session.put(f"{self.url}/sandbox", json=how, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.json()

    def close(self) -> None:
        """Close its sockets."""
        self._session.close()

    def _done(self, operation: Any) -> Any:
        ends = time.monotonic() + PATIENCE
        path = "compute/v1/" + operation["selfLink"].partition("/compute/v1/")[2]
        while operation["status"] != "DONE" and time.monotonic() < ends:
            time.sleep(POLL)
            operation = self._look(path)
        if operation.get("error"):
            raise RuntimeError(f"{operation['operationType']}: {operation['error']}")
        return operation

    def _look(self, path: str) -> Any:
        headers = {"Authorization": f"Bearer {self._credentials.token}"}
        return self._session.get(f"{self.url}/{path}", headers=headers, timeout=PATIENCE).json()
