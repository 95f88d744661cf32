"""`paver certificates`: list, rotate, and have the site's own authority sign."""

from __future__ import annotations

from pathlib import Path

import click

from paver.cli.consent import ConsentToRotate
from paver.cli.flags import AUTO_APPROVE, FILE, LOCK_TIMEOUT, SAID, SPEC, STATE_DIR, flag, takes
from paver.cli.invocation import Invocation
from paver.cli.output.certificates import (
    listing_json,
    listing_lines,
    taken_json,
    taken_lines,
    turned_json,
    turned_lines,
)
from paver.cli.output.result import print_json, print_lines
from paver.cli.output.stream import write_lines
from paver.contract.errors import PaverError, SpecError

LARGEST = 256 << 10
"""Bytes. A certificate and its chain are a few thousand."""
REQUEST = "-----BEGIN CERTIFICATE REQUEST-----"
STEP = flag(
    "--step",
    type=click.Choice(["trust", "sign", "retire"]),
    help="Which step of an authority's rotation is meant: repeated, it does nothing more.",
)
OUT = flag("--out", type=FILE, help="Write the request to a file instead of stdout.")


@click.group("certificates", short_help="list and rotate", no_args_is_help=True)
def command() -> None:
    """List certificates, rotate them in safe steps, have the site's own authority sign.

    All of it is done in the secret store; no IaaS is contacted.
    """


@command.command("list", short_help="every certificate, and when it ends")
@takes(*SPEC, *SAID)
def list_(invocation: Invocation) -> int:
    """Tell every certificate's use, who signed it, when it ends, and which rotation is under way."""
    from datetime import UTC, datetime  # noqa: PLC0415  the help needs none

    from paver import trust  # noqa: PLC0415  loads when the verb runs

    loaded = invocation.load()
    found, warnings = trust.listing(loaded)
    now = datetime.now(UTC)
    if invocation.as_json:
        print_json(invocation.terminal, listing_json(loaded.spec.name, loaded.iaas, found, warnings, now))
    else:
        head = f"{loaded.spec.name} on {loaded.iaas}: secrets in {trust.place(loaded)}"
        print_lines(invocation.terminal, listing_lines(head, found, warnings, now, invocation.command))
    return 0


@command.command("rotate", short_help="the next step of a rotation")
@click.argument("name")
@takes(*SPEC, STATE_DIR, LOCK_TIMEOUT, AUTO_APPROVE, STEP, *SAID)
def rotate(invocation: Invocation, *, name: str, auto_approve: bool, step: str | None) -> int:
    """Do the next step of an authority's rotation; issue a server's certificate anew at once.

    An authority is rotated in three steps, a call each: its next certificate is trusted beside the old one, it signs in
    its place, and the old one goes. Between two calls every client, then every server, gets what the last one made.
    """
    from paver import trust  # noqa: PLC0415  loads when the verb runs

    loaded = invocation.load()

    def tell(turned: trust.Turned) -> None:
        if invocation.as_json:
            print_json(invocation.terminal, turned_json(turned))
        else:
            print_lines(invocation.terminal, turned_lines(turned, loaded.spec.name, invocation.command))

    asks = invocation.terminal.answers and not auto_approve
    consent = ConsentToRotate(invocation.talk, invocation.signals, approved=not asks)
    turned = trust.rotate(
        loaded,
        name,
        invocation.options(),
        step=step,  # type: ignore[arg-type]  # one of the flag's choices
        tell=tell,
        approve=lambda key, step: consent.step(key.name, step),
    )
    if turned.again:
        tell(turned)
    return 0


@command.command("request", short_help="a request for the site's own authority")
@click.argument("name")
@takes(*SPEC, STATE_DIR, LOCK_TIMEOUT, OUT, *SAID)
def request(invocation: Invocation, *, name: str, out: Path | None) -> int:
    """Write the request (PKCS #10, PEM) that the site's own authority is to sign.

    The key that it is for is made in the secret store and never leaves it.
    """
    from paver import trust  # noqa: PLC0415  loads when the verb runs

    loaded = invocation.load()
    if out is not None:
        _check_free(out)
    text = trust.request(loaded, name, invocation.options())
    if out is not None:
        _write(out, text)
    if invocation.as_json:
        print_json(invocation.terminal, {"name": name, "request": text, "file": str(out) if out else None})
    elif out is None:
        write_lines(invocation.terminal.out, text.splitlines())
    else:
        following = invocation.command("certificates", "accept", name, "FILE")
        print_lines(invocation.terminal, [f"Wrote {out}. Have it signed; then: {following}"])
    return 0


@command.command("accept", short_help="take what the site has signed")
@click.argument("name")
@click.argument("file", type=FILE)
@takes(*SPEC, STATE_DIR, LOCK_TIMEOUT, *SAID)
def accept(invocation: Invocation, *, name: str, file: Path) -> int:
    """Put a certificate to use that the site's own authority signed.

    FILE holds it and the authorities between it and the site's, PEM. It is taken if it is for the key and the names of
    the request, valid now, and leads to the CA certificate that the spec names; else every reason is told, exit code 2.
    """
    from paver import trust  # noqa: PLC0415  loads when the verb runs

    loaded = invocation.load()
    taken = trust.accept(loaded, name, _read(file), invocation.options(), source=str(file))
    if invocation.as_json:
        print_json(invocation.terminal, taken_json(taken))
    else:
        print_lines(invocation.terminal, taken_lines(taken, invocation.command))
    return 0


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise SpecError(f"{file} cannot be read: {error.strerror}") from None
    if len(data) > LARGEST:
        raise SpecError(f"{file} is larger than {LARGEST >> 10} KiB: that is no certificate and its chain")
    return data.decode("ascii", errors="replace")


def _check_free(out: Path) -> None:
    """Refuse to write over what is no request."""
    if out.exists() and not _read(out).startswith(REQUEST):
        raise SpecError(f"{out} is there and is no request; nothing was written", hint="name another file")


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="ascii")
    except OSError as error:
        raise PaverError(f"{out} cannot be written: {error.strerror}") from None
