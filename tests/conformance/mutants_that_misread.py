"""Mutants that misread: the spec, the account, what is theirs."""

# ruff: noqa: ANN401  what is spoiled has any type
import random
import socket
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from mutant import Mutant, instead, seen

from paver.contract.capabilities import Capability
from paver.contract.driver import Description, Finding, Secrets
from paver.contract.errors import Denied, Rejected
from paver.contract.resource import Desired, Inventory, Observed, SecretMark
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver.memory.settings import MemorySettings


class FindsNothing(Mutant):
    name, rule = "mutant-finds-nothing", 20

    def spoil(self, session: Any, secrets: Secrets) -> None:
        seen(session, lambda item: None)


class DropsAnId(Mutant):
    name, rule = "mutant-drops-an-id", 82

    def describe(
        self, spec: EnvironmentSpec, settings: MemorySettings, seen: Inventory, identity: Mapping[str, str]
    ) -> Description:
        kept = tuple(
            item.model_copy(update={"id": item.key.name if item.key and item.kind == "volume" else item.id})
            for item in seen.items
        )
        return super().describe(spec, settings, seen.model_copy(update={"items": kept}), identity)


class NeverConverges(Mutant):
    name, rule = "mutant-never-converges", 20

    def spoil(self, session: Any, secrets: Secrets) -> None:
        def drifted(item: Observed) -> Observed:
            if item.kind != "rule":
                return item
            return item.model_copy(update={"actual": {**item.actual, "name": "as somebody else spells it"}})

        def drifting(item: Observed) -> Observed:
            if item.kind != "volume":
                return item
            return item.model_copy(update={"actual": {**item.actual, "capacity_gib": 99}})

        seen(session, lambda item: drifting(drifted(item)))


class AdoptsByName(Mutant):
    name, rule = "mutant-adopts-by-name", 30

    def spoil(self, session: Any, secrets: Secrets) -> None:
        from paver.contract.resource import Key, Proof  # noqa: PLC0415  of this mutant alone
        from paver.memory.ownership import Claim  # noqa: PLC0415  the same

        def by_name(right: Any, record: Any, owner: Owner, owned: Any) -> Any:
            short = record["name"].removeprefix(f"{owner.name}-")
            return right(record, owner, owned) or Claim(Key(kind="volume", name=short), Proof.MARK)

        instead(session.kinds["volume"], "claim", by_name)


class TakesClones(Mutant):
    name, rule = "mutant-takes-clones", 35

    def spoil(self, session: Any, secrets: Secrets) -> None:
        from paver.contract.resource import Proof  # noqa: PLC0415  of this mutant alone
        from paver.memory.ownership import Claim, marked  # noqa: PLC0415  the same

        def by_mark(right: Any, record: Any, owner: Owner, owned: Any) -> Any:
            found = marked(record)
            return Claim(found[1], Proof.MARK) if found and found[0].id == owner.id else None

        instead(session.kinds["gateway"], "claim", by_mark)


class TakesOthers(Mutant):
    name, rule = "mutant-takes-others", 32

    def spoil(self, session: Any, secrets: Secrets) -> None:
        from paver.contract.resource import Proof  # noqa: PLC0415  of this mutant alone
        from paver.memory.ownership import Claim, marked  # noqa: PLC0415  the same

        def by_environment(right: Any, record: Any, owner: Owner, owned: Any) -> Any:
            found = marked(record)
            return Claim(found[1], Proof.MARK) if found and found[0].name == owner.name else None

        for noun in ("network", "volume"):
            instead(session.kinds[noun], "claim", by_environment)


class TakesSilenceForAbsence(Mutant):
    name, rule = "mutant-takes-silence-for-absence", 54

    def spoil(self, session: Any, secrets: Secrets) -> None:
        right = session._list

        def whole(kinds: Sequence[str]) -> Any:
            found, _ = right(kinds)
            return found, frozenset(kinds)

        session._list = whole


class TakesOneBrokenListForAnEmptyOne(Mutant):
    name, rule = "mutant-takes-one-broken-list-for-an-empty-one", 54

    def spoil(self, session: Any, secrets: Secrets) -> None:
        right = session._list

        def nearly(kinds: Sequence[str]) -> Any:
            found, complete = right(kinds)
            return found, complete | ({"volume"} & set(kinds))

        session._list = nearly


class ReadsOneByOne(Mutant):
    name, rule = "mutant-reads-one-by-one", 120

    def spoil(self, session: Any, secrets: Secrets) -> None:
        def again(item: Observed) -> Observed:
            if item.kind == "subnet":
                session.world.get(item.id)
            return item

        seen(session, again)


class ChangesItsMind(Mutant):
    name, rule = "mutant-changes-its-mind", 2

    def resources(self, spec: EnvironmentSpec, settings: MemorySettings) -> Sequence[Desired]:
        wanted = list(super().resources(spec, settings))
        random.shuffle(wanted)
        return [want.model_copy(update={"note": str(random.random())}) for want in wanted]  # noqa: S311  chance is the point


class CallsHome(Mutant):
    name, rule = "mutant-calls-home", 1

    def resources(self, spec: EnvironmentSpec, settings: MemorySettings) -> Sequence[Desired]:
        with socket.socket() as home:
            home.connect(("127.0.0.1", 9))
        return super().resources(spec, settings)


class MistakesARefusal(Mutant):
    name, rule = "mutant-mistakes-a-refusal", 90

    def preflight(self, spec: EnvironmentSpec, settings: MemorySettings, secrets: Secrets) -> Sequence[Finding]:
        return ()

    def spoil(self, session: Any, secrets: Secrets) -> None:
        right = session.identity

        def identity() -> Mapping[str, str]:
            try:
                found: Mapping[str, str] = right()
            except Denied as error:
                raise Rejected(error.message) from error
            return found

        session.identity = identity


class IsAnywhere(Mutant):
    name, rule = "mutant-is-anywhere", 34

    def spoil(self, session: Any, secrets: Secrets) -> None:
        session.identity = lambda: {"id": "here"}


class ReadsHalf(Mutant):
    name, rule = "mutant-reads-half", 13

    def spoil(self, session: Any, secrets: Secrets) -> None:
        def half(item: Observed) -> Observed:
            left = {name: value for name, value in item.actual.items() if name != "encrypted"}
            return item.model_copy(update={"actual": left}) if item.kind == "volume" else item

        seen(session, half)


class Boasts(Mutant):
    name, rule = "mutant-boasts", 110

    def resources(self, spec: EnvironmentSpec, settings: MemorySettings) -> Sequence[Desired]:
        return [want for want in super().resources(spec, settings) if want.key.kind != "balancer"]

    def describe(
        self, spec: EnvironmentSpec, settings: MemorySettings, seen: Inventory, identity: Mapping[str, str]
    ) -> Description:
        bare = spec.model_copy(update={"load_balancers": {}})
        return super().describe(bare, settings, seen, identity)


class ConfirmsTooEarly(Mutant):
    name, rule = "mutant-confirms-too-early", 103

    def spoil(self, session: Any, secrets: Secrets) -> None:
        def unconfirmed(item: Observed) -> Observed:
            return item.model_copy(
                update={"secret": SecretMark(public_id="none", confirmed=True)} if item.secret else {}
            )

        seen(session, unconfirmed)


class Meek(Mutant):
    """Declares less than the memory driver and is right in all else: it must be excused."""

    name, rule = "mutant-meek", 72
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {Capability.OBJECT_STORE}
