"""Who calls: an assertion that a service account's key has signed becomes a token (Google Identity, OAuth 2.0)."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from paver_gcp.sandbox.problem import Problem
from paver_gcp.sandbox.world import World

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFETIME = 3600


@dataclass
class Tokens:
    """Those that were given out."""

    world: World
    given: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Token to account and end."""

    def give(self, body: bytes) -> tuple[int, dict[str, Any]]:
        """Answer to an assertion: status and body."""
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        try:
            email = self._signer(form)
        except (ValueError, KeyError, TypeError):
            return 400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        token = "ya29." + secrets.token_urlsafe(32)
        self.given[token] = (email, time.time() + LIFETIME)
        return 200, {"access_token": token, "expires_in": LIFETIME, "token_type": "Bearer"}

    def caller(self, headers: Mapping[str, str]) -> str:
        """Who calls, as a policy's member. Raises Problem."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        email, ends = self.given.get(token, ("", 0.0))
        if scheme != "Bearer" or time.time() > ends or not self._there(email):
            message = "Request had invalid authentication credentials. Expected OAuth 2 access token."
            raise Problem(401, "authError", message)
        return f"serviceAccount:{email}"

    def _there(self, email: str) -> bool:
        return any(email in project.accounts for project in self.world.projects.values())

    def _signer(self, form: Mapping[str, str]) -> str:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  only a sign-in needs it
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415  the same
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415  the same

        if form["grant_type"] != GRANT:
            raise ValueError(form["grant_type"])
        signed, _, signature = form["assertion"].rpartition(".")
        head, claims = (json.loads(_decoded(part)) for part in signed.split("."))
        if claims["exp"] < time.time():
            raise ValueError("expired")
        email = str(claims["iss"])
        for project in self.world.projects.values():
            key = project.keys.get(email, {}).get(head["kid"])
            if key is not None and not key.get("disabled"):
                try:
                    key["_public"].verify(_decoded(signature), signed.encode(), PKCS1v15(), SHA256())
                except InvalidSignature as error:
                    raise ValueError("signature") from error
                return email
        raise KeyError(email)


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
