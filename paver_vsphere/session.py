"""The connection layer: one logged-in pyVmomi stub to one ESXi host or vCenter, and bulk reads over it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import SecretStr

from paver.contract.asking import asked
from paver.contract.errors import Denied, NotFound, Transient
from paver_vsphere.errors import translate
from paver_vsphere.sdk import soap, support, type_named, vim, vmodl
from paver_vsphere.trust import CheckedConnection, Trust

TIMEOUT = 60.0
"""Seconds for one exchange; pyVmomi's own default is for ever."""

Reference = Any
"""A managed object reference. pyVmomi makes its classes at run time, so there is no better type to name."""

_OLDEST = "vim.version.version10"
"""vSphere 6.0: what the first exchange speaks, until the server has said its version."""

TREE: Mapping[str, Sequence[str]] = {
    "Folder": ("childEntity",),
    "Datacenter": ("vmFolder", "hostFolder", "datastoreFolder", "networkFolder"),
    "ComputeResource": ("host", "resourcePool"),
    "ResourcePool": ("resourcePool",),
    "StoragePod": ("childEntity",),
}
"""Where a traversal goes from each type: the whole inventory, without a server-side view to make and to remove."""


class Row(NamedTuple):
    """One object of a retrieval: its reference, and those of the asked properties that are set."""

    ref: Reference
    props: dict[str, Any]


@dataclass(frozen=True)
class TaskState:
    """A task, read once."""

    state: str
    """queued, running, success, error."""
    progress: int | None
    """Per cent."""
    error: Exception | None
    """The fault, for `translate`."""
    result: Any


class SessionEnded(Transient):
    """A listing whose properties are missing because the session has expired: a server may say it so."""


def moid(ref: Reference) -> str:
    """A reference as text, unique in its vCenter or host: `Datastore:datastore-12`."""
    return f"{type(ref)._wsdlName}:{ref._moId}"  # noqa: SLF001  pyVmomi has no public spelling


READS = 3
"""How often a read is sent before the engine hears of it: one call of a kind may take several, and all must arrive."""


