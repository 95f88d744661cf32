"""Who calls: directories, their applications, and the tokens that these get for a secret.

Error numbers: Microsoft Learn, "Microsoft Entra authentication and authorization error codes".
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from paver_azure.sandbox.message import Answer, Json, Refusal, Request

LASTS = 3600.0
STORAGE = "https://storage.azure.com"


@dataclass(slots=True)
class Application:
    """Somebody who may log in to a directory."""

    client: str
    principal: str
    """The service principal's id: roles are assigned to it."""
    secret: str
    expired: bool = False
    """Whether its secret has run out."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token came with a request."""

    tenant: str
    client: str
    principal: str
    audience: str
    until: float


@dataclass(slots=True)
class Authority:
    """All directories.

    Args:
        clock: Seconds that only grow.
    """

    clock: Callable[[], float]
    tenants: dict[str, list[Application]] = field(default_factory=dict)
    _tokens: dict[str, Caller] = field(default_factory=dict)

    def tenant(self) -> str:
        """A new directory."""
        made = str(uuid.uuid4())
        self.tenants[made] = []
        return made

    def application(self, tenant: str) -> Application:
        """A new application in a directory."""
        made = Application(str(uuid.uuid4()), str(uuid.uuid4()), secrets.token_urlsafe(30))
        self.tenants[tenant].append(made)
        return made

    def token(self, tenant: str, application: Application, audience: str) -> str:
        """A token for somebody who has shown who they are."""
        made = secrets.token_urlsafe(40)
        until = self.clock() + LASTS
        self._tokens[made] = Caller(tenant, application.client, application.principal, audience, until)
        return made

    def expire(self) -> None:
        """Let every token that was given out run out now."""
        self._tokens = {
            token: Caller(one.tenant, one.client, one.principal, one.audience, self.clock())
            for token, one in self._tokens.items()
        }

    def caller(self, request: Request) -> Caller:
        """Whoever sends a request. Raises Refusal where nobody knows."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        challenge = {"WWW-Authenticate": f'Bearer authorization_uri="{request.base}/", error="invalid_token"'}
        if scheme.lower() != "bearer":
            said = "Authentication failed. The 'Authorization' header is missing."
            raise Refusal(401, "AuthenticationFailed", said, challenge)
        found = self._tokens.get(token)
        if found is None:
            raise Refusal(401, "InvalidAuthenticationToken", "The access token is invalid.", challenge)
        if found.until <= self.clock():
            raise Refusal(401, "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than now.")
        return found

    def serve(self, request: Request) -> Answer:
        """What the authority itself is asked: where its endpoints are, and for tokens."""
        tenant = request.path.strip("/").partition("/")[0].lower()
        at = f"{request.base}/{tenant}"
        if request.path.endswith("/.well-known/openid-configuration"):
            if tenant not in self.tenants:
                return _no("invalid_tenant", 90002, f"Tenant '{tenant}' not found. Check to make sure you have it.")
            endpoints: Json = {
                "authorization_endpoint": f"{at}/oauth2/v2.0/authorize",
                "token_endpoint": f"{at}/oauth2/v2.0/token",
                "issuer": f"{at}/v2.0",
            }
            return Answer(200, endpoints)
        return self._login(tenant, dict(parse_qsl(request.body.decode())))

    def _login(self, tenant: str, form: dict[str, str]) -> Answer:
        if tenant not in self.tenants:
            return _no("invalid_request", 90002, f"Tenant '{tenant}' not found. Check to make sure you have it.")
        client = form.get("client_id", "").lower()
        found = next((one for one in self.tenants[tenant] if one.client == client), None)
        if found is None:
            said = f"Application with identifier '{client}' was not found in the directory '{tenant}'."
            return _no("unauthorized_client", 700016, said)
        if form.get("client_secret") != found.secret:
            return _no("invalid_client", 7000215, f"Invalid client secret provided for app '{client}'.", 401)
        if found.expired:
            return _no(
                "invalid_client", 7000222, f"The provided client secret keys for app '{client}' are expired.", 401
            )
        audience = form.get("scope", "").split(" ")[0].removesuffix("/.default").rstrip("/")
        token = self.token(tenant, found, audience)
        return Answer(200, {"token_type": "Bearer", "expires_in": int(LASTS), "access_token": token})


def _no(error: str, number: int, said: str, status: int = 400) -> Answer:
    text = f"AADSTS{number}: {said} Trace ID: {uuid.uuid4()} Correlation ID: {uuid.uuid4()}"
    return Answer(status, {"error": error, "error_description": text, "error_codes": [number]})
