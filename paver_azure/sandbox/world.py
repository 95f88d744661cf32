"""All that there is in the emulated Azure, and the one door to it: a request in, an answer out."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from paver_azure.sandbox import compute
from paver_azure.sandbox.authority import Authority
from paver_azure.sandbox.message import Answer, Refusal, Request
from paver_azure.sandbox.store import Resource, Store
from paver_azure.sandbox.subscription import Subscription

PENDING = 0.05
"""Seconds that what is provisioned over time takes."""
PAGE = 1000
_LOGIN = re.compile(r"/[^/]+/(oauth2/v2\.0/token|v2\.0/\.well-known/openid-configuration)")


@dataclass(slots=True)
class Fault:
    """What is to go wrong, on request."""

    verb: str
    path: str
    """A pattern over the path in lower case, `*` for anything."""
    refusal: Refusal
    times: int = 1
    acts: bool = False
    """Whether the request is obeyed all the same, so that only its answer is lost."""


class World:
    """One Azure.

    Args:
        pending: Seconds that what is provisioned over time takes.
        latency: Seconds that every request takes.
        clock: Seconds that only grow.
        page: How many members of a list an answer has.
    """

    def __init__(
        self,
        pending: float = PENDING,
        latency: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        page: int = PAGE,
    ) -> None:
        self.pending = pending
        self.latency = latency
        self.page = page
        self.clock = clock
        self.lock = threading.RLock()
        self.store = Store(clock)
        self.store.gone += [self._forget, lambda one: compute.gone(self.store, one)]
        self.authority = Authority(clock)
        self.subscriptions: dict[str, Subscription] = {}
        self.blobs: dict[str, dict[str, tuple[bytes, str]]] = {}
        """By container's id in lower case and blob's name: content and etag."""
        self.operations: dict[str, tuple[str, float, str]] = {}
        """By number: of which resource, until when, and what it failed with."""
        self.faults: list[Fault] = []
        self.spoil: dict[str, tuple[str, str]] = {}
        """By an id in lower case: code and message with which provisioning it ends, once."""
        self.last = clock()
        """When the last request came."""

    @property
    def patience(self) -> dict[str, str]:
        """The header that asks to wait, in the whole seconds that HTTP counts in; none where that is less than one."""
        return {"Retry-After": str(int(self.pending))} if self.pending >= 1 else {}

    def subscribe(self, tenant: str, name: str) -> Subscription:
        """A new subscription, empty."""
        made = Subscription(str(uuid.uuid4()), tenant, name)
        self.subscriptions[made.id] = made
        return made

    def serve(self, request: Request) -> Answer:
        """One request, one at a time."""
        from paver_azure.sandbox import arm, blobs, console  # noqa: PLC0415  they take a world

        self.last = self.clock()
        if self.latency:
            time.sleep(self.latency)
        with self.lock:
            self.store.settle()
            try:
                fault = self._fault(request)
                if fault is not None and not fault.acts:
                    raise fault.refusal
                if _LOGIN.fullmatch(request.path):
                    answer = self.authority.serve(request)
                elif request.path.startswith(console.PATH):
                    answer = console.serve(self.store, request)
                elif request.path.startswith("/blob/"):
                    answer = blobs.serve(self, request)
                else:
                    answer = arm.serve(self, request)
                if fault is not None:
                    raise fault.refusal
            except Refusal as refusal:
                answer = blobs.refused(refusal) if request.path.startswith("/blob/") else refusal.answer()
        return Answer(answer.status, answer.body, {"x-ms-request-id": str(uuid.uuid4()), **answer.headers})

    def _fault(self, request: Request) -> Fault | None:
        for fault in self.faults:
            if fault.times and fault.verb in {request.verb, "*"} and fnmatchcase(request.path.lower(), fault.path):
                fault.times -= 1
                return fault
        return None

    def _forget(self, resource: Resource) -> None:
        for key in [key for key in self.blobs if key == resource.key or key.startswith(f"{resource.key}/")]:
            del self.blobs[key]
