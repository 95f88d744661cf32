"""What is asked of the emulator and what it answers, whichever front it came by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One request."""

    verb: str
    base: str
    """The emulator's own URL as the caller spelled it: links in answers begin with it."""
    path: str
    """Unquoted, without a slash at its end."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    raw_path: str = ""
    """As it came: what a signature is over."""

    @classmethod
    def read(cls, verb: str, base: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
        """One from what HTTP says."""
        asked = urlsplit(target)
        low = {name.lower(): value for name, value in headers.items()}
        query = dict(parse_qsl(asked.query, keep_blank_values=True))
        return cls(verb, base, unquote(asked.path).rstrip("/"), query, low, body, asked.path)

    def json(self) -> Json:
        """The body. Raises Refusal where it is none."""
        try:
            found = json.loads(self.body or b"{}")
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Refusal(
                400, "InvalidRequestContent", "The request content was invalid and could not be deserialized."
            )
        return found


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer."""

    status: int
    body: Json | bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def payload(self) -> bytes:
        """The body as it is sent."""
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


class Refusal(Exception):
    """An answer that says no, in ARM's shape.

    Args:
        status: HTTP's.
        code: Azure's.
        message: For people.
        headers: More of them.
    """

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})

    def answer(self) -> Answer:
        """As it is sent."""
        error = {"code": self.code, "message": self.message}
        return Answer(self.status, {"error": error}, {**self.headers, "x-ms-failure-cause": "gateway"})
