"""boto3, loaded when the first client is made; its clients, made once and shared by threads.

The vendor's own chain says who calls, where (`AWS_ENDPOINT_URL…`, profiles) and whom to trust (`AWS_CA_BUNDLE`).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pydantic import SecretStr

    from paver_aws.settings import AwsSettings

Client = Any
"""A client of boto3, which makes its classes at run time."""

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 60.0
CONNECTIONS = 40
"""More than an engine has threads: a request that waits for a socket waits in nobody's statistics."""
READ_ATTEMPTS = 4


@cache
def descriptions(path: str | None) -> Any:
    """What botocore says of the services, read once in a process: half of what a client costs."""
    from botocore.loaders import create_loader  # noqa: PLC0415  whoever only plans on paper needs no SDK

    return create_loader(path)


def _whole(operation_model: Any, response_dict: Mapping[str, Any], **_: object) -> None:
    """Look at an answer before it is read: one that broke off is none.

    botocore lets a body be shorter than its head says, and finds no members in JSON or CBOR that broke off: a list of
    nothing.
    """
    from botocore.exceptions import IncompleteReadError  # noqa: PLC0415  it is loaded where an answer comes

    body, length = response_dict["body"], str(response_dict["headers"].get("content-length", ""))
    if not isinstance(body, bytes) or not length.isdigit() or operation_model.http["method"] == "HEAD":
        return
    if len(body) != int(length):
        raise IncompleteReadError(actual_bytes=len(body), expected_bytes=int(length))


class Keys(NamedTuple):
    """An access key, in place of whom the chain would find."""

    id: str
    secret: SecretStr


class Sdk:
    """One session of boto3.

    Args:
        settings: The section: which region, which profile.
        keys: Who calls; None: whom boto3's chain finds. Endpoints and whom to trust are the profile's all the same.
    """

    def __init__(self, settings: AwsSettings, keys: Keys | None = None) -> None:
        self._settings = settings
        self._keys = keys
        self._lock = threading.Lock()
        self._session: Any = None
        self._clients: dict[tuple[str, bool], Client] = {}

    def client(self, service: str, *, mutating: bool) -> Client:
        """A client; what changes something is sent once, whatever becomes of it.

        Raises:
            BotoCoreError: the profile or its configuration cannot be read.
        """
        # Making a client is not safe in threads, using one is ("Multithreading or multiprocessing with resources",
        # boto3's guide).
        with self._lock:
            found = self._clients.get((service, mutating))
            if found is None:
                found = self._clients[service, mutating] = self._made(service, mutating=mutating)
            return found

    def knows(self, region: str, partition: str) -> bool:
        """Whether this boto3 has heard of a region: AWS may have opened one since."""
        import botocore.session  # noqa: PLC0415  it is loaded where a client is made

        return region in botocore.session.Session().get_available_regions("ec2", partition)

    def close(self) -> None:
        """Close idle sockets. Raises nothing."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _made(self, service: str, *, mutating: bool) -> Client:
        from botocore.config import Config  # noqa: PLC0415  a plan's own time is spent elsewhere

        if self._session is None:
            self._session = self._opened()
        return self._session.client(
            service,
            region_name=self._settings.region,
            config=Config(
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=READ_TIMEOUT,
                max_pool_connections=CONNECTIONS,
                # A CreateVpc whose answer is lost and which the SDK sends again makes two VPCs.
                retries={"mode": "standard", "total_max_attempts": 1 if mutating else READ_ATTEMPTS},
            ),
        )

    def _opened(self) -> Any:
        import boto3  # noqa: PLC0415  whoever only plans on paper needs no SDK
        import botocore.session  # noqa: PLC0415  the same

        session = botocore.session.Session(profile=self._settings.profile)
        session.register("before-parse", _whole)
        if self._settings.config_file is not None:
            session.set_config_variable("config_file", self._settings.config_file)
        session.register_component("data_loader", descriptions(session.get_config_variable("data_path")))
        if self._keys is not None:
            session.set_credentials(self._keys.id, self._keys.secret.get_secret_value())
        return boto3.Session(botocore_session=session, region_name=self._settings.region)
