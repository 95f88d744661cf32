"""Lines written to a stream whose reader may have left."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from typing import TextIO


def write_lines(stream: TextIO, lines: Iterable[str]) -> None:
    """Write and flush. A reader who left (`| head -1`) must not end a run: from then on nobody is told."""
    text = "".join(f"{line}\n" for line in lines)
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        silence(stream)
    except ValueError:  # the stream is closed
        pass


def silence(stream: TextIO) -> None:
    """Send what comes, and what is still buffered, nowhere."""
    try:
        descriptor = stream.fileno()
    except (io.UnsupportedOperation, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
