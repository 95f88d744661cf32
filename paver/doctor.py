"""What is wrong with this installation."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from paver import clash
from paver.registry import DriverEntry

OLDEST = (3, 11)


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one look."""

    check: str
    severity: Literal["ok", "warn", "fail"]
    what: str
    hint: str = ""


def examine(
    drivers: Iterable[DriverEntry], state: Path, environ: Mapping[str, str] = os.environ, package: Path | None = None
) -> list[Check]:
    """Everything that is looked at.

    Args:
        drivers: What is installed.
        state: The state directory, there or not.
        environ: The environment of the process.
        package: The directory of the imported `paver`.
    """
    here = package or Path(__file__).parent
    return [
        python(sys.version_info[:3]),
        *names(here, {name.lower() for name in _installed("paver")}),
        script(environ),
        *sdks(drivers),
        writable("state", state),
    ]


def python(version: tuple[int, ...]) -> Check:
    """Whether Python is new enough."""
    text = ".".join(map(str, version))
    if version[:2] < OLDEST:
        return Check("python", "fail", f"{text} is too old", f"install Python {'.'.join(map(str, OLDEST))} or newer")
    return Check("python", "ok", f"{text} at {sys.executable}")


def names(package: Path, distributions: set[str]) -> Iterator[Check]:
    """Whether another distribution claims the package's name; `distributions`: all that do, in lower case."""
    other = clash.OTHER.lower() in distributions
    if clash.mixed(package):
        yield Check("package", "fail", f"the build tool {clash.OTHER} has its files among ours", clash.advice())
    elif other:
        yield Check("package", "fail", f"the build tool {clash.OTHER} is installed beside this one", clash.advice())
    else:
        yield Check("package", "ok", f"paver is imported from {package}")


def script(environ: Mapping[str, str]) -> Check:
    """Whether `paver` in a shell is ours."""
    found = clash.script_on_path(environ)
    if found is None:
        return Check("script", "warn", "no paver on PATH", "python -m paver does the same")
    path, ours = found
    if ours:
        return Check("script", "ok", str(path))
    return Check("script", "fail", f"{path} is not ours", f"use iaas-paver or python -m paver, or: {clash.advice()}")


def sdks(drivers: Iterable[DriverEntry]) -> Iterator[Check]:
    """Whether each driver is fit to work."""
    for entry in drivers:
        if entry.state == "ready":
            yield Check("driver", "ok", f"{entry.name} {entry.version}")
        else:
            hint = f"pip install {entry.install!r}" if entry.install else f"see {entry.distribution}"
            yield Check("driver", "warn", f"{entry.name}: {entry.state}", hint)


def writable(check: str, directory: Path) -> Check:
    """Whether a directory is ours to write, or can be made; and whether others can see into it."""
    there = next(step for step in (directory, *directory.parents) if step.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return Check(check, "fail", f"{directory} cannot be written", "name another with --state-dir")
    if there == directory and directory.stat().st_mode & 0o077:
        return Check(check, "warn", f"others can look into {directory}", f"chmod 700 {directory}")
    return Check(check, "ok", f"{directory} can be written")


def _installed(package: str) -> list[str]:
    """The distributions that bring a top-level package of that name."""
    return metadata.packages_distributions().get(package, [])