class Connection:
    """A session on one endpoint. Used from many threads: the stub keeps a pool of sockets under one session cookie.

    Args:
        host: Name or address.
        port: Of the SOAP endpoint.
        user: As the endpoint spells it.
        password: Kept to log in again when the session has expired.
        trust: Checked on every socket, before the password or the cookie is sent over it.
        timeout: Seconds that the endpoint may keep silent.
    """

    def __init__(self, host: str, port: int, user: str, password: SecretStr, trust: Trust, timeout: float) -> None:
        self.host, self.port, self.trust, self.timeout = host, port, trust, timeout
        self._user, self._password = user, password
        self.tries = READS
        """How often a read is sent that finds nobody. More often in preflight, which the engine does not retry."""
        self._lock = threading.Lock()
        self._logins = 0
        self._stub = _stub(self, _OLDEST)
        try:
            self.content: Any = self._contents()
            oldest, self._stub = self._stub, _stub(self, _version(self.content.about.apiVersion))
            oldest.DropConnections()
            self.content = self._contents()
            self._login(0)
        except BaseException:
            self._stub.DropConnections()
            raise

    @classmethod
    def connect(
        cls, host: str, port: int, user: str, password: SecretStr, trust: Trust, timeout: float = TIMEOUT
    ) -> Connection:
        """Connect, check the peer, log in.

        Raises:
            Untrusted: it shows another certificate; the password was not sent.
            Denied: it knows no such user, or not that password.
            Transient: it does not answer.
        """
        return cls(host, port, user, password, trust, timeout)

    def trusts(self, trust: Trust) -> None:
        """Trust somebody else, from the next socket on."""
        self.trust = trust
        _check_by(self._stub, self)
        self._stub.DropConnections()

    @property
    def where(self) -> str:
        """The endpoint, for people."""
        return self.host if self.port == 443 else f"{self.host}:{self.port}"  # noqa: PLR2004  a protocol's own number

    @property
    def about(self) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        """Product, version and instance UUID."""
        return self.content.about

    @property
    def cookie(self) -> str:
        """The session cookie, for the endpoint's file service. A secret."""
        return str(self._stub.cookie)

    @property
    def certificate(self) -> bytes:
        """The endpoint's certificate, DER, as it was checked when the newest socket was opened."""
        return self._stub.certificate  # type: ignore[no-any-return]  # set by the connection factory below

    def ref(self, text: str) -> Reference:
        """The reference that `moid` printed, on this connection. Raises ValueError."""
        kind, colon, name = text.partition(":")
        try:
            made = type_named(kind)
        except KeyError:
            made = None
        if not colon or not name or made is None:
            raise ValueError(f"{text!r} is no managed object reference")
        return made(name, self._stub)

    def call(self, method: Callable[..., Any], *args: Any, what: str, **kwargs: Any) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        """Send one mutating call, once.

        Args:
            method: A bound method of a managed object of this connection.
            args: Its arguments.
            what: The call and its object, for people.
            kwargs: Its named arguments.

        Raises:
            CallError: by the table in `paver_vsphere.errors`; `OutcomeUnknown` where the answer was lost.
        """
        logins = self._logins
        try:
            return method(*args, **kwargs)
        except Exception as error:
            if _ended(error):
                # The server refused it unread, so nothing happened; the engine sends it again in the new session.
                self._login(logins)
                raise Transient(f"{what}: the session had expired") from error
            raise translate(error, self._at(what), sent=True) from error

    def read(self, method: Callable[..., Any], *args: Any, what: str, **kwargs: Any) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        """Send one call that changes nothing; once more where the session had expired or the socket gone stale."""
        return asked(lambda: self._read(method, *args, what=what, **kwargs), self.tries)

    def _read(self, method: Callable[..., Any], *args: Any, what: str, **kwargs: Any) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        logins = self._logins
        try:
            return method(*args, **kwargs)
        except Exception as error:
            ended = _ended(error)
            if not ended and not isinstance(error, ConnectionError | ssl.SSLEOFError):
                raise translate(error, self._at(what), sent=False) from error
            if ended:
                self._login(logins)
        return self._plain(lambda: method(*args, **kwargs), what)

    def retrieve(
        self,
        wanted: Mapping[str, Sequence[str]],
        *,
        roots: Sequence[Reference] | None = None,
        tree: Mapping[str, Sequence[str]] = TREE,
    ) -> list[Row]:
        """Properties in bulk: one paged PropertyCollector retrieval, to the end.

        Args:
            wanted: Type (`VirtualMachine`) to property paths (`name`, `runtime.powerState`); few, never `config` whole.
            roots: Where to start; the root folder where None. With an empty `tree` the roots themselves are read.
            tree: Where to go from each type.
        """
        query = vmodl().query.PropertyCollector
        steps = [
            query.TraversalSpec(
                name=f"{kind}.{path}",
                type=type_named(kind),
                path=path,
                skip=False,
                selectSet=[query.SelectionSpec(name=f"{k}.{p}") for k, paths in tree.items() for p in paths],
            )
            for kind, paths in tree.items()
            for path in paths
        ]
        spec = query.FilterSpec(
            objectSet=[
                query.ObjectSpec(obj=root, skip=False, selectSet=steps)
                for root in ([self.content.rootFolder] if roots is None else roots)
            ],
            propSet=[
                query.PropertySpec(type=type_named(kind), all=False, pathSet=list(paths))
                for kind, paths in wanted.items()
            ],
            reportMissingObjectsInResults=True,
        )
        logins = self._logins
        try:
            return self._pages(spec)
        except SessionEnded:
            self._login(logins)
            return self._pages(spec)

    def properties(self, ref: Reference, *paths: str) -> dict[str, Any]:
        """Some properties of one object. Raises NotFound where it is gone."""
        kind = type(ref)._wsdlName  # noqa: SLF001  pyVmomi has no public spelling
        rows = self.retrieve({kind: paths}, roots=[ref], tree={})
        if not rows:
            raise NotFound(f"{moid(ref)} on {self.where} is gone")
        return rows[0].props

    def task(self, ref: Reference) -> TaskState:
        """One look at a task; whoever waits for it is the engine. Raises NotFound where it is forgotten."""
        found = self.properties(ref, "info.state", "info.progress", "info.error", "info.result")
        progress = found.get("info.progress")
        return TaskState(
            state=str(found.get("info.state", "queued")),
            progress=int(progress) if progress is not None else None,
            error=found.get("info.error"),
            result=found.get("info.result"),
        )

    def close(self) -> None:
        """Log out. Raises nothing."""
        with suppress(Exception):
            self.content.sessionManager.Logout()
        self._stub.DropConnections()

    def _pages(self, spec: Any) -> list[Row]:  # noqa: ANN401  pyVmomi makes its types at run time
        collector = self.content.propertyCollector
        options = vmodl().query.PropertyCollector.RetrieveOptions()
        rows: list[Row] = []
        page = self.read(collector.RetrievePropertiesEx, [spec], options, what="read properties")
        while page is not None:
            rows += _rows(page.objects)
            if not page.token:
                break
            page = self.read(collector.ContinueRetrievePropertiesEx, page.token, what="read more properties")
        return rows

    @property
    def service(self) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        """The root of everything: its content, its time."""
        return vim().ServiceInstance("ServiceInstance", self._stub)

    def _contents(self) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        return self._plain(self.service.RetrieveContent, "read its service content")

    def _login(self, seen: int) -> None:
        """Log in, unless another thread has done so since `seen` logins."""
        with self._lock:
            if self._logins != seen:
                return
            manager = self.content.sessionManager
            password = self._password.get_secret_value()
            self._plain(lambda: manager.Login(self._user, password, None), f"log in as {self._user}")
            self._logins += 1

    def _plain(self, ask: Callable[[], Any], what: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        try:
            return ask()
        except Exception as error:
            raise translate(error, self._at(what), sent=False) from error

    def _at(self, what: str) -> str:
        return f"{self.where}: {what}"


def finished(state: TaskState, what: str) -> bool:
    """Whether a task is over. Raises the contract's error where it failed."""
    if state.state == "error":
        raise translate(state.error or RuntimeError("the task failed without a word"), what, sent=False)
    return state.state == "success"


def _stub(owner: Connection, version: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
    stub: Any = soap().SoapStubAdapter(
        host=owner.host,
        port=owner.port,
        version=version,
        sslContext=owner.trust.context(),
        httpConnectionTimeout=owner.timeout,
    )
    stub.certificate = b""

    class Checked(CheckedConnection):
        def connect(self) -> None:
            super().connect()
            stub.certificate = self.certificate

    stub.scheme = Checked
    _check_by(stub, owner)
    return stub


def _check_by(stub: Any, owner: Connection) -> None:  # noqa: ANN401  pyVmomi makes its types at run time
    stub.schemeArgs = {"timeout": owner.timeout, "trust": owner.trust, "context": owner.trust.context()}


def _version(server: str) -> str:
    """The newest API version that both sides know."""

    def numbers(text: str) -> tuple[int, ...]:
        return tuple(int(part) for part in text.split(".") if part.isdigit())

    known = {
        numbers(number): name
        for name, number in support().versionIdMap.items()
        if name.startswith("vim.version.") and number and all(part.isdigit() for part in number.split("."))
    }
    return max(((at, name) for at, name in known.items() if at <= numbers(server)), default=((), _OLDEST))[1]


def _rows(objects: Iterable[Any] | None) -> list[Row]:
    found: list[Row] = []
    for item in objects or ():
        for missing in item.missingSet or ():
            fault = missing.fault
            if _ended(fault):
                raise SessionEnded("the session had expired")
            if not _gone(fault) and not _unset(fault):
                raise _denied(fault, f"read {missing.path} of {moid(item.obj)}")
        if not any(_gone(missing.fault) for missing in item.missingSet or ()):
            found.append(Row(item.obj, {prop.name: prop.val for prop in item.propSet or ()}))
    return found


def _denied(fault: Any, what: str) -> Exception:  # noqa: ANN401  pyVmomi makes its types at run time
    found = translate(fault, what, sent=False)
    return found if isinstance(found, Denied) else Transient(found.message)


def _gone(fault: Any) -> bool:  # noqa: ANN401  pyVmomi makes its types at run time
    return isinstance(fault, vmodl().fault.ManagedObjectNotFound)


def _unset(fault: Any) -> bool:  # noqa: ANN401  pyVmomi makes its types at run time
    return isinstance(fault, vmodl().query.InvalidProperty)


def _ended(error: Exception) -> bool:
    return isinstance(error, vim().fault.NotAuthenticated)
