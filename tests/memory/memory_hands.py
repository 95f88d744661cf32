"""A spec, a world with a clock of its own, and somebody who carries out what a kind answers, as the engine would."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import yaml
from pydantic import SecretStr

from paver.contract.driver import Kind, Session
from paver.contract.resource import Answer, Attempt, Desired, Done, Inventory, Key, Observed, Ref, Waiting, references
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner, SecretRef
from paver.memory.driver import MemoryDriver
from paver.memory.hand import Hand
from paver.memory.sandbox import MemorySandbox
from paver.memory.settings import MemorySettings
from paver.memory.world import World

US = UUID("7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4")
THEM = UUID("3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17")
MINTED = "2026-11-25T12:00:00+00:00"
TOKEN = UUID("00000000-0000-4000-8000-000000000001")


class Passwords:
    """Secrets of which all are minted."""

    def given(self, ref: SecretRef) -> SecretStr:
        raise AssertionError(f"nobody gives {ref}")

    def minted(self, name: str) -> SecretStr:
        return SecretStr(f"password of {name}")


class Clock:
    """Time that passes when it is told to, or when somebody pauses."""

    def __init__(self) -> None:
        self.time = 1_790_000_000.0

    def now(self) -> float:
        return self.time

    def pass_(self, seconds: float) -> None:
        self.time += seconds


def spec_of(owner: UUID = US, *, memory: Mapping[str, object] | None = None, **changes: object) -> EnvironmentSpec:
    """The sandbox's spec with some of its top level changed."""
    document = yaml.safe_load(MemorySandbox().spec(Path(), owner))
    section = {**document["iaas"]["memory"], **(memory or {})}
    return EnvironmentSpec.model_validate({**document, **changes, "iaas": {"memory": section}})


def settings_of(spec: EnvironmentSpec, base: Path) -> MemorySettings:
    return MemorySettings.model_validate(dict(spec.iaas["memory"]), context={"base": base})


def there(answer: Answer) -> Observed:
    """What an answer says is there now."""
    assert isinstance(answer, Done)
    assert answer.have is not None
    return answer.have


@dataclass
class Hands:
    """Carries out wants one by one."""

    world: World
    clock: Clock
    spec: EnvironmentSpec
    settings: MemorySettings
    sessions: dict[Key | None, Session] = field(default_factory=dict)
    made: dict[Key, Observed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.driver = MemoryDriver(self.world)
        self.sessions[None] = self.driver.connect(self.settings, Passwords(), self.owner)

    @property
    def owner(self) -> Owner:
        return self.spec.owner

    @property
    def hand(self) -> Hand:
        return Hand(self.world)

    @property
    def session(self) -> Session:
        return self.sessions[None]

    def wants(self) -> dict[Key, Desired]:
        return {want.key: want for want in self.driver.resources(self.spec, self.settings)}

    def want(self, key: str) -> Desired:
        """One want with every Ref resolved."""
        want = self.wants()[Key.parse(key)]
        values = {name: self._resolved(getattr(want, name)) for name in type(want).model_fields}
        return want.model_copy(update=values)

    def _resolved(self, value: object) -> object:
        if isinstance(value, Ref):
            # What core keeps in the secret store was made a moment ago.
            return MINTED if value.to.kind == "credential" else self.made[value.to].output(value.output)
        return tuple(self._resolved(inner) for inner in value) if isinstance(value, tuple) else value

    def attempt(self, key: Key, name: str = "any", token: UUID = TOKEN) -> Attempt:
        return Attempt(owner=self.owner, name=name, token=token, key=key)

    def finish(self, answer: Answer, key: Key, kind: Kind[Any], want: Desired | None = None) -> Done:
        """Advance until it is done, letting the clock run."""
        while isinstance(answer, Waiting):
            self.clock.pass_(answer.again)
            answer = kind.advance(want, answer.ticket, self.attempt(key))
        return answer

    def make(self, key: str, token: UUID | None = None) -> Observed:
        want = self.want(key)
        kind = self.sessions[want.scope].kinds[want.key.kind]
        token = token or uuid5(self.owner.id, key)
        done = self.finish(kind.create(want, self.attempt(want.key, want.name, token)), want.key, kind, want)
        have = there(done)
        if done.secrets:
            have = there(self.finish(kind.confirm(have, self.attempt(want.key)), want.key, kind, want))
        self.made[want.key] = have
        if (inside := kind.opens(have)) is not None:
            self.sessions[want.key] = inside
        return have

    def pave(self) -> None:
        """Everything, in order."""
        wants = self.wants()
        graph = {
            key: {ref.to for ref in references(want)} | set(want.after) | ({want.scope} if want.scope else set())
            for key, want in wants.items()
        }
        for key in TopologicalSorter(graph).static_order():
            if key not in wants:
                assert key.kind == "credential"
                continue
            if wants[key].adopt is None:
                self.make(str(key))
            else:
                found = self.session.observe(self.owner, [wants[key]], frozenset({key.kind})).find(key)
                assert found is not None
                self.made[key] = found

    def see(self) -> Inventory:
        """All scopes' inventories as one."""
        wants = self.wants().values()
        seen = [
            session.observe(self.owner, [want for want in wants if want.scope == scope])
            for scope, session in self.sessions.items()
        ]
        return Inventory(
            items=tuple(item for inventory in seen for item in inventory.items),
            complete=frozenset().union(*(inventory.complete for inventory in seen)),
            foreign=sum(inventory.foreign for inventory in seen),
        )

    def delete(self, item: Observed, scope: Key | None = None) -> None:
        kind = self.sessions[scope].kinds[item.kind]
        assert item.key is not None
        self.finish(kind.delete(item, self.attempt(item.key)), item.key, kind)


Build = Callable[..., Hands]
