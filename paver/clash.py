"""The unrelated build tool that also calls its distribution, its package and its script `paver`.

Installed into the same environment, it and this one overwrite each other's files. A check costs a look at one file.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

OURS, OTHER = "iaas-paver", "Paver"
_ONLY_THEIRS = "easy.py"
_ENTRY = b"paver.__main__"


def mixed(package: Path) -> bool:
    """Whether the other tool's files lie among ours. `package` is the directory of the `paver` that was imported."""
    return (package / _ONLY_THEIRS).exists()


def script_on_path(environ: Mapping[str, str] = os.environ) -> tuple[Path, bool] | None:
    """The `paver` that a shell finds, and whether it is ours; None where there is none."""
    found = shutil.which("paver", path=environ.get("PATH"))
    if found is None:
        return None
    try:
        with Path(found).open("rb") as file:
            return Path(found), _ENTRY in file.read(1 << 16)
    except OSError:
        return Path(found), False


def advice() -> str:
    """What to do about it."""
    return (
        f"pip uninstall {OTHER} {OURS}; pip install {OURS}. "
        f"Where both are needed, give each its own virtual environment; the script {OURS} is always this one"
    )
