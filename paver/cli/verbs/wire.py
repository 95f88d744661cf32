"""`paver wire`: a bad line to try a client on."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from paver.cli.durations import DURATION
from paver.cli.flags import SAID, flag, takes
from paver.cli.invocation import Invocation
from paver.cli.loopback import LOOPBACK
from paver.cli.output.result import print_json, print_lines
from paver.cli.percents import PERCENT
from paver.contract.errors import PaverError

if TYPE_CHECKING:
    from paver.conformance.wire import Rates, Wire

LOOK = 0.1
"""Seconds between two looks at whether a signal has come."""
VOICES = ("plain", "fitting", "soap", "ec2", "query", "json", "s3", "arm", "rpc")
PEM = click.Path(path_type=Path, dir_okay=False, exists=True)

LISTEN = flag("--listen", type=LOOPBACK, required=True, help="Where clients connect; port 0 takes any.")
UPSTREAM = flag("--upstream", type=LOOPBACK, required=True, help="Where the server listens.")
CERTIFICATE = flag("--certificate", type=PEM, help="The server's own certificate, PEM; without it there is no TLS.")
KEY = flag("--key", type=PEM, help="The file of its key, where the certificate's has none.")
LATENCY = flag("--latency", type=DURATION, default=0.0, help="Added to every request: 75ms, 2s.")
THROTTLE = flag("--throttle", type=PERCENT, default=0.0, help="Requests refused with 429 and Retry-After: 5%.")
UNAVAILABLE = flag("--unavailable", type=PERCENT, default=0.0, help="Requests refused with 503.")
RESET = flag("--reset", type=PERCENT, default=0.0, help="Connections reset before the server sees the request.")
LOSE = flag("--lose", type=PERCENT, default=0.0, help="Answers that are lost after the server acted.")
TRUNCATE = flag("--truncate", type=PERCENT, default=0.0, help="Answers that end in their middle.")
STALL = flag("--stall", type=PERCENT, default=0.0, help="Answers that come 2 s late.")
STALE = flag("--stale", type=DURATION, default=0.0, help="How far reads lag behind changes.")
SILENT = flag("--silent", is_flag=True, help="Accept and never answer.")
DRIP = flag("--drip", type=click.FloatRange(0, min_open=True), metavar="BYTES", help="Bytes a second of every answer.")
SEED = flag("--seed", type=int, default=0, show_default=True, help="The same seed strikes the same requests.")
VOICE = flag("--voice", type=click.Choice(VOICES), default="plain", help="The protocol that refusals are said in.")
LOG = flag(
    "--log", type=click.Path(path_type=Path, dir_okay=False), help="Each exchange as a line of JSON, at the end."
)


@click.command("wire", short_help="a bad line to try a client on")
@takes(
    *(LISTEN, UPSTREAM, CERTIFICATE, KEY, LATENCY, THROTTLE, UNAVAILABLE, RESET, LOSE, TRUNCATE, STALL),
    *(STALE, SILENT, DRIP, SEED, VOICE, LOG),
    *SAID,
)
def command(
    invocation: Invocation,
    *,
    listen: str,
    upstream: str,
    certificate: Path | None,
    key: Path | None,
    latency: float,
    throttle: float,
    unavailable: float,
    reset: float,
    lose: float,
    truncate: float,
    stall: float,
    stale: float,
    silent: bool,
    drip: float | None,
    seed: int,
    voice: str,
    log: Path | None,
) -> int:
    """Stand between a client and a server on loopback, and behave badly, until SIGINT or SIGTERM.

    At the end it says how many requests of which sort passed, what became of them, and the longest chain of calls of
    which each names what the one before it told.
    """
    from paver.cli.output.wire import exchange_json, wire_json, wire_lines  # noqa: PLC0415  loads when the verb runs
    from paver.conformance.wire import VOICES as SPOKEN  # noqa: PLC0415  the same
    from paver.conformance.wire import Rates, Route, Wire, longest_chain  # noqa: PLC0415  the same

    if key is not None and certificate is None:
        raise click.UsageError("a key without a certificate; --certificate FILE")
    try:
        rates = Rates(
            throttled=throttle, unavailable=unavailable, reset=reset, lost=lose, truncated=truncate, stalled=stall
        )
    except ValueError:
        raise click.UsageError("a request has one fate: together the parts are at most 100%") from None
    noted = _opened(log) if log is not None else None
    began = time.monotonic()
    wire = Wire(Route(listen, upstream, certificate, key), voice=SPOKEN[voice])
    _behave(wire, rates, seed=seed, latency=latency, stale=stale, silent=silent, drip=drip)
    try:
        wire.serve()
    except OSError as error:
        wire.close()
        raise PaverError(f"{listen} cannot be listened on: {error.strerror}", hint="choose another port") from error
    with invocation.signals.heard() as cancel:
        listening = wire.address()
        invocation.talk.say(f"Listening on {listening} before {upstream}. SIGINT ends it.")
        while not cancel.is_set:
            time.sleep(LOOK)
        wire.close()
    exchanges, seconds = wire.exchanges, time.monotonic() - began
    if noted is not None:
        _note(noted, (json.dumps(exchange_json(one)) for one in exchanges))
    counts, fates, chain = wire.counts(), wire.fates(), longest_chain(exchanges)
    if invocation.as_json:
        found = wire_json(counts, fates, chain, listen=listening, upstream=upstream, seconds=seconds)
        print_json(invocation.terminal, found)
    else:
        print_lines(invocation.terminal, wire_lines(counts, fates, chain, seconds=seconds))
    return 0


def _behave(
    wire: Wire, rates: Rates, *, seed: int, latency: float, stale: float, silent: bool, drip: float | None
) -> None:
    wire.latency(latency)
    wire.faults(rates, seed=seed)
    wire.stale(stale)
    if silent:
        wire.silent()
    if drip is not None:
        wire.drip(drip)


def _opened(path: Path) -> int:
    """The log, before anything passes: one that cannot be written is known at once."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise PaverError(f"the log {path} cannot be written: {error.strerror}") from error


def _note(descriptor: int, lines: Iterable[str]) -> None:
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
