"""The spec that `paver init` writes: commented, and loadable once it has what only a person knows."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from pydantic import TypeAdapter, ValidationError

from paver.contract.driver import Driver
from paver.contract.errors import SpecError
from paver.contract.types import EnvironmentName
from paver.settings.message import KeyPath, Source, dotted
from paver.settings.read import read
from paver.settings.scalars import Ambiguous, meaning
from paver.settings.tree import Node

MARK = re.compile(r"# FILL IN(?:: *(?P<what>[^#\n]*))?")

NEUTRAL = """\
# {name} on {iaas}. `paver validate` checks this file, `paver validate --resolved` shows every default and address.
# All that stands above `iaas:` means the same on every IaaS; a key that is left out has its default.
schema_version: 1
name: {quoted}
id: {owner} # the owner on everything that paver makes: never copy it to another spec

zones: {zones}

address_space: {address_space}

# networks: management, services, workload and lb, each with its slot of address_space, unless you name them here.

dns:
  zone: {dns_zone}

secrets: file:secrets # where paver keeps the keys and passwords that it makes: keep it, and keep it to yourself

iaas:
"""


@dataclass(frozen=True, slots=True)
class FillIn:
    """A value that only a person knows."""

    line: int
    path: KeyPath
    what: str
    """What it is; empty where the key says it."""

    @property
    def name(self) -> str:
        """`dns.zone`."""
        return dotted(self.path)


@dataclass(frozen=True, slots=True)
class InitialSpec:
    """A spec's text, and what is left to fill in."""

    text: str
    owner: UUID
    fill_in: tuple[FillIn, ...]


def initial_spec(
    driver: Driver[Any],
    name: str,
    zones: Sequence[str],
    *,
    owner: UUID | None = None,
    address_space: str = "",
    dns_zone: str = "",
) -> InitialSpec:
    """The text of a spec to start from.

    Args:
        driver: Whose section it gets.
        name: The environment's.
        zones: `z1`, `z2` …
        owner: Its id; None: a new one.
        address_space: A CIDR; empty: to be filled in.
        dns_zone: Empty: to be filled in.

    Raises:
        SpecError: The name is none, or the driver's template is no spec.
    """
    try:
        TypeAdapter(EnvironmentName).validate_python(name)
    except ValidationError as error:
        hint = "2 to 16 lower-case letters, digits and single hyphens, a letter first"
        raise SpecError("this is no name for an environment", hint=hint) from error
    owner = owner or uuid4()
    counted = [f"z{number}" for number in range(1, len(zones) + 1)] == list(zones)
    neutral = NEUTRAL.format(
        name=name,
        quoted=_quoted(name),
        iaas=driver.name,
        owner=owner,
        zones=f"{len(zones)} # {', '.join(zones)}" if counted else f"[{', '.join(zones)}]",
        address_space=address_space or "# FILL IN: one CIDR, /16 to /21, that nothing else uses",
        dns_zone=dns_zone or "# FILL IN: the DNS zone of the environment, like staging.example.com",
    )
    text = neutral + textwrap.indent(driver.template(zones).rstrip() + "\n", "  ")
    tree, wrong = read(Source(0, f"the template of {driver.name}"), text.encode())
    if wrong:
        raise SpecError(f"driver {driver.name} has a template that is no spec", messages=[str(one) for one in wrong])
    return InitialSpec(text, owner, tuple(_to_fill_in(text, tree)))


def _quoted(name: str) -> str:
    """An environment may be called `on` or `null`; YAML then wants quotes."""
    try:
        return name if isinstance(meaning(name), str) else f'"{name}"'
    except Ambiguous:
        return f'"{name}"'


def _to_fill_in(text: str, tree: Node) -> list[FillIn]:
    places = tree.places()
    first: dict[int, KeyPath] = {}
    # Of several keys on one line the outermost, which stands first, is the one that the remark is about.
    for path in sorted(places, key=lambda path: (places[path].line, places[path].column, len(path))):
        if path:
            first.setdefault(places[path].line, path)
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if (mark := MARK.search(line)) and number in first:
            found.append(FillIn(number, first[number], (mark["what"] or "").strip()))
    return found
