"""`paver unlock`: free the lease that a dead run left behind."""

from __future__ import annotations

import click

from paver.cli.consent import ConsentToUnlock
from paver.cli.flags import AUTO_APPROVE, RUN, SAID, SPEC, takes
from paver.cli.invocation import Invocation
from paver.cli.output.result import print_json, print_lines


@click.command("unlock", short_help="free a lease that a dead run left behind")
@takes(*SPEC, *RUN, AUTO_APPROVE, *SAID)
def command(invocation: Invocation, *, auto_approve: bool) -> int:
    """Free the shared lease that a dead run left behind.

    A run that is alive on this machine is refused, exit code 6: stop it first. One that was only stopped, and goes on,
    changes nothing after its next look at the lease.
    """
    from paver import api  # noqa: PLC0415  loads when the verb runs

    loaded = invocation.load()
    consent = ConsentToUnlock(invocation.talk, invocation.signals, approved=auto_approve)
    with invocation.signals.heard():
        freed = api.unlock(loaded, invocation.options(), consent.holder)
    if invocation.as_json:
        print_json(invocation.terminal, {"freed": freed.model_dump(mode="json") if freed else None})
    else:
        said = f"Freed: it was held by {dict(freed.facts)['holder']}." if freed else "Nobody holds the lease."
        print_lines(invocation.terminal, [said])
    return 0
