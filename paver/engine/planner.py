"""The plan: every resource's decision, made from what was found, without any call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pydantic import JsonValue

from paver.contract.errors import DataAtRisk, PreflightFailed, Refused, SecretMissing, Transient
from paver.contract.resource import STORE, Desired, Key, Observed, Phase, Ref
from paver.engine.diff import Decision, Unknown, decide
from paver.engine.order import needs, standing_on
from paver.engine.plan import Action, Step
from paver.engine.world import Place, Scope, World, key_of, stands

NEW = frozenset({Action.CREATE, Action.REPLACE})


@dataclass(frozen=True, slots=True)
class Consent:
    """What the caller agreed to beforehand."""

    delete_data: bool = False
    replace_secrets: frozenset[str] = frozenset()


Kept = Callable[[str, str], bool]
"""Whether the store has the secret of that credential with that public id."""


class Planner:
    """Decides for all wanted resources, in an order in which needs come first.

    Args:
        world: What was found.
        kept: Whether a secret that was shown once is in the store.
        consent: What the caller agreed to beforehand.
    """

    def __init__(self, world: World, kept: Kept, consent: Consent) -> None:
        self._world = world
        self._kept = kept
        self._consent = consent
        self._steps: dict[Key, Step] = {}
        self._lost: list[str] = []

    def steps(self, wanted: Iterable[Desired], places: Iterable[Place]) -> list[Step]:
        """The steps for `wanted` (ordered), and a deletion for what these places have and nobody wants any longer.

        Raises:
            Transient: A kind could not be listed to the end, so that absence is no fact.
            PreflightFailed: Something to adopt is not there or does not fit.
            SecretMissing: Secrets that the IaaS knows are not in the store.
            DataAtRisk: Users' data would go, without consent.
            Refused: The machine that this process runs on would go.
        """
        found = self.forecast(wanted, places)
        self._refuse(found)
        return found

    def forecast(self, wanted: Iterable[Desired], places: Iterable[Place]) -> list[Step]:
        """The same where nobody means to carry them out: nothing is refused.

        Raises:
            Transient: A kind could not be listed to the end, so that absence is no fact.
        """
        keys = []
        for want in wanted:
            self._steps[want.key] = self._step(want)
            keys.append(want.key)
        self._bereave()
        self._propagate()
        return [*(self._steps[key] for key in keys), *self._deletions(places)]

    @property
    def lost(self) -> tuple[str, ...]:
        """Credentials whose secret was made once, is in the store no longer, and is not given up."""
        return tuple(sorted(set(self._lost)))

    def _step(self, want: Desired) -> Step:
        place = self._world.places.get(want.scope)
        if place is None:
            return Step(key=want.key, action=Action.CREATE, scope=want.scope, want=want, known_after=want.scope)
        have = place.items.get(want.key)
        if have is None and want.key.kind not in place.complete:
            raise Transient(f"{want.key.kind} could not be listed to the end: what is there is not known")
        decision = self._decide(want, have, place)
        return Step(
            key=want.key,
            action=decision.action,
            scope=want.scope,
            want=want,
            have=have,
            changes=decision.changes,
            reason=decision.reason,
        )

    def _decide(self, want: Desired, have: Observed | None, place: Place) -> Decision:
        kept = self.kept(have)
        return decide(want, have, place.kind(want.key.kind), self._resolve, kept=kept)

    def kept(self, have: Observed | None) -> bool:
        """Whether what this showed once is in the store. A confirmed one that is not there wants consent."""
        if have is None or have.secret is None or have.key is None:
            return True
        if self._kept(have.key.name, have.secret.public_id):
            return True
        if have.secret.confirmed and have.key.name not in self._consent.replace_secrets:
            self._lost.append(have.key.name)
        return False

    def _resolve(self, ref: Ref) -> JsonValue:
        step = self._steps.get(ref.to)
        if step is not None and step.action in NEW:
            raise Unknown(ref.to)
        return self._world.resolve(ref)

    def _bereave(self) -> None:
        """Find secrets that were made once and are in the store no longer, and what goes with them.

        What is there and was made after a secret proves that the secret was. It has the old one, so it is made anew.
        """
        store = self._world.places.get(STORE)
        gone = {key for key, step in self._steps.items() if step.scope == STORE and step.action is Action.CREATE}
        if store is None or not gone:
            return
        lost: set[Key] = set()
        for step in list(self._steps.values()):
            want, have = step.want, step.have
            if have is None or have.phase is not Phase.READY or want is None or want.scope == STORE or want.adopt:
                continue
            mourned = gone & needs(want)
            lost |= mourned
            # Where a field comes from the secret, that field is changed already.
            told = {change.known_after for change in step.changes}
            if mourned - told and step.action in {Action.KEEP, Action.UPDATE, Action.CONFIRM}:
                reason = f"{', '.join(sorted(map(str, mourned)))} is not in the store, and is made anew"
                anew = {"action": Action.REPLACE, "reason": reason, "follows": tuple(sorted(mourned, key=str))}
                self._steps[step.key] = step.model_copy(update=anew)
        # Where the store has nothing at all of what it had, the rest of it is lost as well.
        lost = gone if (lost or self._lost) and not store.all() else lost
        self._lost += [key.name for key in lost if key.name not in self._consent.replace_secrets]

    def _propagate(self) -> None:
        """What stands natively on a thing that is replaced cannot outlive it: it is replaced as well."""
        for scope, place in self._world.places.items():
            above = standing_on(list(place.items.values()))
            falling = [step for step in self._steps.values() if step.action is Action.REPLACE and step.scope == scope]
            while falling:
                step = falling.pop()
                for item in above.get(step.have.id, ()) if step.have else ():
                    other = self._steps.get(item.key) if item.key else None
                    if other is None or other.action in {Action.REPLACE, Action.CREATE, Action.ADOPT}:
                        continue
                    reason = f"it stands on {step.key}, which is replaced"
                    anew = {"action": Action.REPLACE, "reason": reason, "follows": (*other.follows, step.key)}
                    moved = other.model_copy(update=anew)
                    self._steps[other.key] = moved
                    falling.append(moved)

    def _deletions(self, places: Iterable[Place]) -> Iterator[Step]:
        for place in places:
            for item in place.all():
                if item.key in self._world.wanted or not stands(item):
                    continue
                yield Step(
                    key=key_of(item), action=Action.DELETE, scope=place.scope, have=item, reason="wanted no longer"
                )

    def _refuse(self, steps: list[Step]) -> None:
        unfit = [
            (
                str(step.key),
                "is not there" if step.have is None else "does not fit: " + ", ".join(c.field for c in step.changes),
            )
            for step in steps
            if step.want is not None
            and step.want.adopt is not None
            and step.known_after is None
            and (step.changes or (step.have is None and not self._comes_later(step.want)))
        ]
        if unfit:
            raise PreflightFailed("what the spec adopts is not as the spec says", exit_code=7, facts=unfit)
        if self.lost:
            raise SecretMissing(
                "secrets that were made before are not in this store",
                names=self.lost,
                hint="bring the store in which they are, or have them made anew: "
                + " ".join(f"--replace-secret {name}" for name in self.lost),
            )
        refuse_losses(steps, self._consent, self._precious)

    def _comes_later(self, want: Desired) -> bool:
        """Whether what is adopted may come with what it waits for: a host that is added brings its own datastores."""
        return any(need in self._steps and self._steps[need].action in NEW for need in want.after)

    def _precious(self, step: Step) -> bool:
        """Whether a replacement would end something that others may rely on. What is broken is no loss."""
        place, have = self._world.places.get(step.scope), step.have
        return bool(place and have and have.phase is Phase.READY and place.kind(step.key.kind).precious)


def refuse_losses(steps: Iterable[Step], consent: Consent, precious: Callable[[Step], bool] = lambda _: False) -> None:
    """Raise DataAtRisk where users' data would go that nobody has given up, Refused where paver's own machine would."""
    steps = list(steps)
    for step in steps:
        if step.have is not None and step.action in {Action.DELETE, Action.REPLACE}:
            refuse_own_machine(step.have)
    risk = [
        (str(step.key), f"holds {step.have.holds}" if step.have.holds else "would be made anew, with nothing in it")
        for step in steps
        if step.have is not None
        and step.action in {Action.DELETE, Action.REPLACE}
        and (step.have.holds or (step.action is Action.REPLACE and precious(step)))
    ]
    if risk and not consent.delete_data:
        raise DataAtRisk("users' data would be deleted", facts=risk, hint="save it, or consent with --delete-data")


def refuse_own_machine(have: Observed) -> None:
    """Raise Refused where a deletion would end this very process half-way."""
    if have.carries_us:
        raise Refused(
            f"{key_of(have)} is the machine that paver runs on",
            facts=[("its id", have.id)],
            hint="run this from another machine: paver needs the spec, its passwords and the secret store there",
        )


def forecast_of_destroy(world: World, retained: frozenset[tuple[Scope, str]]) -> list[Step]:
    """A deletion for everything that is ours and neither adopted, fading nor retained; the secret store's last."""
    steps = [
        Step(
            key=key_of(item),
            action=Action.DELETE,
            scope=place.scope,
            want=world.wanted.get(item.key) if item.key else None,
            have=item,
        )
        for place in world.places.values()
        for item in place.all()
        if stands(item) and (place.scope, item.id) not in retained
    ]
    return sorted(steps, key=lambda step: step.scope == STORE)


def retained_ids(world: World) -> frozenset[tuple[Scope, str]]:
    """What `destroy` leaves because the spec says so, with all that it stands on."""
    found: set[tuple[Scope, str]] = set()
    for place in world.places.values():
        by_id = {item.id: item for item in place.all()}
        left = [item for item in place.items.values() if item.key in world.wanted and world.wanted[item.key].retain]
        while left:
            item = left.pop()
            found.add((place.scope, item.id))
            left += [by_id[id_] for id_ in item.needs if id_ in by_id and (place.scope, id_) not in found]
    return frozenset(found)
