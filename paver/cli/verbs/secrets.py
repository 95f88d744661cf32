"""`paver secrets list|get|rotate|reencrypt`: what the secret store has of an environment."""

from __future__ import annotations

import os
from pathlib import Path

import click

from paver.cli.flags import FILE, LOCK_TIMEOUT, SAID, SPEC, STATE_DIR, flag, takes
from paver.cli.invocation import Invocation
from paver.cli.output.result import print_json, print_lines
from paver.cli.output.secrets import secret_lines, secrets_json
from paver.contract.errors import PaverError, SpecError

OUT = flag("--out", type=FILE, help="Write the value to this new file, for its user only.")


@click.group("secrets", short_help="list, show and rotate what paver keeps secret")
def command() -> None:
    """List, show and rotate what the secret store has of an environment. No IaaS is contacted."""


@command.command("list")
@takes(*SPEC, *SAID)
def list_(invocation: Invocation) -> int:
    """List them: what they are and when to rotate them. No value is shown."""
    from paver import credentials, trust  # noqa: PLC0415  loads when the verb runs

    loaded = invocation.load()
    kept, place = credentials.listing(loaded), trust.place(loaded)
    if invocation.as_json:
        print_json(invocation.terminal, secrets_json(kept, place))
    else:
        print_lines(invocation.terminal, secret_lines(kept, place))
    return 0


@command.command("get")
@click.argument("name")
@click.argument("key", required=False, default="")
@takes(*SPEC, OUT, *SAID)
def get(invocation: Invocation, *, name: str, key: str, out: Path | None) -> int:
    """Show one value, on a terminal or in a new file of mode 0600, and nowhere else: logs keep what pipes carry."""
    from paver import credentials  # noqa: PLC0415  loads when the verb runs

    if out is None and not os.isatty(1):
        raise SpecError("a secret goes to a terminal or a file only", hint="--out FILE, which must not be there yet")
    value = credentials.shown(invocation.load(), name, key).get_secret_value()
    if out is None:
        print_lines(invocation.terminal, [value])
    else:
        _write(out, value)
    return 0


@command.command("rotate")
@click.argument("name")
@takes(*SPEC, STATE_DIR, LOCK_TIMEOUT, *SAID)
def rotate(invocation: Invocation, *, name: str) -> int:
    """Have the next pave exchange a credential: it tells the IaaS of the new one, or has it make one."""
    from paver import credentials  # noqa: PLC0415  loads when the verb runs

    done = credentials.rotate(invocation.load(), name, invocation.options())
    following = invocation.command("pave")
    if invocation.as_json:
        print_json(invocation.terminal, {"name": done.name, "what": done.what, "next": following})
    else:
        said = {
            "shown": "to be exchanged; the one that is here is of use until then",
            "credential": "made anew here; the IaaS has the old one still",
        }[done.what]
        print_lines(invocation.terminal, [f"{name}: {said}.", f"Next: {following}"])
    return 0


@command.command("reencrypt", short_help="with the first key in PAVER_SECRETS_KEY")
@takes(*SPEC, *SAID)
def reencrypt(invocation: Invocation) -> int:
    """Encrypt everything in the store with the key that writes now, so that older keys may be thrown away.

    A store that is not encrypted has nothing to do. No value changes.
    """
    from paver import credentials, trust  # noqa: PLC0415  loads when the verb runs

    loaded = invocation.load()
    done, place = credentials.reencrypt(loaded), trust.place(loaded)
    if invocation.as_json:
        print_json(invocation.terminal, {"store": place, "reencrypted": list(done)})
    else:
        print_lines(invocation.terminal, [f"{place}: {len(done)} encrypted anew."])
    return 0


def _write(path: Path, value: str) -> None:
    if path.parent.exists() and path.parent.stat().st_mode & 0o022 and not path.parent.stat().st_mode & 0o1000:
        raise SpecError(f"others can write to {path.parent}", hint="name a file in a directory of your own")
    try:
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise SpecError(f"{path} is there already", hint="name a new file") from None
    except OSError as error:
        raise PaverError(f"{path} cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(file, "w", encoding="utf-8") as stream:
            os.fchmod(stream.fileno(), 0o600)
            stream.write(value)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise PaverError(f"{path} cannot be written: {error.strerror}; nothing is left there") from None
