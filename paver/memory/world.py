"""The emulated IaaS: its API, call by call, with every way in which a real one makes life hard.

Nothing here knows of environments or owners: tags and descriptions are the caller's. Errors are the contract's own, so
that no table stands between this API and its driver.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import JsonValue

from paver.contract.errors import (
    AlreadyExists,
    Busy,
    CallError,
    Denied,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Transient,
)
from paver.memory.conditions import Conditions
from paver.memory.faults import Fault, FaultSource, Hook, KillAt, LoseAt, SeededFaults, no_faults, nothing
from paver.memory.record import LeaseSlip, Noun, Record, State, noun
from paver.memory.settings import MemorySettings
from paver.memory.store import FileStore, HereStore, Store

T = TypeVar("T")
Doing = Literal["create", "update", "delete"]

LOGGED = 1000
"""How many changing calls the log keeps."""


class World:
    """One account. Without arguments: an empty one in this process, in which every call works at once.

    Args:
        store: Where it is kept.
        conditions: What its API is like.
        now: Its clock, in seconds since 1970.
        pause: How time passes during a call.
        faults: What goes wrong.
        before: Called before a call reaches the API; what it raises leaves the call.
        after: Called when the API has acted and before its answer arrives.
    """

    def __init__(
        self,
        store: Store | None = None,
        *,
        conditions: Conditions = Conditions(),
        now: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
        faults: FaultSource = no_faults,
        before: Hook = nothing,
        after: Hook = nothing,
    ) -> None:
        self.store = store or HereStore("000000000001")
        self.conditions = conditions
        self.now = now
        self.pause = pause
        self.faults = faults
        self.before = before
        self.after = after

    @classmethod
    def of(cls, settings: MemorySettings) -> World:
        """The world that a spec's section describes."""
        kill = KillAt(settings.kill) if settings.kill else None
        faults = SeededFaults(settings.faults, settings.seed) if settings.faults else no_faults
        return cls(
            FileStore(Path(settings.path), settings.identity),
            conditions=Conditions(
                latency=settings.latency,
                stale=settings.stale,
                pending=settings.pending,
                fading=settings.fading,
                page=settings.page,
                quota=settings.quota,
                denied=frozenset(settings.denied),
                stall_seconds=settings.stall_seconds,
                retry_after=settings.retry_after,
            ),
            faults=LoseAt(settings.lose, faults) if settings.lose else faults,
            before=kill.before if kill else nothing,
            after=kill.after if kill else nothing,
        )

    def account(self) -> str:
        """Whose account answers."""
        return self._call("account.get", "", lambda state: state["account"])

    def page(self, kind: str, *, scope: str = "", after: str = "") -> tuple[list[Record], str]:
        """Things of a kind that follow the id `after`, by id, and the id to go on from; empty: that was all.

        The listing may lag behind, as the conditions say.
        """

        def act(state: State) -> tuple[list[Record], str]:
            self._reach(state, scope)
            found = sorted(
                (r for r in self._listed(state) if r["kind"] == kind and r["scope"] == scope and r["id"] > after),
                key=lambda record: record["id"],
            )
            size = self.conditions.page
            return found[:size], found[size - 1]["id"] if len(found) > size else ""

        return self._call(f"{kind}.list", "", act)

    def get(self, id_: str) -> Record:
        """One thing, as it is. Raises NotFound."""
        return self._call(f"{kind_of(id_)}.get", "", lambda state: self._live(state, id_))

    def holders(self, id_: str) -> list[Record]:
        """What stands on a thing or is served by it, as it is now."""
        return self._call(f"{kind_of(id_)}.holders", "", lambda state: _holders(state, id_))

    def create(
        self,
        kind: str,
        name: str,
        *,
        fields: Mapping[str, JsonValue],
        needs: Iterable[str] = (),
        tags: Mapping[str, str] | None = None,
        description: str = "",
        scope: str = "",
        token: str = "",
        secret: str = "",
    ) -> Record:
        """Make a thing.

        Args:
            kind: What it is; `NOUNS` has the rules for it.
            name: Its name, unique where the kind wants that. What stands on something is unique within the first.
            fields: What else is to be known of it.
            needs: Ids of what it stands on.
            tags: Tags, where the kind has any.
            description: One line of text.
            scope: Id of the control plane to ask; empty: the account.
            token: The idempotency token, where the kind honours one.
            secret: A secret that belongs to it; only its digest is kept.
        """
        rules, needs = noun(kind), list(needs)
        if tags and not rules.tags:
            raise Rejected(f"a {kind} has no tags")

        def act(state: State) -> Record:
            self._reach(state, scope)
            if token and rules.tokens:
                for made in state["things"].values():
                    if made["token"] == token and made["kind"] == kind:
                        return made
            self._admit(state, kind, name, needs, scope, rules)
            state["serial"] += 1
            record: Record = {
                "id": f"{kind}-{state['serial']:06x}",
                "kind": kind,
                "scope": scope,
                "name": name,
                "needs": needs,
                "tags": dict(tags or {}),
                "description": description,
                "fields": dict(fields),
                "data": [],
                "doing": "create" if "create" in rules.waits else "",
                "until": self.now() + self.conditions.pending,
                "fades": None,
                "broken": False,
                "token": token,
                "digest": digest(secret) if secret else "",
            }
            self._put(state, record["id"], record, self.now())
            return record

        return self._call(f"{kind}.create", name, act)

    def change(
        self,
        id_: str,
        *,
        fields: Mapping[str, JsonValue] | None = None,
        tags: Mapping[str, str] | None = None,
        secret: str = "",
    ) -> Record:
        """Change fields, tags or the secret; what is not named stays as it is. Raises NotFound, Busy."""

        def act(state: State) -> Record:
            old = self._live(state, id_)
            if old["doing"]:
                raise Busy(f"{id_} is in the middle of a {old['doing']}", blockers=[id_])
            new: Record = {
                **old,
                "fields": {**old["fields"], **(fields or {})},
                "tags": {**old["tags"], **(tags or {})},
                "digest": digest(secret) if secret else old["digest"],
            }
            return self._begin(state, new, "update")

        return self._call(f"{kind_of(id_)}.update", id_, act)

    def empty(self, id_: str) -> Record:
        """Delete all users' objects in a thing. Raises NotFound."""

        def act(state: State) -> Record:
            new: Record = {**self._live(state, id_), "data": []}
            self._put(state, id_, new, self.now())
            return new

        return self._call(f"{kind_of(id_)}.empty", id_, act)

    def remove(self, id_: str) -> Record | None:
        """Delete a thing: None when it is gone, else what it is while it goes. Raises NotFound, Busy."""

        def act(state: State) -> Record | None:
            old, rules = self._live(state, id_), noun(kind_of(id_))
            if old["doing"] == "delete":
                return old
            if above := [other["id"] for other in _holders(state, id_) if other["scope"] != id_]:
                raise Busy(f"{id_} is in use", blockers=above)
            if old["data"] and not rules.full:
                raise Busy(f"{id_} is not empty", blockers=old["data"][:5])
            if rules.fades and self.conditions.fading:
                self._put(state, id_, {**old, "fades": self.now() + self.conditions.fading}, self.now())
                return None
            if "delete" in rules.waits:
                return self._begin(state, old, "delete")
            self._erase(state, id_, self.now())
            return None

        return self._call(f"{kind_of(id_)}.delete", id_, act)

    def lease(self, owner: str) -> LeaseSlip | None:
        """What lies where that owner's lease lies; never an older one."""
        return self._call("lease.read", "", lambda state: state["leases"].get(owner), lease=True)

    def replace_lease(self, owner: str, new: str | None, over: str | None) -> str | None:
        """Put a text there, or with None take it away, if what is there is of that version still.

        Returns the new version, or the old one of what was taken away; None: it was not, and nothing was done.
        """

        def act(state: State) -> str | None:
            found = state["leases"].get(owner)
            if (found["version"] if found else None) != over:
                return None
            if new is None:
                del state["leases"][owner]
                return over
            state["serial"] += 1
            state["leases"][owner] = {"text": new, "version": str(state["serial"])}
            return state["leases"][owner]["version"]

        return self._call("lease.write", "", act, lease=True)

    def _call(self, operation: str, about: str, act: Callable[[State], T], *, lease: bool = False) -> T:
        """One request: it may be refused, carried out, and answered, each of which may fail."""
        mutating = bool(about)
        self.before(operation, mutating)
        if self.conditions.latency:
            self.pause(self.conditions.latency)
        refusal: CallError | None = None
        with self.store.lend() as state:
            fault = self._count(state, operation, about, lease=lease)
            try:
                self._refuse(operation, fault)
                self._ripen(state)
                answer = act(state)
            except CallError as error:
                # Raised only below, so that the store keeps what was counted.
                refusal = error
        if refusal is not None:
            raise refusal
        self.after(operation, mutating)
        if fault is Fault.LOST:
            # A lost answer to a question says nothing about anything: it may be asked again.
            lost = OutcomeUnknown if mutating or operation == "lease.write" else Transient
            raise lost(f"{operation}: the connection was reset before the answer")
        if fault is Fault.STALL:
            self.pause(self.conditions.stall_seconds)
        return answer

    def _count(self, state: State, operation: str, about: str, *, lease: bool) -> Fault | None:
        state["count"] += 1
        calls = state["calls"]["bookkeeping" if lease else "mutating" if about else "reading"]
        calls[operation] = calls.get(operation, 0) + 1
        if about:
            state["log"].append((operation, about))
            del state["log"][:-LOGGED]
        return self.faults(operation, bool(about), state["count"])

    def _refuse(self, operation: str, fault: Fault | None) -> None:
        if fault is Fault.THROTTLED:
            raise Throttled(f"{operation}: too many requests", retry_after=self.conditions.retry_after)
        if fault is Fault.TRANSIENT:
            raise Transient(f"{operation}: the service is unavailable")
        if operation in self.conditions.denied or "all" in self.conditions.denied:
            raise Denied(f"{operation} is not allowed", action=operation, hint=f"grant {operation}")

    def _ripen(self, state: State) -> None:
        """Let what time has brought about have happened."""
        now = self.now()
        for record in [r for r in state["things"].values() if r["doing"] or r["fades"] is not None]:
            if record["fades"] is not None:
                if record["fades"] <= now:
                    self._erase(state, record["id"], record["fades"])
            elif record["until"] <= now:
                if record["doing"] == "delete":
                    self._erase(state, record["id"], record["until"])
                else:
                    self._put(state, record["id"], {**record, "doing": ""}, record["until"])

    def _begin(self, state: State, record: Record, doing: Doing) -> Record:
        new = record
        if doing in noun(record["kind"]).waits:
            new = {**record, "doing": doing, "until": self.now() + self.conditions.pending}
        self._put(state, record["id"], new, self.now())
        return new

    def _erase(self, state: State, id_: str, at: float) -> None:
        for inner in [r["id"] for r in state["things"].values() if r["scope"] == id_]:
            self._put(state, inner, None, at)
        self._put(state, id_, None, at)

    def _put(self, state: State, id_: str, new: Record | None, at: float) -> None:
        if self.conditions.stale:
            state["past"].setdefault(id_, []).append((at, state["things"].get(id_)))
        if new is None:
            state["things"].pop(id_, None)
        else:
            state["things"][id_] = new

    def _listed(self, state: State) -> Iterable[Record]:
        """Everything as a listing shows it: as it was a while ago."""
        if not state["past"]:
            return state["things"].values()
        seen = self.now() - self.conditions.stale
        shown: dict[str, Record | None] = dict(state["things"])
        for id_, past in list(state["past"].items()):
            kept = [(until, record) for until, record in past if until > seen]
            if kept:
                state["past"][id_] = kept
                shown[id_] = kept[0][1]
            else:
                del state["past"][id_]
        return [record for record in shown.values() if record is not None]

    def _reach(self, state: State, scope: str) -> None:
        if scope:
            host = state["things"].get(scope)
            if host is None or host["doing"] == "create":
                raise Transient(f"{scope} refuses connections")

    def _live(self, state: State, id_: str) -> Record:
        record = state["things"].get(id_)
        if record is None or record["fades"] is not None:
            raise NotFound(f"{id_} does not exist")
        self._reach(state, record["scope"])
        return record

    def _admit(self, state: State, kind: str, name: str, needs: list[str], scope: str, rules: Noun) -> None:
        things = state["things"]
        for id_ in needs:
            if id_ not in things or things[id_]["doing"] == "delete" or things[id_]["fades"] is not None:
                raise Rejected(f"{kind} {name} cannot stand on {id_}: it does not exist")
        same = [r for r in things.values() if r["kind"] == kind and r["scope"] == scope]
        for other in same:
            taken = other["name"] == name and (rules.unique == "scope" or other["needs"][:1] == needs[:1])
            if rules.unique and taken:
                raise AlreadyExists(f"there is a {kind} {name} already: {other['id']}")
        quota = self.conditions.quota.get(kind)
        if quota is not None and sum(r["fades"] is None for r in same) >= quota:
            raise Rejected(f"the account may have {quota} of {kind}, and has them", hint=f"raise the quota of {kind}")


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def kind_of(id_: str) -> str:
    """The kind of the thing with that id."""
    return id_.rpartition("-")[0]


def _holders(state: State, id_: str) -> list[Record]:
    return [record for record in state["things"].values() if id_ in record["needs"] or record["scope"] == id_]
