"""`paver conform`: the kit that every driver passes, run on one driver."""

from __future__ import annotations

import click

from paver.cli.flags import IAAS, flag, takes
from paver.cli.invocation import Invocation

TARGET = flag("--target", default="", metavar="MODULE:CLASS", help="The driver's target, where none is installed.")
RULE = flag("--rule", type=int, multiple=True, metavar="NUMBER", help="Only the tests of that rule; repeatable.")
ALL_POINTS = flag("--all-points", is_flag=True, help="Kill at every call, not at a share of them that changes daily.")
BUDGET = flag("--budget", type=int, default=None, metavar="CALLS", help="Begin no test once so many calls were made.")
LEDGER = flag(
    "--ledger",
    default=None,
    type=click.Path(dir_okay=False),
    help="Where owners and calls are noted, so that a later --sweep finds them.",
)
SWEEP = flag("--sweep", is_flag=True, help="Take away what the owners in the ledger left, and run no test.")
WORKERS = flag("--workers", type=int, default=1, metavar="N", help="Tests side by side (needs pytest-xdist).")


@click.command("conform", short_help="judge a driver by the contract's tests")
@takes(IAAS, TARGET, RULE, ALL_POINTS, BUDGET, LEDGER, SWEEP, WORKERS)
def command(
    invocation: Invocation,
    *,
    target: str,
    rule: tuple[int, ...],
    all_points: bool,
    budget: int | None,
    ledger: str | None,
    sweep: bool,
    workers: int,
) -> int:
    """Judge a driver by the contract's tests. Exit code 1 where a rule is broken, and each is named.

    A driver with a sandbox is judged on that. A target that is live costs money: give it a budget and a ledger.
    """
    from paver.conformance.running import Choice, conform, sweep_up  # noqa: PLC0415  loads when the verb runs

    if invocation.iaas is None:
        raise click.UsageError("which driver? --iaas NAME")
    choice = Choice(
        iaas=invocation.iaas,
        target=target,
        rules=rule,
        all_points=all_points,
        budget=budget,
        ledger=ledger or "",
        workers=workers,
    )
    return sweep_up(choice) if sweep else conform(choice)
