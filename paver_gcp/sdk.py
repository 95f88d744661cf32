"""google-auth and requests, loaded with the first call: a token for whoever calls, and connections that threads share.

Google's own chain says who calls (`GOOGLE_APPLICATION_CREDENTIALS`, gcloud's file, the machine's account), and requests
whom to trust (`REQUESTS_CA_BUNDLE`) and which proxy to take. Neither sends a request twice.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from paver.contract.connections import steady
from paver_gcp.credentials import from_file, from_key

if TYPE_CHECKING:
    from pydantic import SecretStr

    from paver_gcp.settings import GcpSettings

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 60.0
CONNECTIONS = 40
"""More than an engine has threads: a request that waits for a socket waits in nobody's statistics."""


class Reply(NamedTuple):
    """An answer."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Sdk:
    """One set of credentials and connections.

    Args:
        settings: The section: where Google answers, and whose credentials.
        key: Of the service account that calls; None: whoever the section or Google's chain names.
    """

    def __init__(self, settings: GcpSettings, key: SecretStr | None = None) -> None:
        self._settings = settings
        self._key = key
        self._lock = threading.Lock()
        self._credentials: Any = None
        self._session: Any = None
        self._plain: Any = None

    def send(
        self, verb: str, url: str, query: Mapping[str, Any], body: Any, headers: Mapping[str, str], data: bytes | None
    ) -> Reply:
        """Send one request, once. Raises whatever google-auth and requests raise."""
        session, token = self._opened()
        with session.request(
            verb,
            url,
            params=dict(query),
            json=body,
            data=data,
            headers={**headers, "Authorization": f"Bearer {token}"},
            timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
            allow_redirects=False,
        ) as answer:
            return Reply(answer.status_code, answer.headers, answer.content)

    def close(self) -> None:
        """Close idle sockets. Raises nothing."""
        with self._lock:
            for session in (self._session, self._plain):
                if session is not None:
                    session.close()
            self._session = self._plain = None

    def _opened(self) -> tuple[Any, str]:
        """The connections, and a token that is good now."""
        with self._lock:
            if self._session is None:
                self._session, self._plain = _connections(), _connections()
            if self._credentials is None:
                self._credentials = self._found()
            if not self._credentials.valid:
                from google.auth.transport.requests import Request  # noqa: PLC0415  whoever only plans on paper needs none

                self._credentials.refresh(functools.partial(Request(self._plain), timeout=READ_TIMEOUT))
            return self._session, str(self._credentials.token)

    def _found(self) -> Any:
        if self._key is not None:
            return from_key(self._key, SCOPE)
        if self._settings.credentials_file is not None:
            return from_file(self._settings.credentials_file, SCOPE)
        import google.auth  # noqa: PLC0415  whoever only plans on paper needs none
        from google.auth.transport.requests import Request  # noqa: PLC0415  the same

        return google.auth.default(scopes=[SCOPE], request=Request(self._plain))[0]


def _connections() -> Any:
    import requests  # noqa: PLC0415  whoever only plans on paper needs none
    from requests.adapters import HTTPAdapter  # noqa: PLC0415  the same

    session = steady(requests.Session())
    adapter = HTTPAdapter(pool_connections=8, pool_maxsize=CONNECTIONS, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
