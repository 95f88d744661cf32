"""Consent: asked where somebody is there to answer, given by flags elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from paver.cli.output.plan import body_lines, foot, held_data, replaced
from paver.cli.output.talk import Level, Talk
from paver.cli.output.text import facts
from paver.cli.signals import Signals
from paver.contract.errors import PaverError, SpecError

if TYPE_CHECKING:
    from paver.engine.lease import Holding
    from paver.engine.plan import Plan

Ask = Callable[[str], str]
"""Shows a question and returns the line that answers it. Raises EOFError where none comes."""


class Declined(PaverError):
    """Somebody was asked and said no."""


def ask_on_terminal(question: str) -> str:
    """Ask on stderr: stdout is for results."""
    import click  # noqa: PLC0415  this module is tested without a command

    click.echo(question, err=True, nl=False)
    return input()


class Consent:
    """Called with the plan before anything changes; returns, or raises.

    Args:
        talk: Where the plan is shown.
        signals: Told while somebody is asked.
        approved: Whether `-y` was given.
        remarks: What the spec says beside the plan.
        ask: How a question is asked.
    """

    def __init__(
        self, talk: Talk, signals: Signals, *, approved: bool, remarks: tuple[str, ...] = (), ask: Ask = ask_on_terminal
    ) -> None:
        self.talk = talk
        self._signals = signals
        self._approved = approved
        self._remarks = remarks
        self._ask = ask

    def __call__(self, plan: Plan) -> None:
        """To a plan that paves."""
        if plan.empty:
            return
        if not self._approved and not self.talk.terminal.answers:
            raise SpecError("nobody is here to ask; --auto-approve consents")
        self._show(plan, " ".join([foot(plan), *self._remarks]))
        if self._approved:
            return
        place = plan.target.partition(",")[0]
        if self.answer(f"Pave {plan.environment} in {place}? [y/N] ").strip().lower() not in {"y", "yes"}:
            raise Declined(f"not consented: {plan.environment} was not changed")

    def _show(self, plan: Plan, summary: str) -> None:
        """On a terminal; a log has the counts from the run's own events."""
        if self.talk.terminal.width is None:
            return
        changes = any(step.action in {"update", "replace", "delete"} for step in plan.steps)
        if not self._approved or changes:
            self.talk.say(*body_lines(plan, verbose=self.talk.level is Level.VERBOSE), "")
        self.talk.say(summary, *replaced(plan))

    def answer(self, question: str) -> str:
        """Ask, while nothing moves and a signal ends the command."""
        with self.talk.aside(), self._signals.unheard():
            try:
                return self._ask(question)
            except EOFError:
                return ""


class ConsentToDestroy(Consent):
    """To the end of an environment: its name is typed, or given by `--confirm-env` beside `-y`."""

    def __init__(
        self, talk: Talk, signals: Signals, *, approved: bool, confirmed: str | None, ask: Ask = ask_on_terminal
    ) -> None:
        super().__init__(talk, signals, approved=approved, ask=ask)
        self._confirmed = confirmed

    def __call__(self, plan: Plan) -> None:
        """To a plan that destroys."""
        if plan.empty:
            return
        name = plan.environment
        if self._confirmed is not None and self._confirmed != name:
            raise SpecError(f"--confirm-env names {self._confirmed}; this environment is {name}")
        given = self._approved and self._confirmed == name
        if not given and not self.talk.terminal.answers:
            raise SpecError(f"nobody is here to ask; --auto-approve --confirm-env {name} consents")
        if self.talk.terminal.width is not None and self.talk.level is Level.VERBOSE:
            self.talk.say(*body_lines(plan, verbose=True), "")
        number = sum(step.mutates for step in plan.steps)
        self.talk.say(f"{number} to delete, found by owner; no local file was needed.", *held_data(plan))
        if not given and self.answer("Gone for good. Type the environment's name to delete it: ").strip() != name:
            raise Declined(f"not consented: nothing of {name} was deleted")


class ConsentToUnlock(Consent):
    """To freeing the lease of somebody's run."""

    def holder(self, holding: Holding) -> None:
        """Asked once it is known whose it is."""
        if not self._approved and not self.talk.terminal.answers:
            raise SpecError("nobody is here to ask; --auto-approve consents")
        self.talk.say(*facts(holding.facts, self.talk.terminal.width))
        if not self._approved and self.answer("Is that run dead? [y/N] ").strip().lower() not in {"y", "yes"}:
            raise Declined("not consented: the lease is as it was")


class ConsentToRotate(Consent):
    """To the steps of a rotation that others must be ready for."""

    _QUESTIONS: ClassVar[Mapping[str, str]] = {
        "sign": "Does every client trust both, the old {name} and the next? [y/N] ",
        "retire": "Has every server what the new {name} signed? [y/N] ",
    }

    def step(self, name: str, step: str) -> None:
        """Asked before it is begun."""
        question = self._QUESTIONS.get(step, "").format(name=name)
        if not question or self._approved:
            return
        if self.answer(question).strip().lower() not in {"y", "yes"}:
            raise Declined(f"not consented: {name} is as it was")
