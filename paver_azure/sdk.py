"""The SDK, a service at a time, when it is first asked for: all of it is a second and a hundred megabytes."""

from __future__ import annotations

import importlib
import logging
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from paver.contract.connections import steady
from paver.contract.errors import Untrusted

if TYPE_CHECKING:
    from paver_azure.settings import AzureSettings

Client = Any
"""A client of the SDK. The generated packages agree in behaviour and not in types."""

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 60.0
CONNECTIONS = 40
"""More than an engine has threads: a request that waits for a socket waits in nobody's statistics."""
READ_RETRIES = 3
_BARE = ("", "")
_SILENCE = logging.NullHandler()
# The packages for roles and identities bring all their versions; the others one.
_MODULES = {
    "resources": ("azure.mgmt.resource.resources", "ResourceManagementClient"),
    "network": ("azure.mgmt.network", "NetworkManagementClient"),
    "compute": ("azure.mgmt.compute", "ComputeManagementClient"),
    "storage": ("azure.mgmt.storage", "StorageManagementClient"),
    "msi": ("azure.mgmt.msi.v2024_11_30", "ManagedServiceIdentityClient"),
    "authorization": ("azure.mgmt.authorization.v2022_04_01", "AuthorizationManagementClient"),
    "locks": ("azure.mgmt.resource.locks", "ManagementLockClient"),
    "privatedns": ("azure.mgmt.privatedns", "PrivateDnsManagementClient"),
}


def modules() -> tuple[str, ...]:
    """What the services' clients are in."""
    return tuple(module for module, _ in _MODULES.values())


