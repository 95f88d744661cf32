"""What is wrong with a spec, and where: one line each, for people and for editors that jump to `file:line:column`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

KeyPath = tuple[str | int, ...]
"""A place inside a document: `("networks", "services", "cidr")`."""

LONGEST_KEY = 64


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a value was written: a file's line and column, or an environment variable (line 0)."""

    order: int
    """Of the source among the sources, so that messages sort as they were read."""
    line: int
    column: int
    source: str

    def __str__(self) -> str:
        return f"{one_line(self.source)}:{self.line}" if self.line else one_line(self.source)

    @property
    def exact(self) -> str:
        """With the column."""
        return f"{self}:{self.column}" if self.line else str(self)


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """One thing that is wrong. `hint` says what to write instead; neither ever holds a value that could be secret."""

    place: Place
    path: KeyPath
    what: str
    hint: str = ""

    def __str__(self) -> str:
        hint = f"; {self.hint}" if self.hint else ""
        return f"{self.place.exact}: {dotted(self.path)}: {one_line(self.what + hint)}"


class Unreadable(Exception):
    """Nothing can be read any further; `message` says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the spec, or a variable that overrides a part of it."""

    order: int
    name: str
    has_lines: bool = True

    @classmethod
    def of(cls, order: int, file: Path) -> Source:
        """The file as it was named."""
        return cls(order, str(file))

    def at(self, line: int = 1, column: int = 1) -> Place:
        """A place in it, counted from 1."""
        return Place(self.order, line, column, self.name) if self.has_lines else Place(self.order, 0, 0, self.name)


def dotted(path: KeyPath) -> str:
    """`networks.services.cidr`; the whole document is `(top)`."""
    return ".".join(_short(one_line(str(part))) for part in path) or "(top)"


def one_line(text: str) -> str:
    """The text with everything escaped that would break a line or drive a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_KEY else text[: LONGEST_KEY - 1] + "…"
