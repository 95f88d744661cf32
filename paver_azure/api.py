"""How this driver calls Azure: a change is sent once and not waited for, a read may be asked again, a list is whole.

Whatever goes wrong is one of the contract's errors. What comes back is ARM's own JSON, not the SDK's models.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from pydantic import SecretStr

from paver.contract.errors import AlreadyExists, NotFound, Transient
from paver.contract.types import Owner
from paver_azure import ids
from paver_azure.arm_types import SCOPED, TYPES, Type
from paver_azure.errors import inner, refusal, retry_after, translate
from paver_azure.sdk import READ_RETRIES, Sdk
from paver_azure.settings import AzureSettings

T = TypeVar("T")

Record = Mapping[str, Any]
"""One thing as ARM tells it."""
RECORD_TYPE = "A"


class Sent(NamedTuple):
    """What a change was answered with."""

    record: Record
    """The thing as it is now; empty: the answer had no body."""
    operation: str
    """Where to ask how far it is; empty: nowhere, or it is done."""
    after: float = 0.0
    """Seconds for which Azure asks not to be asked how far it is."""


class Progress(NamedTuple):
    """How far an operation is."""

    told: Record
    after: float
    """Seconds for which Azure asks not to be asked again."""


class Api:
    """Azure, as one subscription sees it. Used from many threads.

    Args:
        settings: The section.
        secret: The client secret, where the section names one.
        session: One of `requests` that leads elsewhere than to the network; None: one of our own.
    """

    def __init__(
        self, settings: AzureSettings, secret: Callable[[], SecretStr] | None = None, session: Any = None
    ) -> None:
        self.settings = settings
        self.sdk = Sdk(settings, secret, session)
        self._lock = threading.Lock()
        self._others: dict[str, frozenset[str]] = {}

    def group(self, owner: Owner) -> str:
        """The id of the group in which an environment's things are."""
        return ids.group_id(self.settings.root, self.settings.resource_group or owner.name)

    def note_others(self, kind: str, found: Iterable[str]) -> None:
        """Remember what a whole listing of one kind showed that is not ours, by id."""
        with self._lock:
            self._others[kind] = frozenset(found)

    def refuse_others(self, kind: str, id_: str) -> None:
        """Raise AlreadyExists where the name is somebody else's: a PUT would change their thing, not make ours."""
        with self._lock:
            taken = id_ in self._others.get(kind, ())
        if taken:
            raise AlreadyExists(f"{id_} is there, and not by us")

    def put(self, type_: str, id_: str, body: Mapping[str, Any], **headers: str) -> Sent:
        """Send one PUT.

        What the body refers to was there a moment ago, so that its absence is only not to be seen yet.

        Args:
            type_: One of `TYPES`.
            id_: The resource's id.
            body: ARM's JSON.
            headers: With `_` for `-`: `If_Match`.
        """
        row = TYPES[type_]
        # Bytes, because the packages check dicts in two different ways and let some of them through changed.
        payload = json.dumps(body).encode()
        extra: dict[str, Any] = {"content_type": "application/json"}
        if headers:
            extra["headers"] = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            return self._change(row, row.create, f"put {id_}", (*_path(type_, id_), payload), **extra)
        except NotFound as error:
            raise Transient(error.message) from error

    def patch(self, type_: str, id_: str, body: Mapping[str, Any]) -> Sent:
        """Send one PATCH: what the body leaves out stays as it is."""
        row = TYPES[type_]
        payload = json.dumps(body).encode()
        return self._change(
            row, row.update, f"patch {id_}", (*_path(type_, id_), payload), content_type="application/json"
        )

    def delete(self, type_: str, id_: str, **headers: str) -> Sent:
        """Send one DELETE. Raises NotFound where it is gone, Busy where something is in the way."""
        row = TYPES[type_]
        extra = {"headers": {name.replace("_", "-"): value for name, value in headers.items()}} if headers else {}
        return self._change(row, row.delete, f"delete {id_}", _path(type_, id_), **extra)

    def get(self, type_: str, id_: str) -> Record:
        """One thing. Raises NotFound, Transient, Denied."""
        return self.ask(id_, TYPES[type_].version)

    def look(self, type_: str, id_: str) -> Record | None:
        """One thing, or None."""
        try:
            return self.get(type_, id_)
        except NotFound:
            return None

    def all_of(self, type_: str, *within: str, **options: str) -> list[Record]:
        """All of one type in one parent, to the end; empty where the parent is not there.

        Args:
            type_: One of `TYPES`.
            within: The group's name, or the scope's id, and the names of further parents.
            options: OData's, without their `$`.
        """
        query = {f"${name}": value for name, value in options.items()}
        try:
            return self.ask_all(self._listed(type_, *within), TYPES[type_].version, **query)
        except NotFound:
            return []

    def _listed(self, type_: str, *within: str) -> str:
        """The path of a list."""
        namespace, *words = type_.split("/")
        if not within:
            return f"{self.settings.root}/{words[-1].lower()}"
        place, *names = within
        scope = place if "/" in place else ids.group_id(self.settings.root, place)
        parents = (part for pair in zip(words, names, strict=False) for part in pair)
        return "/".join((scope, "providers", namespace, *parents, TYPES[type_].listed or words[-1]))

    def ask(self, path: str, version: str, **query: str) -> Record:
        """GET a path, or the next page of a list, where `path` is a whole URL of the resource manager.

        Not by the packages' own operations: they make models of whatever comes, of which nobody here wants any, and
        that takes more time than all else in a plan.
        """
        return self._asked(path, version, **query).told

    def _asked(self, path: str, version: str, **query: str) -> Progress:
        from azure.core.rest import HttpRequest  # noqa: PLC0415  a plan on paper needs no SDK

        url = path if path.startswith("https://") else self.settings.manager + path
        asked = {name: quote(value) for name, value in {"api-version": version, **query}.items()}
        request = HttpRequest("GET", url, params=None if "api-version=" in url else asked)

        def send() -> Progress:
            answer = self.sdk.arm().send_request(request, retry_total=READ_RETRIES)
            text = answer.text()
            if answer.status_code >= 400:  # noqa: PLR2004  HTTP's own number
                code, said = inner((json.loads(text) if text else {}).get("error", {}))
                raise refusal(code, said, answer.status_code, answer.headers, f"get {path}", sent=False)
            return Progress(json.loads(text) if text else {}, retry_after(answer.headers) or 0.0)

        return self.translated(send, f"get {path}", sent=False)

    def ask_all(self, path: str, version: str, **query: str) -> list[Record]:
        """The same for a list, to its end."""
        page = self.ask(path, version, **query)
        found = list(page.get("value") or ())
        while following := page.get("nextLink"):
            page = self.ask(following, version)
            found += page.get("value") or ()
        return found

    def blobs(self, account_url: str, container: str, most: int) -> tuple[int, bool]:
        """How many blobs a container has, counted up to `most`, and whether there are more. Raises NotFound."""
        what = f"list the blobs of {container}"

        def count() -> tuple[int, bool]:
            names = self.sdk.blobs(account_url, container).list_blob_names(results_per_page=most + 1)
            # A page may be short, and even empty, before the last one.
            found = sum(1 for _ in islice(names, most + 1))
            return min(found, most), found > most

        return self.translated(count, what, sent=False)

    def available(self, account: str) -> Record:
        """Whether a storage account's name is to be had."""
        row = TYPES["Microsoft.Storage/storageAccounts"]
        body = json.dumps({"name": account, "type": "Microsoft.Storage/storageAccounts"}).encode()
        extra = {"content_type": "application/json"}
        asked = self._read(row, "check_name_availability", f"ask for the name {account}", (body,), **extra)
        return asked[-1] if asked else {}

    def account_key(self, id_: str) -> str:
        """One of a storage account's keys. Raises NotFound, Denied."""
        row = TYPES["Microsoft.Storage/storageAccounts"]
        told = self._read(
            row, "list_keys", f"ask for the keys of {id_}", _path("Microsoft.Storage/storageAccounts", id_)
        )
        return str(told[-1]["keys"][0]["value"])

    def console(self, id_: str) -> str:
        """What a machine has printed since its last start. Raises NotFound, Denied."""
        row = TYPES["Microsoft.Compute/virtualMachines"]
        path = _path("Microsoft.Compute/virtualMachines", id_)
        told = self._read(row, "retrieve_boot_diagnostics_data", f"ask for the console of {id_}", path)
        url = str((told[-1] if told else {}).get("serialConsoleLogBlobUri") or "")
        what = f"read the console of {id_}"
        return self.translated(lambda: self.sdk.fetch(url), what, sent=False) if url else ""

    def progress(self, operation: str) -> Progress | None:
        """How far an operation is; None where nobody knows it any more."""
        try:
            return self._asked(operation, "") if self.sdk.ours(operation) else None
        except NotFound:
            return None

    def close(self) -> None:
        """Close idle sockets."""
        self.sdk.close()

    def _change(self, row: Type, method: str, what: str, path: Sequence[Any], **arguments: Any) -> Sent:
        # What fails afterwards is then not the login: nothing was sent before.
        self.translated(self.sdk.token, what, sent=False)
        if method.startswith("begin_"):
            arguments["polling"] = False
        answers = self._sent(row, method, what, path, sent=True, retry_total=0, **arguments)
        last = answers[-1] if answers else None
        if last is None:
            return Sent({}, "")
        record = self.translated(lambda: _body(last), what, sent=True)
        after = retry_after(last.headers) or 0.0
        return Sent(record, str(last.headers.get("Azure-AsyncOperation") or ""), after)

    def _read(self, row: Type, method: str, what: str, path: Sequence[Any], **arguments: Any) -> list[Record]:
        answers = self._sent(row, method, what, path, sent=False, retry_total=READ_RETRIES, **arguments)
        return self.translated(lambda: [_body(answer) for answer in answers], what, sent=False)

    def _sent(
        self, row: Type, method: str, what: str, path: Sequence[Any], *, sent: bool, **arguments: Any
    ) -> list[Any]:
        """Call the SDK, and return the HTTP answers that said yes."""
        answers: list[Any] = []

        def heard(response: Any) -> None:
            if response.http_response.status_code < 400:  # noqa: PLR2004  HTTP's own number
                answers.append(response.http_response)

        def send() -> None:
            call = getattr(getattr(self.sdk.client(row.service, row.version), row.operations), method)
            # Half of the packages ask their client for the version, the other half each call.
            call(*path, params={"api-version": row.version}, raw_response_hook=heard, **arguments)

        self.translated(send, what, sent=sent)
        return answers

    def translated(self, ask: Callable[[], T], what: str, *, sent: bool) -> T:
        """Whatever that gives; what it raises as one of the contract's errors."""
        try:
            return ask()
        except Exception as error:
            raise translate(error, what, sent=sent) from error


def _body(answer: Any) -> Record:
    text = answer.text()
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}


def _path(type_: str, id_: str) -> tuple[str, ...]:
    """What the SDK's operations want of an id."""
    if type_ in SCOPED:
        scope, _, rest = id_.rpartition("/providers/Microsoft.Authorization/")
        return scope.strip("/"), ids.last(rest)
    group, names = ids.parts(id_)
    if type_.endswith("/containers"):
        return group, names[0], names[-1]
    if type_.endswith("/privateDnsZones/A"):
        return group, names[0], RECORD_TYPE, names[1]
    return group, *names
