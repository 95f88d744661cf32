"""Write the package of a new driver from the template, which calls its driver `nimbus`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from pydantic import TypeAdapter, ValidationError

from paver import __version__
from paver.contract.errors import PaverError, Refused, SpecError
from paver.contract.types import DriverName

SUFFIX = ".tmpl"
"""On the template's files, so that no tool takes them for modules of this package."""
TEMPLATE = "nimbus"


def write_package(name: str, directory: Path) -> tuple[Path, ...]:
    """Write the package and return its files.

    Args:
        name: The driver's, as `--iaas` will have it.
        directory: Where it goes; it must not be there yet.

    Raises:
        SpecError: The name is none.
        Refused: Something is there.
        PaverError: It cannot be written.
    """
    try:
        TypeAdapter(DriverName).validate_python(name)
    except ValidationError:
        raise SpecError(f"{name!r} cannot be a driver's name", hint="lower-case words joined by -, 2 to 32") from None
    words = _words(name)
    try:
        directory.mkdir(parents=True)
        return tuple(_write(directory / _renamed(str(path), words), _renamed(text, words)) for path, text in _files())
    except FileExistsError:
        raise Refused(f"{directory} is there already, and was left alone", hint="name another directory") from None
    except OSError as error:
        raise PaverError(f"{directory} cannot be written: {error.strerror}") from None


def _files() -> Iterator[tuple[PurePosixPath, str]]:
    yield from _below(resources.files("paver.scaffold") / "template", PurePosixPath())


def _below(place: Traversable, at: PurePosixPath) -> Iterator[tuple[PurePosixPath, str]]:
    for entry in sorted(place.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _below(entry, at / entry.name)
        elif entry.name.endswith(SUFFIX):
            yield at / entry.name.removesuffix(SUFFIX), entry.read_text(encoding="utf-8")


def _words(name: str) -> dict[str, str]:
    """What stands for what of the template's, in every spelling that a name has."""
    parts = name.split("-")
    return {
        "paver_nimbus": f"paver_{'_'.join(parts)}",
        "_nimbus_": f"_{'_'.join(parts)}_",
        "NIMBUS": "_".join(parts).upper(),
        "Nimbus": "".join(part.capitalize() for part in parts),
        TEMPLATE: name,
        "@VERSION@": __version__,
    }


def _renamed(text: str, words: dict[str, str]) -> str:
    return re.sub("|".join(map(re.escape, words)), lambda found: words[found[0]], text)


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
