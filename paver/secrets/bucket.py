"""A bucket, by the S3 protocol: objects read, listed, and written under a condition; boto3 loads at the first call."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from paver.contract.errors import SpecError, Transient
from paver.secrets.s3_errors import PLACE, Absent, Conflict, translate
from paver.secrets.store import SecretUnwritable

T = TypeVar("T")

TRIES = 3
PAUSE = 0.2
TIMEOUT = 20
LARGEST = 4 << 20
"""Bytes that are read of an object. Of a larger one the rest is missing, and so it does not open."""


class Object(NamedTuple):
    """What lies under a name."""

    data: bytes
    etag: str


class Bucket:
    """One bucket. Its methods may be called from any thread.

    Every change names what it replaces. So a request that was given up and arrives after all, when something newer lies
    there, changes nothing. Every method raises Denied, SpecError where there is no such bucket, Untrusted, and
    Transient where it does not answer.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401  boto3 makes its clients at run time
        import boto3  # noqa: PLC0415  loads where a store is used
        from botocore.config import Config  # noqa: PLC0415  the same

        config = Config(
            connect_timeout=TIMEOUT,
            read_timeout=TIMEOUT,
            # No retry by the SDK: what was sent and not answered is looked up, never sent again unseen.
            retries={"mode": "standard", "total_max_attempts": 1},
            # What is read proves itself, and servers on a site do not all know the newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        try:
            # A session of its own: the default one is whoever else's in this process.
            return boto3.session.Session().client("s3", config=config)
        except ValueError:  # an endpoint that is no URL; the text may hold more than a place
            raise SpecError(f"s3:{self.name}: the endpoint is no URL", hint=PLACE) from None

    def get(self, name: str) -> Object | None:
        """An object; None: there is none."""

        def ask() -> Object:
            answer = self._client.get_object(Bucket=self.name, Key=name)
            with contextlib.closing(answer["Body"]) as body:
                return Object(body.read(LARGEST), answer["ETag"])

        try:
            return self._asked(ask)
        except Absent:
            return None

    def put(self, name: str, data: bytes, over: str | None) -> str:
        """Write an object and return its ETag.

        Args:
            name: Its name.
            data: Its content: never the same twice, so that whoever finds it knows who wrote it.
            over: The ETag of what it replaces; None: there must be nothing.

        Raises:
            Conflict: Something else is there; nothing was written.
            SecretUnwritable: It may or may not have been written.
        """
        condition = {"IfNoneMatch": "*"} if over is None else {"IfMatch": over}

        def send() -> str:
            return str(self._client.put_object(Bucket=self.name, Key=name, Body=data, **condition)["ETag"])

        for last in (False,) * (TRIES - 1) + (True,):
            try:
                return self._mapped(send)
            except (Conflict, Absent):
                # Perhaps it was we: an earlier try's answer may have been lost.
                found = self.get(name)
                if found is not None and found.data == data:
                    return found.etag
                raise Conflict(name) from None
            except Transient as error:
                if last:
                    raise SecretUnwritable(
                        f"s3:{self.name}/{name} may not have been written: {error.message}",
                        hint="run the same command again",
                    ) from None
                time.sleep(PAUSE)
        raise AssertionError("the last try returns or raises")

    def delete(self, name: str, over: str) -> None:
        """Remove the object that has that ETag; what is gone already is well. Raises Conflict."""
        with contextlib.suppress(Absent):
            self._asked(lambda: self._client.delete_object(Bucket=self.name, Key=name, IfMatch=over))

    def names(self, below: str) -> Iterator[str]:
        """The names of all objects that begin so, page by page."""
        more: dict[str, str] = {}
        while True:
            page: dict[str, Any] = self._asked(
                lambda more=more: self._client.list_objects_v2(Bucket=self.name, Prefix=below, **more)  # type: ignore[misc]  # mypy cannot type its default
            )
            for one in page.get("Contents", ()):
                yield one["Key"]
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def _asked(self, ask: Callable[[], T]) -> T:
        """What may be asked twice, asked again where that can help."""
        for _ in range(TRIES - 1):
            try:
                return self._mapped(ask)
            except Transient:
                time.sleep(PAUSE)
        return self._mapped(ask)

    def _mapped(self, send: Callable[[], T]) -> T:
        """One request, its errors in our words. Raises Absent, Conflict."""
        try:
            return send()
        except Exception as error:
            found = translate(error, self.name)
            if found is error:
                raise
            raise found from None
