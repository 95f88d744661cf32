"""One action is taken from the policy, and an environment lives its whole life until somebody notices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from accounts import Document, Environment
from census import census
from commands import Outcome, command
from enforced import EnforcedAccount, actions_of
from handiwork import Hand

from paver import api

DESTROY = ("-y", "--confirm-env", "sandbox", "--delete-data")


@dataclass(frozen=True)
class Denial:
    """Where it was noticed that an action is not allowed; an empty verb: nowhere."""

    action: str
    verb: str = ""
    outcome: Outcome = field(default_factory=lambda: Outcome(0, "", ""))

    @property
    def told(self) -> bool:
        """Whether it ended as it should: exit 3, naming the action."""
        return self.outcome.code == 3 and self.action in self.outcome.out + self.outcome.err


class Lives:
    """Lives of one spec, each with an action less, in an account that is as it was after each.

    Args:
        account: Where.
        change: What makes the spec of the sandbox's example.
    """

    def __init__(self, account: EnforcedAccount, change: Any) -> None:
        self._account = account
        self._change = change
        self._numbers = count()
        self._before = census(account)
        self.policy = actions_of(api.permissions(self._next().loaded()))

    def without(self, action: str) -> Denial:
        """How it ends; then everything is allowed again, what was begun is ended, and everything destroyed."""
        environment = self._next()
        self._account.grant(self.policy - {action})
        found = next((one for one in self._life(environment, action) if one.outcome.code), Denial(action))
        self._account.grant(self.policy)
        if found.verb == "pave":
            resumed = command(environment, "pave", "-y")
            assert resumed.code == 0, resumed.err
        ended = command(environment, "destroy", *DESTROY)
        assert ended.code == 0, ended.err
        assert self.left() == Counter(), f"without {action}"
        return found

    def left(self) -> Counter[str]:
        """What is there that was not, and does not fade."""
        return Counter({name: n for name, n in (census(self._account) - self._before).items() if "fading" not in name})

    def _life(self, environment: Environment, action: str) -> Iterator[Denial]:
        def step(verb: str, *more: str) -> Denial:
            return Denial(action, verb, command(environment, verb, *more))

        yield step("preflight")
        yield step("pave", "-y")
        yield step("verify")
        hand = Hand(self._account, environment)
        hand.touch_everything()
        hand.fill_the_bucket()
        environment.edit(lambda document: document.update(labels={"unit": "core"}))
        yield step("pave", "-y")
        yield step("plan")
        yield step("destroy", *DESTROY)

    def _next(self) -> Environment:
        def labelled(document: Document) -> None:
            document["labels"] = {"team": "platform"}
            self._change(document)

        return self._account.restricted(f"life-{next(self._numbers)}", labelled)


def part(actions: Iterable[str], number: int, parts: int) -> list[str]:
    """One of several parts of all actions."""
    return sorted(actions)[number % parts :: parts]
