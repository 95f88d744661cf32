"""`paver pave`: make the world as the spec says."""

from __future__ import annotations

from pathlib import Path

import click

from paver.cli.checks import judge
from paver.cli.consent import Consent
from paver.cli.flags import CHANGE, DELETE_DATA, FILE, REPLACE_SECRET, RUN, SAID, SPEC, takes
from paver.cli.invocation import Invocation
from paver.cli.output.environment import paved_facts
from paver.cli.output.result import print_json
from paver.cli.output.text import facts
from paver.cli.target import head_of, remarks_of


@click.command("pave", short_help="change it; run it again whenever in doubt")
@click.argument("plan_file", metavar="[PLAN]", required=False, type=FILE)
@takes(*SPEC, *RUN, *CHANGE, REPLACE_SECRET, DELETE_DATA, *SAID)
def command(invocation: Invocation, *, auto_approve: bool, plan_file: Path | None) -> int:
    """Make the world as the spec says; run it again whenever in doubt. With nothing to do, nothing is sent.

    Preflight comes first, then the plan, then consent: -y, or a question on a terminal. A PLAN that `paver plan --out`
    kept is the consent: exactly that is done, or nothing and exit code 6, with what has changed since.
    """
    from paver import api  # noqa: PLC0415  loads when the verb runs

    loaded, talk = invocation.load(), invocation.talk
    talk.head(head_of(loaded))
    exactly = api.saved(plan_file, loaded) if plan_file else None
    consent = Consent(
        talk, invocation.signals, approved=auto_approve or plan_file is not None, remarks=remarks_of(loaded)
    )
    with invocation.signals.heard():
        environment = api.pave(loaded, invocation.options(exactly=exactly), talk, consent, judge(invocation, loaded))
    talk.close()
    if invocation.as_json:
        print_json(invocation.terminal, environment.model_dump(mode="json"))
    elif talk.tally.n:
        talk.after(*facts(paved_facts(environment, invocation.command("outputs"))))
    return 0
