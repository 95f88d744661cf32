"""A rotation, step by step: the next authority is trusted beside the old, signs in its place, and the old one goes.

Each step is one write, or one write and then others that are found missing again: killed anywhere, the same call goes
on. A step is over once it was told; until then the same call tells it again, and never does the one after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from paver.certificates import load
from paver.contract.errors import Refused, Rejected
from paver.contract.resource import Key
from paver.kept.held import Held, StepName, Turn
from paver.kept.holdings import Holdings

STEPS: tuple[StepName, ...] = ("trust", "sign", "retire")


@dataclass(frozen=True, slots=True)
class Turned:
    """What one call did."""

    key: Key
    step: StepName | Literal["issue", "request"]
    held: Held
    signed: tuple[Key, ...] = ()
    """What the new authority has signed anew."""
    again: bool = False
    """Whether the step was done before, and nothing is changed."""
    until: str = ""
    """After `sign`: when the last certificate ends that the old one signed, ISO 8601."""


Tell = Callable[[Turned], None]
Approve = Callable[[Key, StepName], None]
"""Called before a step is begun; raises to refuse."""


def consent(key: Key, step: StepName) -> None:
    """To every step."""


class Rotation:
    """The rotations of one environment's authorities.

    Args:
        holdings: What the store has.
        renew: Makes an authority's next certificate, or a request for it, as the spec wants it; writes nothing.
        tell: Told of each step before it counts as done.
        approve: Asked before each step that is begun.
    """

    def __init__(self, holdings: Holdings, renew: Callable[[Held], Held], tell: Tell, approve: Approve) -> None:
        self._holdings = holdings
        self._renew = renew
        self._tell = tell
        self._approve = approve

    def turn(self, key: Key, step: StepName | None = None) -> Turned:
        """Do the next step of an authority's rotation.

        Args:
            key: The authority's.
            step: Which step is meant: done already, it is told again and nothing changes.

        Raises:
            Refused: Another step is next, or something was signed by the old one still.
            Rejected: It waits for the site's signature, or its own authority cannot sign.
            SecretMissing: It is not in this store.
        """
        held = self._holdings.read(key)
        if held.current is None:
            raise Rejected(
                f"{key} waits for its first signature, so there is nothing to rotate",
                hint=f"paver certificates request {key.name}",
            )
        if held.turn is not None and not held.turn.told:
            return self._finish(held, wanted=step)
        following = next_step(held)
        if step is not None and step != following:
            if held.turn is not None and held.turn.step == step:
                return Turned(key, step, held, again=True, until=held.turn.until)
            raise Refused(
                f"the next step for {key} is {following}, not {step}", hint=f"paver certificates rotate {key.name}"
            )
        if following == "retire":
            self._refuse_used(held)
        self._approve(key, following)
        begin = {"trust": self._trust, "sign": self._sign, "retire": self._retire}
        return begin[following](held)

    def _trust(self, held: Held) -> Turned:
        if held.request is not None:
            return Turned(held.key, "request", held, again=True)
        held = self._renew(held)
        if held.request is not None:
            self._holdings.write(held)
            turned = Turned(held.key, "request", held)
            self._tell(turned)
            return turned
        return self._finish(self._begin(held, "trust"))

    def _sign(self, held: Held) -> Turned:
        old, made = held.current, held.following
        if old is None or made is None:  # `next_step` saw both
            raise TypeError(held.key)
        ends = [load(used.current.certificate).not_valid_after_utc for used in self._below(held) if used.current]
        until = max(ends).isoformat() if ends else ""
        held = replace(
            held.serves(made, held.following_chain, self._holdings.now()),
            following=None,
            following_chain="",
            last=old.certificate,
        )
        return self._finish(self._begin(held, "sign", until))

    def _retire(self, held: Held) -> Turned:
        return self._finish(self._begin(replace(held, last=""), "retire"))

    def _refuse_used(self, held: Held) -> None:
        """Hold every signature that is in use against the old one, whatever was noted."""
        if users := self._holdings.users(held.last, held.key):
            raise Refused(
                f"the old {held.key} cannot go: it signed what is in use",
                facts=[(str(user.key), "was signed by it, or sends what was") for user in users],
                hint="; ".join(dict.fromkeys(_freeing(user) for user in users)),
            )

    def _begin(self, held: Held, step: StepName, until: str = "") -> Held:
        held = replace(held, turn=Turn(step, self._holdings.now().isoformat(), told=False, until=until))
        self._holdings.write(held)
        return held

    def _finish(self, held: Held, *, wanted: StepName | None = None) -> Turned:
        """Do what is left of the step that was begun, tell it, and note that it was told."""
        turn = held.turn
        if turn is None:  # `turn` and `_begin` saw one
            raise TypeError(held.key)
        if wanted is not None and wanted != turn.step:
            raise Refused(
                f"step {turn.step} for {held.key} was begun and is not over, so it is not time to {wanted}",
                hint=f"paver certificates rotate {held.key.name} --step {turn.step}",
            )
        signed = tuple(self._sign_anew()) if turn.step == "sign" else ()
        turned = Turned(held.key, turn.step, held, signed, until=turn.until)
        self._tell(turned)
        self._holdings.write(replace(held, turn=replace(turn, told=True)))
        return turned

    def _sign_anew(self) -> list[Key]:
        """Sign whatever stands on what signs no longer, from the top down."""
        done: list[Key] = []
        while (held := self._holdings.outdated()) is not None and held.key not in done:
            self._holdings.write(self._holdings.signed_anew(held))
            done.append(held.key)
        return done

    def _below(self, held: Held) -> list[Held]:
        return self._holdings.below(held.key.name)


def next_step(held: Held) -> StepName:
    """The step that an authority's next call does."""
    if held.last:
        return "retire"
    return "sign" if held.following is not None else "trust"


def _freeing(user: Held) -> str:
    if user.key.kind == "authority" and user.last:
        return f"first end the rotation of {user.key.name}: paver certificates rotate {user.key.name}"
    return "paver pave has them signed anew" if user.request is None else f"paver certificates request {user.key.name}"
