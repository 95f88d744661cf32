"""The environment document that a verb is about: rebuilt from the IaaS, or read from a file that somebody kept."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from paver.cli.flags import DIRECTORY, flag
from paver.cli.invocation import Invocation
from paver.contract.errors import SpecError

if TYPE_CHECKING:
    from paver.contract.environment import PavedEnvironment

ENVIRONMENT = flag(
    "--environment",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="The document, as `paver outputs -o json` printed it; - is stdin. Nothing is contacted then.",
)
WITH_SECRETS = flag("--with-secrets", is_flag=True, help="Look the secrets up, too: for files in --output-dir only.")
OUTPUT_DIR = flag("--output-dir", type=DIRECTORY, help="Write private files (0600) there, in place of printing.")


@dataclass(frozen=True, slots=True)
class Given:
    """A document, and the directory where its relative references to secrets start."""

    environment: PavedEnvironment
    base: Path


def given(invocation: Invocation, file: Path | None) -> Given:
    """The document. Raises SpecError where the file holds none."""
    if file is not None:
        return Given(read_document(file), Path() if str(file) == "-" else file.parent)
    from paver import api  # noqa: PLC0415  loads when the verb runs

    loaded = invocation.load()
    with invocation.signals.heard():
        return Given(api.outputs(loaded, invocation.options()), loaded.base)


def refuse_secrets_without_directory(*, with_secrets: bool, output_dir: Path | None) -> None:
    """Secrets go to files. Raises SpecError."""
    if with_secrets and output_dir is None:
        raise SpecError(
            "secrets are never printed: logs keep what pipes carry",
            hint="--with-secrets --output-dir DIR writes private files",
        )


def read_document(file: Path) -> PavedEnvironment:
    """A document that was kept; `-` is stdin. Raises SpecError where that is none."""
    from pydantic import ValidationError  # noqa: PLC0415  loads when the verb runs

    from paver.contract.environment import PavedEnvironment  # noqa: PLC0415  the same

    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        return PavedEnvironment.model_validate_json(text)
    except OSError as error:
        raise SpecError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SpecError(f"{file} is no environment document: it is no text") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        at = ".".join(map(str, first["loc"]))
        raise SpecError(
            f"{file} is no environment document: {f'{at}: ' if at else ''}{first['msg']}",
            hint="`paver outputs -o json` prints one",
        ) from None
