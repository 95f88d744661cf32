"""What stands around the command: whether a person watches, how wide, and in which colours."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from paver.cli.output.text import WIDTH

_RED, _GREEN, _YELLOW, _PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"
_SYMBOLS = {"+": _GREEN, "~": _YELLOW, "±": _YELLOW, "-": _RED}
_MARK = re.compile(r"^  ([+~±-]) (?=\S)")
_WORD = re.compile(r"^(error:|warning:|  FAIL\b|  Failed\b)")


@dataclass(frozen=True, slots=True)
class Terminal:
    """The streams of one command."""

    out: TextIO
    err: TextIO
    watched: bool
    """Whether a person sees stderr as it comes, on a terminal that can redraw."""
    answers: bool
    """Whether somebody is there to be asked."""
    colour_out: bool
    colour_err: bool
    width: int | None
    """Of stderr, in columns; None where nobody watches."""

    @classmethod
    def find(cls, streams: tuple[TextIO, TextIO, TextIO], environ: Mapping[str, str], *, no_color: bool) -> Terminal:
        """Look at stdin, stdout and stderr. NO_COLOR, CI and TERM=dumb are honoured."""
        stdin, out, err = streams
        able = environ.get("TERM") != "dumb" and not environ.get("CI")
        colour = able and not no_color and not environ.get("NO_COLOR")
        watched = _tty(err) and able
        return cls(
            out=out,
            err=err,
            watched=watched,
            answers=_tty(stdin) and _tty(err),
            colour_out=_tty(out) and colour,
            colour_err=_tty(err) and colour,
            width=min(WIDTH, _columns(err)) if _tty(err) else None,
        )

    @property
    def result_width(self) -> int | None:
        """Of stdout, for messages that stand on one line where nobody watches."""
        return min(WIDTH, _columns(self.out)) if _tty(self.out) else None


def painted(line: str) -> str:
    """The line in colours that repeat what its first word says."""
    if mark := _MARK.match(line):
        return f"  {_SYMBOLS[mark[1]]}{mark[1]}{_PLAIN}{line[3:]}"
    if word := _WORD.match(line):
        colour = _YELLOW if word[1] == "warning:" else _RED
        return f"{colour}{word[1]}{_PLAIN}{line[len(word[1]) :]}"
    return line


def _tty(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # no stream at all, or a closed one
        return False


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or WIDTH
    except (OSError, ValueError):
        return shutil.get_terminal_size((WIDTH, 24)).columns
