"""How this driver calls AWS: reads may be asked again by the SDK, changes are sent once, a list is read to its end.

Whatever goes wrong is one of the contract's errors.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeVar

from paver.contract.asking import TRIES, Once, asked
from paver.contract.errors import AlreadyExists, Busy, NotFound, Rejected, Transient
from paver_aws.errors import translate
from paver_aws.partition import partition
from paver_aws.sdk import Keys, Sdk
from paver_aws.settings import AwsSettings

T = TypeVar("T")

WOULD_HAVE = "DryRunOperation"
"""EC2's answer where a rehearsed call would have been carried out (EC2 API Reference, "Common error codes")."""
XML = frozenset(["ec2", "query", "rest-xml"])
"""The protocols that botocore refuses to read what is none of theirs in."""
Record = Mapping[str, Any]
"""One thing as AWS tells it."""


def _says_nothing(client: Any, method: str, answer: Record) -> bool:
    """Whether an answer lacks all that it is for: botocore finds no members in a page that is no JSON and no CBOR."""
    model = client.meta.service_model
    shape = model.operation_model(client.meta.method_to_api_mapping[method]).output_shape
    told = answer.keys() - {"ResponseMetadata"}
    return model.protocol not in XML and shape is not None and bool(shape.members) and not told


def _unreadable(method: str) -> Exception:
    from botocore.parsers import ResponseParserError  # noqa: PLC0415  a client is there by now

    error: Exception = ResponseParserError(f"the answer to {method} has nothing in it")
    return error


class Api:
    """AWS, as one account and region see it. Used from many threads.

    Args:
        settings: The section.
        tries: How often a question is asked where nobody answers. The engine asks again by itself; preflight has none.
        keys: Who calls; None: whom boto3's chain finds.
    """

    def __init__(self, settings: AwsSettings, tries: int = 1, keys: Keys | None = None) -> None:
        self.settings = settings
        self._tries = tries
        self._sdk = Sdk(settings, keys)

    @property
    def region(self) -> str:
        """The region."""
        return self.settings.region

    @cached_property
    def identity(self) -> Record:
        """Whoever calls: `Account`, `Arn`."""
        return self.read("sts", "get_caller_identity")

    @property
    def account(self) -> str:
        """The account of whoever calls."""
        return str(self.identity["Account"])

    @property
    def partition(self) -> str:
        """The region's partition, as ARNs spell it."""
        return partition(self.settings.region).name

    @property
    def familiar(self) -> bool:
        """Whether boto3 knows the region by itself."""
        return self._sdk.knows(self.region, self.partition)

    def change(self, service: str, method: str, *, about: str = "", **arguments: Any) -> Record:
        """Send one call that makes or changes something, once.

        What it refers to was there a moment ago, so that its absence is only not to be seen yet (EC2 Developer Guide,
        "Eventual consistency in the Amazon EC2 API").

        Raises:
            CallError: by the table in `paver_aws.errors`; `OutcomeUnknown` where the answer was lost.
        """
        try:
            return self._send(service, method, about, arguments, mutating=True)
        except NotFound as error:
            raise Transient(error.message) from error

    def replace(self, service: str, method: str, *, about: str = "", **arguments: Any) -> Record:
        """Send one call that writes over what it names, once. Raises NotFound where that is gone, else as `change`."""
        return self._send(service, method, about, arguments, mutating=True)

    def remove(self, service: str, method: str, *, about: str = "", **arguments: Any) -> Record:
        """Send one call that deletes something, once. Raises NotFound where it is gone, else as `change`."""
        return self._send(service, method, about, arguments, mutating=True)

    def read(self, service: str, method: str, *, about: str = "", **arguments: Any) -> Record:
        """Ask. Raises NotFound, Transient, Denied."""
        return asked(lambda: self._send(service, method, about, arguments, mutating=False), self._tries)

    def fetch(self, service: str, method: str, within: str, *, about: str = "", **arguments: Any) -> Record:
        """Ask for what has a stream in it; all that was in it stands in its place. Raises as `read`."""
        client = self._client(service, mutating=False)

        def whole() -> Record:
            answer: Record = getattr(client, method)(**arguments)
            with contextlib.closing(answer[within]) as stream:
                return {**answer, within: stream.read()}

        return asked(lambda: self._translated(whole, client, service, method, about, sent=False), self._tries)

    def rehearse(self, method: str, **arguments: Any) -> bool:
        """Ask EC2 whether a change would be allowed, which it does not make then: whether it said so.

        Where what is named is not there, EC2 may say that instead. Raises Denied, Transient.
        """
        client = self._client("ec2", mutating=True)

        def tried() -> bool:
            try:
                getattr(client, method)(DryRun=True, **arguments)
            except client.exceptions.ClientError as error:
                if error.response.get("Error", {}).get("Code") != WOULD_HAVE:
                    raise
            return True

        def ask() -> bool:
            try:
                return self._translated(tried, client, "ec2", method, "", sent=False)
            except (AlreadyExists, Busy, NotFound, Rejected):
                return False

        return asked(ask, self._tries)

    def pages(self, service: str, method: str, within: str, **arguments: Any) -> list[Record]:
        """Ask for a list, to its end.

        Args:
            service: boto3's name of it.
            method: boto3's name of the operation.
            within: The member of the answer that has the list.
            arguments: The operation's.
        """
        client = self._client(service, mutating=False)
        ask: Callable[..., Record] = getattr(client, method)

        def every() -> list[Record]:
            found: list[Record] = []
            paged = client.can_paginate(method)
            for page in client.get_paginator(method).paginate(**arguments) if paged else [ask(**arguments)]:
                if _says_nothing(client, method, page):
                    raise _unreadable(method)
                found.extend(page.get(within) or ())
            return found

        return asked(lambda: self._translated(every, client, service, method, "", sent=False), self._tries)

    def close(self) -> None:
        """Close idle sockets."""
        self._sdk.close()

    def _send(self, service: str, method: str, about: str, arguments: Mapping[str, Any], *, mutating: bool) -> Record:
        client = self._client(service, mutating=mutating)
        call: Callable[..., Record] = getattr(client, method)

        def whole() -> Record:
            answer = call(**arguments)
            if _says_nothing(client, method, answer):
                raise _unreadable(method)
            return answer

        return self._translated(whole, client, service, method, about, sent=mutating)

    def _client(self, service: str, *, mutating: bool) -> Any:
        try:
            return self._sdk.client(service, mutating=mutating)
        except Exception as error:
            raise translate(error, service, f"open {service}", sent=False) from error

    def _translated(
        self,
        ask: Callable[[], T],
        client: Any,
        service: str,
        method: str,
        about: str,
        *,
        sent: bool,
    ) -> T:
        try:
            return ask()
        except Exception as error:
            operation = client.meta.method_to_api_mapping.get(method, method)
            raise translate(error, service, operation, about, sent=sent) from error


class StillApi(Api):
    """An account while nothing is changed: what preflight's checks ask for, a list at a time, is asked for once.

    Args:
        settings: The section.
    """

    def __init__(self, settings: AwsSettings) -> None:
        super().__init__(settings, tries=TRIES)
        self._once = Once()

    def pages(self, service: str, method: str, within: str, **arguments: Any) -> list[Record]:
        """The list, to its end."""
        question = (service, method, within, repr(sorted(arguments.items())))
        return self._once(question, lambda: super(StillApi, self).pages(service, method, within, **arguments))
