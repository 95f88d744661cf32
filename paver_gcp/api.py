"""How this driver calls Google: each request is sent once, a list is read to its end, errors are the contract's."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import SecretStr

from paver.contract.asking import asked
from paver.contract.errors import NotFound, PaverError, Transient
from paver_gcp.broken import broken
from paver_gcp.errors import refusal
from paver_gcp.sdk import Reply, Sdk
from paver_gcp.settings import GcpSettings

T = TypeVar("T")

Record = Mapping[str, Any]
"""One thing as Google tells it."""
BASES = {
    "compute": "compute/v1/",
    "iam": "v1/",
    "cloudresourcemanager": "v3/",
    "dns": "dns/v1/",
    "storage": "storage/v1/",
    "serviceusage": "v1/",
}
"""Where each API's paths begin (its Discovery document, `servicePath`)."""
READ_TRIES = 3
UPLOAD = "upload/storage/v1/"
PARTIAL = "UNREACHABLE"
"""The warning of a list that lacks a place that did not answer."""


class Api:
    """Google, as one project and region see it. Used from many threads.

    Args:
        settings: The section.
        tries: How often a question is asked where nobody answers. The engine asks again by itself, but all of a call
            that may have several questions; preflight has none.
        key: Of the service account that calls; None: whoever the section or Google's chain names.
    """

    def __init__(self, settings: GcpSettings, tries: int = READ_TRIES, key: SecretStr | None = None) -> None:
        self.settings = settings
        self._tries = tries
        self._sdk = Sdk(settings, key)

    @property
    def project(self) -> str:
        """The project's id."""
        return self.settings.project

    @property
    def region(self) -> str:
        """The region."""
        return self.settings.region

    @cached_property
    def number(self) -> str:
        """The project's number."""
        found = self.read("cloudresourcemanager", f"projects/{self.project}")
        return str(found["name"]).rpartition("/")[2]

    def change(self, verb: str, service: str, path: str, body: Any = None, *, about: str = "", **query: Any) -> Record:
        """Send one call that makes or changes something, once.

        What it refers to was there a moment ago, so that its absence is only not to be seen yet.

        Raises:
            CallError: by the table in `paver_gcp.errors`; `OutcomeUnknown` where the answer was lost.
        """
        try:
            return self.replace(verb, service, path, body, about=about, **query)
        except NotFound as error:
            raise Transient(error.message) from error

    def replace(self, verb: str, service: str, path: str, body: Any = None, *, about: str = "", **query: Any) -> Record:
        """Send one call that writes over what it names, once. Raises NotFound where that is gone, else as `change`."""
        return _parsed(self._sent(verb, service, BASES[service] + path, query, about or path, body=body, sent=True))

    def remove(self, service: str, path: str, *, about: str = "", **query: Any) -> Record:
        """Send one call that deletes something, once. Raises NotFound where it is gone, else as `change`."""
        return self.replace("DELETE", service, path, about=about, **query)

    def read(
        self, service: str, path: str, *, verb: str = "GET", body: Any = None, about: str = "", **query: Any
    ) -> Record:
        """Ask. Raises NotFound, Transient, Denied."""
        whole = BASES[service] + path
        return asked(lambda: _parsed(self._sent(verb, service, whole, query, about or path, body=body)), self._tries)

    def pages(self, service: str, path: str, within: str, **query: Any) -> list[Record]:
        """Ask for a list, to its end.

        Args:
            service: Whose list.
            path: Its path.
            within: The member of the answer that has it.
            query: The parameters.
        """
        return [record for page in self._pages(service, path, query) for record in page.get(within) or ()]

    def aggregated(self, path: str, within: str, **query: Any) -> list[Record]:
        """Ask Compute for a list over all zones, to its end. Raises Transient where a place did not answer."""
        found: list[Record] = []
        for page in self._pages("compute", path, query):
            for place, held in (page.get("items") or {}).items():
                if held.get("warning", {}).get("code") == PARTIAL:
                    raise Transient(f"{path}: {place} did not answer")
                found += held.get(within) or ()
        return found

    def media(self, path: str) -> Reply:
        """What is in an object. Raises NotFound, Transient, Denied."""
        whole = BASES["storage"] + path
        return asked(lambda: self._sent("GET", "storage", whole, {"alt": "media"}, path), self._tries)

    def upload(self, bucket: str, name: str, data: bytes, **query: Any) -> Record:
        """Put an object into a bucket, in one piece, once. Raises as `replace`."""
        whole = {"uploadType": "media", "name": name, **query}
        path = f"{UPLOAD}b/{quote(bucket, safe='')}/o"
        return _parsed(self._sent("POST", "storage", path, whole, f"{bucket}/{name}", data=data, sent=True))

    def close(self) -> None:
        """Close idle sockets."""
        self._sdk.close()

    def _pages(self, service: str, path: str, query: Mapping[str, Any]) -> list[Record]:
        found: list[Record] = []
        token = ""
        while True:
            page = self.read(service, path, **query, **({"pageToken": token} if token else {}))
            if page.get("warning", {}).get("code") == PARTIAL or page.get("unreachable"):
                raise Transient(f"{path}: a place did not answer")
            found.append(page)
            token = str(page.get("nextPageToken") or "")
            if not token:
                return found

    def _sent(
        self,
        verb: str,
        service: str,
        path: str,
        query: Mapping[str, Any],
        about: str,
        *,
        body: Any = None,
        data: bytes | None = None,
        sent: bool = False,
    ) -> Reply:
        url = f"{self.settings.endpoint.replace('{service}', service)}/{path}"
        asked_for = {name: _spelled(value) for name, value in query.items() if value is not None}
        what = f"{verb} {about}"
        headers = {"Content-Type": "application/octet-stream"} if data is not None else {}
        answer = _translated(lambda: self._sdk.send(verb, url, asked_for, body, headers, data), what, sent=sent)
        if answer.status >= 400:  # noqa: PLR2004  HTTP's own number
            after = str(answer.headers.get("Retry-After", ""))
            raise refusal(answer.status, _said(answer.content), what, sent=sent, retry_after=after)
        if answer.content and not answer.headers.get("Content-Type", "").startswith("application/json"):
            return answer
        # Read here, so that an answer that was cut short is judged as what it is: one that was lost.
        _translated(lambda: json.loads(answer.content or b"{}"), what, sent=sent)
        return answer


def quoted(text: str) -> str:
    """A name as a part of a path."""
    return quote(text, safe="")


def _translated(ask: Callable[[], T], what: str, *, sent: bool) -> T:
    try:
        return ask()
    except PaverError:
        raise
    except Exception as error:
        meant = broken(error, what, sent=sent)
        if meant is None:
            raise
        raise meant from error


def _parsed(answer: Reply) -> Record:
    found: Record = json.loads(answer.content or b"{}")
    return found


def _said(content: bytes) -> Record:
    try:
        found = json.loads(content or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _spelled(value: Any) -> Any:
    return {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
