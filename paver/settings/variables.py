"""Environment variables that override the spec: `PAVER_SPEC__networks__services__cidr=10.20.16.0/20`.

Two underscores part the keys. Case does not matter, and a name's hyphens are written as underscores
(`PAVER_SPEC__CREDENTIALS__BOSH_CPI__ROTATE_AFTER=30d`): the spec's own keys have no hyphen, its names no underscore.
The value is YAML, read as strictly as a file. It merges as a further file would: mappings key by key, anything else as
a whole, and an empty value (or `null`) takes away what the files say. Variables come after all files, by their names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from paver.contract.spec import EnvironmentSpec
from paver.settings import fields
from paver.settings.message import KeyPath, Message, Source, Unreadable
from paver.settings.read import read
from paver.settings.tree import Node

PREFIX = "PAVER_SPEC__"
SECTIONS = "iaas"

SectionModel = Callable[[str], object]
"""From a driver's name to the model of its section; None where it is not installed."""


def overrides(environ: Mapping[str, str], first: int, section: SectionModel, messages: list[Message]) -> Iterator[Node]:
    """Each variable's value as a tree of its own; what is wrong goes to `messages`.

    Args:
        environ: All variables; those with another prefix are none of ours.
        first: The order of the first one among the sources.
        section: See `SectionModel`.
        messages: Gains what is wrong.
    """
    for order, variable in enumerate(sorted(name for name in environ if name.upper().startswith(PREFIX)), first):
        source = Source(order, variable, has_lines=False)
        path = _path(variable, section)
        if not all(path):
            messages.append(
                Message(source.at(), (), "a key is empty", f"{PREFIX}networks__services__cidr, for example")
            )
            continue
        try:
            node, wrong = read(source, environ[variable].encode("utf-8", "surrogateescape") or b"null")
        except Unreadable as error:
            messages.append(Message(source.at(), path, error.message.what, error.message.hint))
            continue
        messages += (Message(one.place, (*path, *one.path), one.what, one.hint) for one in wrong)
        for key in reversed(path):
            node = Node(source.at(), {key: node})
        yield node


def _path(variable: str, section: SectionModel) -> tuple[str, ...]:
    path: tuple[str, ...] = ()
    model: object = EnvironmentSpec
    base: KeyPath = ()
    for part in variable[len(PREFIX) :].lower().split("__"):
        if path == (SECTIONS,):
            key = part.replace("_", "-")
            model, base = section(key), (SECTIONS, key)
        else:
            key = part if part in fields.keys(model, path[len(base) :]) else _name(part, model, path[len(base) :])
        path = (*path, key)
    return path


def _name(part: str, model: object, path: KeyPath) -> str:
    # Where the model has keys of its own, an unknown one stays as it was written, and the message names it so.
    return part if fields.keys(model, path) else part.replace("_", "-")
