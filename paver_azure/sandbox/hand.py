"""A raw client of the emulator: what people do by hand, and how a census sees past the driver's own code."""

from __future__ import annotations

import io
import json
import re
import ssl
import threading
import time
import urllib.error
import urllib.parse
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPException, HTTPSConnection
from typing import Any
from xml.sax.saxutils import unescape

from paver_azure.sandbox.kinds import DNS, KINDS
from paver_azure.sandbox.message import Json
from paver_azure.sandbox.place import place

WAIT, POLL = 30.0, 0.02
_BLOB, _MARKER = re.compile(rb"<Name>([^<]+)</Name>"), re.compile(rb"<NextMarker>([^<]+)</NextMarker>")
SUBSCRIPTIONS, RESOURCES = "2022-12-01", "2025-04-01"


class Hand:
    """Somebody who is logged in, on one connection: a census is some fifty requests, and greetings cost more than they.

    Args:
        url: Where the emulator answers.
        ca: The file of its authority's certificate.
        tenant: The directory.
        client: As whom.
        secret: With what.
    """

    def __init__(self, url: str, ca: str, tenant: str, client: str, secret: str) -> None:
        self.url = url
        context = ssl.create_default_context(cafile=ca)
        self._line = HTTPSConnection(urllib.parse.urlsplit(url).netloc, timeout=WAIT, context=context)
        self._lock = threading.Lock()
        self._login = (tenant, client, secret)
        self._tokens: dict[str, str] = {}

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def get(self, path: str, **query: str) -> Json:
        """One thing, or a list."""
        return self._json("GET", path, None, query)

    def all(self, path: str, **query: str) -> list[Json]:
        """A list's members, to its end; empty where its parent is not there."""
        try:
            page = self.get(path, **query)
            found: list[Json] = page["value"]
            while following := page.get("nextLink"):
                page = json.loads(self._call("GET", following, None, self.url, {}))
                found += page["value"]
        except urllib.error.HTTPError as error:
            if error.code == 404:  # noqa: PLR2004  HTTP's own number
                return []
            raise
        return found

    def put(self, path: str, body: Mapping[str, Any]) -> Json:
        """Make it, or change it, and wait until it is so."""
        self._json("PUT", path, dict(body), {})
        return self.wait(path)

    def wait(self, path: str) -> Json:
        """What it is once nothing is on its way any more."""
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:
            found = self.get(path)
            if (found.get("properties") or {}).get("provisioningState", "Succeeded") == "Succeeded":
                return found
            time.sleep(POLL)
        raise TimeoutError(path)

    def delete(self, path: str) -> None:
        """Take it away, and wait until it is gone."""
        self._json("DELETE", path, None, {})
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:
            try:
                self.get(path)
            except urllib.error.HTTPError:
                return
            time.sleep(POLL)
        raise TimeoutError(path)

    def blob(self, verb: str, path: str, body: bytes | None = None) -> bytes:
        """One call of the data plane, below `/blob/`."""
        headers = {"x-ms-version": "2025-05-05", "x-ms-blob-type": "BlockBlob"}
        return self._call(verb, f"{self.url}/blob/{path}", body, "https://storage.azure.com", headers)

    def blobs(self, container: str) -> list[str]:
        """The names of all blobs in `ACCOUNT/CONTAINER`."""
        asked = f"{container}?restype=container&comp=list"
        page = self.blob("GET", asked)
        found = _BLOB.findall(page)
        while following := _MARKER.search(page):
            page = self.blob("GET", f"{asked}&marker={urllib.parse.quote(following[1])}")
            found += _BLOB.findall(page)
        return [unescape(name.decode()) for name in found]

    def _json(self, verb: str, path: str, body: Json | None, query: Mapping[str, str]) -> Json:
        asked = urllib.parse.urlencode({"api-version": _version(path), **query}, quote_via=urllib.parse.quote)
        url = f"{self.url}{urllib.parse.quote(path)}?{asked}"
        payload = None if body is None else json.dumps(body).encode()
        text = self._call(verb, url, payload, self.url, {"Content-Type": "application/json"})
        found: Json = json.loads(text) if text else {}
        return found

    def _call(self, verb: str, url: str, body: bytes | None, audience: str, headers: Mapping[str, str]) -> bytes:
        token = {"Authorization": f"Bearer {self._token(audience)}"}
        return self._send(verb, url, body, {**token, **headers})

    def _send(self, verb: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
        with self._lock:
            try:
                self._line.request(verb, url.removeprefix(self.url), body, {"User-Agent": "a hand", **headers})
                answer = self._line.getresponse()
                told = answer.read()
            except (OSError, HTTPException):
                self._line.close()  # the next request opens it again
                raise
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise urllib.error.HTTPError(url, answer.status, answer.reason, answer.headers, io.BytesIO(told))
        return told

    def _token(self, audience: str) -> str:
        if audience not in self._tokens:
            tenant, client, secret = self._login
            form = {"client_id": client, "client_secret": secret, "scope": f"{audience}/.default"}
            form["grant_type"] = "client_credentials"
            asked = f"{self.url}/{tenant}/oauth2/v2.0/token"
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            told = self._send("POST", asked, urllib.parse.urlencode(form).encode(), headers)
            self._tokens[audience] = json.loads(told)["access_token"]
        return self._tokens[audience]


def _version(path: str) -> str:
    asked = place(path)
    if asked.type in KINDS:
        return KINDS[asked.type].version
    if asked.type.startswith("microsoft.network/privatednszones/"):
        return DNS
    return RESOURCES if "/resource" in asked.key else SUBSCRIPTIONS
