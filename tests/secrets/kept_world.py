"""A spec, its store, and somebody who makes what is wanted in order, as the engine would."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import JsonValue

from paver.contract.resource import Attempt, Desired, Done, Inventory, Key, Observed, Ref
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver.engine.diff import Unknown, decide, resolved
from paver.engine.order import ordered
from paver.engine.plan import Action
from paver.kept.access import Access
from paver.kept.session import StoreSession
from paver.kept.wanted import wanted
from paver.secrets import DirectoryStore

US = UUID("7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4")
THEM = UUID("3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17")
THEIRS = Owner(id=THEM, name="staging")
TOKEN = UUID("00000000-0000-4000-8000-000000000001")


def spec_of(owner: UUID = US, **changes: object) -> EnvironmentSpec:
    """An environment with a leaf, and with some of its top level changed."""
    return EnvironmentSpec.model_validate(
        {
            "schema_version": 1,
            "name": "staging",
            "id": str(owner),
            "zones": 1,
            "address_space": "10.40.0.0/16",
            "dns": {"zone": "staging.example.com"},
            "certificates": certificates(),
            **changes,
        }
    )


def certificates(root: str = "3650d", leaves: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {
        "authorities": {"root": {"lifetime": root}, "intermediate": {"signed_by": "root"}},
        "leaves": leaves if leaves is not None else {"web": {"names": ["web", "10.40.0.9", "api.example.com"]}},
    }


@dataclass
class Kept:
    """One environment's way to a store."""

    root: Path
    spec: EnvironmentSpec = field(default_factory=spec_of)
    time: datetime = datetime(2026, 11, 25, 12, tzinfo=UTC)
    shown: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.store = DirectoryStore(self.root, reference="secrets")
        self.session = StoreSession(self.store, "memory", self.now)
        self.access = Access(self.store, "memory", self.spec.owner, self.root.parent, self.now)

    def now(self) -> datetime:
        return self.time

    def later(self, **by: float) -> None:
        self.time += timedelta(**by)

    def wants(self) -> list[Desired]:
        return list(ordered(list(wanted(self.spec, shown=self.shown, jumpbox=True))))

    def attempt(self, want: Desired) -> Attempt:
        return Attempt(owner=self.spec.owner, name=want.name, token=TOKEN, key=want.key)

    def see(self, *, wanting: bool = True) -> Inventory:
        return self.session.observe(self.spec.owner, self.wants() if wanting else [])

    def create(self, want: Desired) -> Observed:
        want = resolved(want, lambda ref: self.seen(str(ref.to)).output(ref.output))
        answer = self.session.kinds[want.key.kind].create(want, self.attempt(want))
        assert isinstance(answer, Done)
        assert answer.have is not None
        return answer.have

    def pave(self) -> None:
        """Make what is missing and change what differs, from the top down, as often as one change shows the next."""
        for want in self.wants():
            have = self.see().find(want.key)
            if have is None:
                self.create(want)
            elif self.decided(want) is not Action.KEEP:
                self.change(want, have)

    def change(self, want: Desired, have: Observed) -> None:
        """Carry out what was decided: an update, or another try at what waits."""
        want = resolved(want, lambda ref: self.seen(str(ref.to)).output(ref.output))
        kind = self.session.kinds[want.key.kind]
        decision = decide(want, have, kind, lambda ref: "", kept=True)
        fields = frozenset(change.field for change in decision.changes)
        match decision.action:
            case Action.UPDATE:
                kind.update(have, want, fields, self.attempt(want))
            case Action.RESUME:
                kind.advance(want, have.ticket, self.attempt(want))
            case _:
                raise AssertionError(decision)

    def decided(self, want: Desired) -> Action:
        return self.plan()[str(want.key)]

    def delete(self, have: Observed) -> None:
        want = next(want for want in self.wants() if want.key == have.key)
        assert self.session.kinds[have.kind].delete(have, self.attempt(want)) == Done(have=None)

    def seen(self, key: str) -> Observed:
        found = self.see().find(Key.parse(key))
        assert found is not None, key
        return found

    def plan(self) -> dict[str, Action]:
        """What each resource needs, those whose signer is to be made anew among them."""
        seen = self.see()
        found: dict[str, Action] = {}
        for want in self.wants():

            def value(ref: Ref) -> JsonValue:
                have = seen.find(ref.to)
                if have is None or found[str(ref.to)] in {Action.CREATE, Action.RESUME}:
                    raise Unknown(ref.to)
                return have.output(ref.output)

            kind = self.session.kinds[want.key.kind]
            found[str(want.key)] = decide(want, seen.find(want.key), kind, value, kept=True).action
        return found