class Sdk:
    """Clients of one subscription, made once and shared by threads, over one pool of connections.

    Args:
        settings: The section: which cloud, which subscription, whom to trust.
        secret: The client secret, where the section names one; asked for when the first token is.
        session: One of `requests` that leads elsewhere than to the network; None: one of our own.
    """

    def __init__(
        self, settings: AzureSettings, secret: Callable[[], SecretStr] | None = None, session: Any = None
    ) -> None:
        self._settings = settings
        self._secret = secret
        self._lock = threading.RLock()
        # They warn of each answer that is a no; whoever called is told by an error.
        for name in ("azure", "msal"):
            logging.getLogger(name).addHandler(_SILENCE)
        self._clients: dict[tuple[str, str], Client] = {}
        self._session: Any = session
        self._credential: Any = None
        self._closed = threading.Event()

    @property
    def scope(self) -> str:
        """The audience of tokens for the resource manager."""
        return f"{self._settings.manager}/.default"

    def client(self, service: str, version: str) -> Client:
        """The client of a service in one api version."""
        with self._lock:
            found = self._clients.get((service, version))
            if found is None:
                found = self._clients[service, version] = self._made(service, version)
            return found

    def arm(self) -> Client:
        """A bare pipeline to the resource manager, for what no package has."""
        with self._lock:
            found = self._clients.get(_BARE)
            if found is None:
                found = self._clients[_BARE] = self._pipeline()
            return found

    def blobs(self, account_url: str, container: str, credential: tuple[str, str] | None = None) -> Client:
        """A client of one container's data plane.

        Args:
            account_url: The account's endpoint, as ARM tells it.
            container: The container.
            credential: An account's name and key; None: the caller's own token.
        """
        from azure.core.credentials import AzureNamedKeyCredential  # noqa: PLC0415  only who looks into containers
        from azure.storage.blob import ContainerClient  # noqa: PLC0415  the same

        return ContainerClient(
            account_url.rstrip("/"),
            container,
            credential=AzureNamedKeyCredential(*credential) if credential else self.credential(),
            transport=self._transport(),
            retry_total=0,
        )

    def fetch(self, url: str) -> str:
        """The text behind a URL that itself says who may read it: nobody is shown a token there."""
        from azure.core import PipelineClient  # noqa: PLC0415  a plan on paper needs no SDK
        from azure.core.pipeline import policies as of  # noqa: PLC0415  the same
        from azure.core.rest import HttpRequest  # noqa: PLC0415  the same

        policies = [of.UserAgentPolicy("paver"), of.ProxyPolicy(), of.RetryPolicy(retry_total=READ_RETRIES)]
        client: Client = PipelineClient(url, policies=policies, transport=self._transport())
        answer = client.send_request(HttpRequest("GET", url))
        answer.raise_for_status()
        return str(answer.text("utf-8"))

    def credential(self) -> Any:
        """Who calls. Nothing is sent before a token is needed."""
        with self._lock:
            if self._credential is None:
                self._credential = self._opened()
            return self._credential

    def ours(self, url: str) -> bool:
        """Whether a URL leads to the resource manager itself, whose port some links name and some do not."""
        return _host(url) == _host(self._settings.manager)

    def token(self) -> None:
        """Have a token ready, so that whatever fails afterwards is not the login."""
        self.credential().get_token(self.scope)

    def warm(self) -> None:
        """Begin to load what changes will need, while answers are waited for; what is not loaded by `close` is left."""
        threading.Thread(target=self._load, name="paver-azure-load").start()

    def close(self) -> None:
        """Close idle sockets. Raises nothing."""
        self._closed.set()
        with self._lock:
            self._clients.clear()
            if self._session is not None:
                self._session.close()
                self._session = None

    def _load(self) -> None:
        for module in modules():
            if self._closed.is_set():
                return
            importlib.import_module(module)

    def _made(self, service: str, version: str) -> Client:
        module, name = _MODULES[service]
        return getattr(importlib.import_module(module), name)(
            self.credential(),
            str(self._settings.subscription),
            base_url=self._settings.manager,
            credential_scopes=[self.scope],
            api_version=version,
            transport=self._transport(),
            policies=self._policies(),
        )

    def _pipeline(self) -> Client:
        from azure.mgmt.core import ARMPipelineClient  # noqa: PLC0415  a plan on paper needs no SDK

        return ARMPipelineClient(self._settings.manager, policies=self._policies(), transport=self._transport())

    def _policies(self) -> list[Any]:
        """What every request goes through.

        The SDK's own list has one more, which registers resource providers that are missing: a change that nobody
        asked for. And it sends a change again whose answer was lost; here whoever calls says how often a read is.
        """
        from azure.core.pipeline import policies as of  # noqa: PLC0415  the same
        from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy  # noqa: PLC0415  the same

        return [
            of.RequestIdPolicy(),
            of.HeadersPolicy(),
            of.UserAgentPolicy("paver"),
            of.ProxyPolicy(),
            of.ContentDecodePolicy(),
            of.RedirectPolicy(permit_redirects=False),
            of.RetryPolicy(retry_total=0, retry_backoff_factor=0.2, retry_backoff_max=2),
            ARMChallengeAuthenticationPolicy(self.credential(), self.scope),
            of.CustomHookPolicy(raw_request_hook=self._stay),
        ]

    def _stay(self, request: Any) -> None:
        """Refuse to follow a list's link to elsewhere: the request bears the token."""
        url = str(request.http_request.url)
        if not self.ours(url):
            said = f"the resource manager leads to another host, {urlsplit(url).netloc}, which is shown no token"
            raise Untrusted(said, hint="check iaas.azure.cloud and endpoint")

    def _transport(self) -> Any:
        import requests  # noqa: PLC0415  a plan on paper needs no SDK
        from azure.core.pipeline.transport import RequestsTransport  # noqa: PLC0415  the same
        from requests.adapters import HTTPAdapter  # noqa: PLC0415  the same

        with self._lock:
            if self._session is None:
                self._session = steady(requests.Session())
                self._session.mount("https://", HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=0))
            return RequestsTransport(
                session=self._session,
                session_owner=False,
                connection_timeout=CONNECT_TIMEOUT,
                read_timeout=READ_TIMEOUT,
                connection_verify=self._settings.ca or True,
            )

    def _login_transport(self) -> Any:
        """The same for the authority. MSAL takes every answer but a token for a refusal, a busy server's too."""
        from azure.core.exceptions import HttpResponseError  # noqa: PLC0415  a plan on paper needs no SDK

        made = self._transport()
        send = made.send

        def heard(*request: Any, **options: Any) -> Any:
            response = send(*request, **options)
            status = response.status_code
            if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise HttpResponseError(response=response)
            return response

        made.send = heard
        return made

    def _opened(self) -> Any:
        from azure.identity import ClientSecretCredential, DefaultAzureCredential  # noqa: PLC0415  the same

        settings = self._settings
        shared: dict[str, Any] = {"authority": settings.login, "transport": self._login_transport(), "retry_total": 0}
        if settings.authority is not None:
            # An authority of one's own is known to no directory of authorities.
            shared["disable_instance_discovery"] = True
        if settings.client is not None and self._secret is not None:
            secret = self._secret().get_secret_value()
            return ClientSecretCredential(str(settings.tenant), str(settings.client), secret, **shared)
        return DefaultAzureCredential(**shared)


def _host(url: str) -> tuple[str, str]:
    found = urlsplit(url)
    return found.scheme, found.netloc.lower().removesuffix(":443")
