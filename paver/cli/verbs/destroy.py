"""`paver destroy`: delete what the environment owns, and prove it."""

from __future__ import annotations

from uuid import UUID

import click

from paver.cli.consent import ConsentToDestroy
from paver.cli.flags import CHANGE, CONFIRM_ENV, DELETE_DATA, OWNER, RUN, SAID, SPEC, takes
from paver.cli.invocation import Invocation
from paver.cli.output.plan import plan_json
from paver.cli.output.result import print_json
from paver.cli.output.text import hang
from paver.cli.target import head_of
from paver.contract.errors import SpecError
from paver.engine.events import Ended


@click.command("destroy", short_help="delete what the environment owns, and prove it")
@takes(*SPEC, *RUN, *CHANGE, CONFIRM_ENV, OWNER, DELETE_DATA, *SAID)
def command(invocation: Invocation, *, auto_approve: bool, confirm_env: str | None, owner: UUID | None) -> int:
    """Delete what the environment owns, and list again. What it does not own is never touched.

    On a terminal the environment's name is typed; elsewhere it takes -y and --confirm-env NAME. With --owner it deletes
    what that owner left; the spec then says no more than where, and whose credentials.
    """
    from paver import api  # noqa: PLC0415  loads when the verb runs

    loaded, talk = invocation.load(), invocation.talk
    whose = str(owner or loaded.spec.id)[:8]
    if confirm_env is not None and confirm_env != loaded.spec.name:
        raise SpecError(f"--confirm-env names {confirm_env}; this environment is {loaded.spec.name}")
    talk.head(f"{head_of(loaded)}, owner {whose}")
    consent = ConsentToDestroy(talk, invocation.signals, approved=auto_approve, confirmed=confirm_env)
    with invocation.signals.heard():
        done = api.destroy(loaded, invocation.options(owner=owner), talk, consent)
    talk.close()
    if talk.tally.ended is not None:
        talk.say(*proof(talk.tally.ended, whose))
    if invocation.as_json:
        print_json(invocation.terminal, plan_json(api.document_of(done, loaded)))
    return 0


def proof(ended: Ended, owner: str) -> list[str]:
    """What the last listing showed."""
    fading = "".join(f" {key} ends on {day}." for key, day in ended.left)
    lines = hang("", f"Listed everything again: nothing of owner {owner} is left.{fading}")
    if ended.foreign:
        things = "1 thing of others was" if ended.foreign == 1 else f"{ended.foreign} things of others were"
        lines.append(f"{things} not touched.")
    return lines
