"""`paver print-env`: variables for a shell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from paver.cli.document import (
    ENVIRONMENT,
    OUTPUT_DIR,
    WITH_SECRETS,
    Given,
    given,
    refuse_secrets_without_directory,
)
from paver.cli.flags import FILE, RUN, SAID, SPEC, flag, takes
from paver.cli.invocation import Invocation
from paver.cli.output.result import print_json
from paver.cli.output.stream import write_lines
from paver.contract.errors import SpecError
from paver.render.names import SHELLS

if TYPE_CHECKING:
    from paver.render.shell import Keys

SHELL = flag("--shell", type=click.Choice(SHELLS), default="posix", show_default=True, help="Whose words to use.")
VARS_STORE = flag(
    "--vars-store", type=FILE, help="What `bosh create-env --vars-store` keeps: the director's own secrets and CAs."
)


@click.command("print-env", short_help="variables for a shell")
@takes(SHELL, VARS_STORE, ENVIRONMENT, WITH_SECRETS, OUTPUT_DIR, *SPEC, *RUN, *SAID)
def command(
    invocation: Invocation,
    *,
    shell: str,
    vars_store: Path | None,
    file: Path | None,
    with_secrets: bool,
    output_dir: Path | None,
) -> int:
    """Print the variables by which bosh, credhub and ssh find this environment: eval "$(paver print-env)".

    No secret is printed. With --with-secrets --output-dir DIR the jumpbox's key, and the secrets of a --vars-store, go
    to private files there, and the lines lead to those.
    """
    from paver.render.shell import Contents, script, variables  # noqa: PLC0415  loads when the verb runs

    refuse_secrets_without_directory(with_secrets=with_secrets, output_dir=output_dir)
    if output_dir is not None and not with_secrets:
        raise SpecError("only secrets go to --output-dir here", hint="--with-secrets --output-dir DIR")
    found = given(invocation, file)
    keys = _keys(found, vars_store, output_dir.absolute() if output_dir is not None else None)
    words = variables(found.environment, keys)
    if invocation.as_json:
        document = {name: word if isinstance(word, str) else None for name, word in words.items()}
        files = {name: str(word.path) for name, word in words.items() if isinstance(word, Contents)}
        print_json(invocation.terminal, {"variables": {k: v for k, v in document.items() if v is not None},
                                         "files": files})  # fmt: skip
    else:
        write_lines(invocation.terminal.out, script(words, shell).removesuffix("\n").split("\n"))
    return 0


def _keys(found: Given, vars_store: Path | None, directory: Path | None) -> Keys:
    from paver.render.shell import Keys  # noqa: PLC0415  loads when the verb runs
    from paver.secrets import resolve, write_private  # noqa: PLC0415  the same

    texts = {}
    kept = _vars_store(vars_store) if vars_store is not None else {}
    box = found.environment.jumpbox
    if directory is not None:
        if box is not None:
            texts["jumpbox.key"] = resolve(box.key, found.base).get_secret_value().rstrip("\n") + "\n"
        for name, key in (("bosh-client.secret", "admin_password"), ("credhub.secret", "credhub_admin_client_secret")):
            if key in kept:
                texts[name] = str(kept[key])
        write_private(directory, texts)

    def written(name: str) -> Path | None:
        return directory / name if directory is not None and name in texts else None

    authorities = (_authority(kept, name) for name in ("credhub_tls", "uaa_ssl"))
    return Keys(
        jumpbox=written("jumpbox.key"),
        client_secret=written("bosh-client.secret"),
        credhub_secret=written("credhub.secret"),
        director_ca=_authority(kept, "director_ssl") or None,
        credhub_ca="".join(authorities) or None,
    )


def _authority(kept: dict[str, object], name: str) -> str:
    entry = kept.get(name)
    return str(entry.get("ca", "")) if isinstance(entry, dict) else ""


def _vars_store(path: Path) -> dict[str, object]:
    import yaml  # noqa: PLC0415  loads when the verb runs

    try:
        found = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise SpecError(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, yaml.YAMLError):  # its words hold a piece of the file
        raise SpecError(f"{path} is no YAML") from None
    if not isinstance(found, dict):
        raise SpecError(f"{path} is no store of BOSH's variables")
    return found
