"""Files, environment and flags to a spec that holds, with one driver chosen; or every problem of them at once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paver.contract.driver import Driver
from paver.contract.errors import SpecError
from paver.contract.spec import DriverSettings, EnvironmentSpec
from paver.settings.check import Checking
from paver.settings.message import KeyPath, Message, Place
from paver.settings.sources import Sources, gather, nearest

DEFAULT_FILE = Path("environment.yml")


@dataclass(frozen=True)
class LoadedSpec:
    """A spec and the driver that was chosen for it."""

    spec: EnvironmentSpec
    iaas: str
    driver: Driver[Any]
    settings: DriverSettings
    base: Path
    """The directory of the first file: where relative paths start."""
    files: tuple[Path, ...]
    places: Mapping[KeyPath, Place] = field(repr=False)

    def place(self, path: KeyPath) -> str:
        """Where a value was written: `environment.yml:78`, or the variable that overrode it.

        For a value that nobody wrote: where the nearest thing that holds it stands.
        """
        return str(nearest(self.places, path))


@dataclass(frozen=True)
class Checked:
    """What `paver validate` found."""

    spec: EnvironmentSpec | None
    """None: there are messages."""
    drivers: tuple[str, ...]
    """The sections that were checked, each by its own driver."""
    messages: tuple[Message, ...]
    settings: Mapping[str, DriverSettings] = field(default_factory=dict)
    """By driver; empty where there are messages."""
    files: tuple[Path, ...] = ()


def load_spec(*files: Path | str, iaas: str | None = None, environ: Mapping[str, str] | None = None) -> LoadedSpec:
    """Read a spec and choose its driver.

    Args:
        files: Later ones win: mappings merge key by key, anything else is replaced as a whole, and a `null` takes away
            what an earlier file says. None: `environment.yml`.
        iaas: The section to take; None: the only one there is.
        environ: Variables that override single values, see `paver.settings.variables`; None: the process's.

    Raises:
        SpecError: With every problem of the files at once.
    """
    sources = _gather(files, environ)
    if sources.root is None:
        raise _refused(sources.messages, sources.files)
    chosen = iaas or _only_section(sources)
    checking = Checking(sources, [chosen] if chosen else [], chosen=chosen)
    if checking.messages or checking.spec is None or chosen is None:
        raise _refused(checking.messages, sources.files)
    driver, settings = checking.sections[chosen]
    return LoadedSpec(checking.spec, chosen, driver, settings, sources.base, sources.files, sources.places)


def check_spec(
    files: Sequence[Path | str],
    iaas: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Checked:
    """Everything that is wrong with a spec, in every section whose driver is installed, or in that of `iaas` alone.

    Arguments are those of `load_spec`. Nothing is contacted; raises nothing for what it finds.
    """
    sources = _gather(files, environ)
    if sources.root is None:
        return Checked(None, (), tuple(sorted(sources.messages)), files=sources.files)
    wanted = [iaas] if iaas else sources.sections
    checking = Checking(sources, wanted, chosen=iaas)
    sound = not checking.messages
    return Checked(
        checking.spec,
        checking.drivers,
        checking.messages,
        {name: settings for name, (_, settings) in checking.sections.items()} if sound else {},
        sources.files,
    )


def _gather(files: Sequence[Path | str], environ: Mapping[str, str] | None) -> Sources:
    return gather([Path(file) for file in files] or [DEFAULT_FILE], os.environ if environ is None else environ)


def _only_section(sources: Sources) -> str | None:
    sections = sources.sections
    if len(sections) == 1:
        return sections[0]
    if sections:
        sources.say(("iaas",), "there are several sections", f"choose one with --iaas: {', '.join(sections)}")
    elif "iaas" not in sources.data or sources.data["iaas"] in (None, {}):
        sources.say(("iaas",), "names no IaaS", "`paver init --iaas NAME` shows what its section looks like")
    return None


def _refused(messages: Sequence[Message], files: tuple[Path, ...]) -> SpecError:
    ordered = sorted(messages)
    many = f"{len(ordered)} errors" if len(ordered) > 1 else "1 error"
    where = ", ".join(map(str, files))
    return SpecError(f"{many} in {where}. Nothing was contacted", messages=[str(message) for message in ordered])
