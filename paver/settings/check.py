"""What was read, held against the contract and the drivers: all problems, as far as each part can be looked at."""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

from pydantic import model_validator

from paver import registry
from paver.contract.checks import settings_problems, spec_problems
from paver.contract.driver import Driver
from paver.contract.errors import SpecError
from paver.contract.spec import DriverSettings, EnvironmentSpec
from paver.contract.types import Problem
from paver.settings.message import KeyPath, Message
from paver.settings.model import Read, read_model
from paver.settings.sources import Sources

log = logging.getLogger(__name__)

MOST_MESSAGES = 100
MOST_ZONES = 4
SECTIONS = "iaas"

STAND_INS: Mapping[KeyPath, Any] = {  # for what is required and wrong, so that the rest can be looked at
    ("schema_version",): 1,
    ("name",): "stand-in",
    ("id",): "00000000-0000-0000-0000-000000000000",
    ("zones",): 1,
    ("address_space",): "10.0.0.0/16",
    ("dns",): {"zone": "stand.in"},
    ("dns", "zone"): "stand.in",
}
SHAPE_NETWORKS = frozenset({"zones", "address_space"})
"""With one of these wrong, nothing can be said of any network."""
OF_NETWORKS = frozenset({"networks", "jumpbox", "load_balancers", SECTIONS})


class _Parts(EnvironmentSpec):
    """A spec whose parts are valid one by one; what they say together is looked at afterwards."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        return self


class Checking:
    """One look at a spec. Afterwards there are `messages`, or a `spec` and the sections that were asked for.

    Args:
        sources: What was read; its messages are taken over.
        wanted: The names under `iaas:` to look at. One whose driver is not installed is left alone, unless `chosen`.
        chosen: The section that will be used.
    """

    def __init__(self, sources: Sources, wanted: Iterable[str], *, chosen: str | None) -> None:
        self._sources = sources
        self._messages = dict.fromkeys(sources.messages)
        self._unread = {message.path for message in sources.messages}
        self.spec: EnvironmentSpec | None = None
        self.sections: dict[str, tuple[Driver[Any], DriverSettings]] = {}
        neutral = self._neutral()
        drivers = {name: driver for name in wanted if (driver := self._driver(name, chosen=chosen == name))}
        for name, driver in drivers.items():
            self._section(name, driver, neutral)
        self.drivers = tuple(drivers)
        if not self._messages:
            self.spec = EnvironmentSpec.model_validate(sources.data, context={"base": sources.base})
        self.messages = _most_telling(sorted(self._messages))

    def _neutral(self) -> Read[_Parts]:
        data = copy.deepcopy(self._sources.data)
        too_many = dict(_too_many_zones(data))
        found = read_model(_Parts, data, self._sources.base, STAND_INS)
        for path, count in too_many.items():
            self._say(path, f"{count} zones are wanted, and there are 1 to {MOST_ZONES}")
            found.spoilt.add(path)
        found.spoilt |= self._unread
        self._report((), found)
        if (spec := found.model) is not None:
            self._together(lambda: spec_problems(spec), found.spoilt, "")
        return found

    def _driver(self, name: str, *, chosen: bool) -> Driver[Any] | None:
        if name not in self._sources.sections:
            have = ", ".join(self._sources.sections)
            self._say((SECTIONS,), f"has no section {name}", f"it has: {have}" if have else "")
            return None
        try:
            return registry.driver(name)
        except SpecError as error:
            if chosen:
                self._say((SECTIONS, name), error.message, error.hint)
            return None

    def _section(self, name: str, driver: Driver[Any], neutral: Read[_Parts]) -> None:
        path: KeyPath = (SECTIONS, name)
        found = read_model(driver.settings, self._sources.data[SECTIONS][name], self._sources.base)
        self._report(path, found)
        spec, settings = neutral.model, found.model
        if settings is None:
            return
        self.sections[name] = (driver, settings)
        if spec is None:
            return
        spoilt = {*neutral.spoilt, *((*path, *where) for where in found.spoilt)}
        self._together(lambda: settings_problems(spec, name, settings, driver.capabilities), spoilt, name)
        self._together(lambda: driver.problems(spec, settings), spoilt, name)

    def _report(self, base: KeyPath, found: Read[Any]) -> None:
        for path, (what, hint) in found.problems.items():
            if (*base, *path) not in self._unread:
                self._say((*base, *path), what, hint)

    def _together(self, problems: Callable[[], Iterable[Problem]], spoilt: set[KeyPath], driver: str) -> None:
        """What a check across fields says, less what it says only because something that was wrong was left out."""
        had = bool(self._messages)
        try:
            for path, what in problems():
                if not _follows(path, what, spoilt):
                    self._say(path, what)
        except Exception as error:
            # A third party's check may raise anything.
            log.debug("a check across fields failed", exc_info=True)
            # Half a spec may be more than a check expects; of a whole one it has to make something.
            if not had:
                self._say(
                    (SECTIONS, driver) if driver else (),
                    f"the check of this failed ({type(error).__name__})",
                    "a defect of its driver",
                )

    def _say(self, path: KeyPath, what: str, hint: str = "") -> None:
        self._messages[Message(self._sources.place(path), path, what, hint)] = None


def _too_many_zones(data: dict[str, Any]) -> Iterator[tuple[KeyPath, int]]:
    """Numbers of zones that no environment has, put right in `data`: a range of them must never be written out."""
    networks = data.get("networks")
    for path, holder in [
        ((), data),
        *((("networks", name), network) for name, network in (networks.items() if isinstance(networks, dict) else ())),
    ]:
        count = holder.get("zones") if isinstance(holder, dict) else None
        if isinstance(count, int) and not isinstance(count, bool) and not 1 <= count <= MOST_ZONES:
            holder["zones"] = 1
            yield (*path, "zones"), count


def _follows(path: KeyPath, what: str, spoilt: set[KeyPath]) -> bool:
    """Whether a problem may only follow from another that is told already."""
    things = {where[: 3 if where[:1] == (SECTIONS,) else 2] for where in spoilt}
    if any(path[: len(thing)] == thing for thing in things):
        return True
    shapeless = ("networks",) in spoilt or any(where[0] in SHAPE_NETWORKS for where in spoilt if where)
    if shapeless and path[:1] and path[0] in OF_NETWORKS:
        return True
    named = {str(thing[1]) for thing in things if len(thing) > 1 and thing[0] != SECTIONS}
    if any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", f"{what} {' '.join(map(str, path))}") for name in named):
        return True
    return any(thing[0] == "networks" for thing in things) and path in {("networks",), ("jumpbox", "public")}


def _most_telling(messages: Sequence[Message]) -> tuple[Message, ...]:
    if len(messages) <= MOST_MESSAGES:
        return tuple(messages)
    last = messages[MOST_MESSAGES - 1]
    more = Message(last.place, (), f"there are {len(messages) - MOST_MESSAGES} more problems", "put these right first")
    return (*messages[:MOST_MESSAGES], more)
