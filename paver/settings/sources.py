"""Everything that a spec is read from, as one: the files in their order, then the variables that override them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paver import registry
from paver.contract.errors import SpecError
from paver.settings.message import KeyPath, Message, Place, Source, Unreadable
from paver.settings.read import BEGIN, LARGEST, read
from paver.settings.tree import Node, merged
from paver.settings.variables import overrides


@dataclass
class Sources:
    """What was read."""

    files: tuple[Path, ...]
    root: Node | None
    """None: nothing that could be checked."""
    messages: list[Message]
    data: dict[str, Any] = field(default_factory=dict)
    places: dict[KeyPath, Place] = field(default_factory=dict)

    @property
    def base(self) -> Path:
        """The directory of the first file: where relative paths start."""
        return self.files[0].parent

    @property
    def sections(self) -> list[str]:
        """The names under `iaas:`, in their order."""
        found = self.data.get("iaas")
        return list(found) if isinstance(found, dict) else []

    def place(self, path: KeyPath) -> Place:
        """Where a value, or else the nearest thing that holds it, was written."""
        return nearest(self.places, path)

    def say(self, path: KeyPath, what: str, hint: str = "") -> None:
        """Add a message."""
        self.messages.append(Message(self.place(path), path, what, hint))


def nearest(places: Mapping[KeyPath, Place], path: KeyPath) -> Place:
    """The place of a path, or of the nearest one above it that was written."""
    return next(places[path[:length]] for length in range(len(path), -1, -1) if path[:length] in places)


def gather(files: Sequence[Path], environ: Mapping[str, str]) -> Sources:
    """Read everything. What cannot be read becomes a message; then there is no root."""
    messages: list[Message] = []
    read_files = [_file(Source.of(order, file), file, messages) for order, file in enumerate(files)]
    variables = list(overrides(environ, len(files), _section_model, messages))
    roots = [root for root in read_files if root is not None]
    if len(roots) < len(files):
        return Sources(tuple(files), None, messages)
    whole = roots[0]
    for later in (*roots[1:], *variables):
        whole = merged(whole, later)
    return Sources(tuple(files), whole, messages, whole.plain(), whole.places())


def _file(source: Source, file: Path, messages: list[Message]) -> Node | None:
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST + 1)
        root, wrong = read(source, raw)
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "not a file's name"
        hint = BEGIN if isinstance(error, FileNotFoundError) else ""
        messages.append(Message(source.at(), (), f"cannot be read: {why[:1].lower()}{why[1:]}", hint))
        return None
    except Unreadable as error:
        messages.append(error.message)
        return None
    messages += wrong
    if not isinstance(root.value, dict):
        messages.append(Message(source.at(), (), "this is no spec: keys and values are wanted", BEGIN))
        return None
    return root


def _section_model(name: str) -> object:
    try:
        return registry.driver(name).settings
    except SpecError:
        return None
