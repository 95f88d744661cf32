"""Whether this process runs on a VM of the vCenter: by what the machine itself shows of its hardware.

The firmware's UUID is the VM's own, but only root may read it. The addresses of network cards everybody may read; a
vCenter gives each once. A container sees the UUID of the machine below it, and cards of its own.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from uuid import UUID

SYSTEM = Path("/sys")
"""Where Linux shows it. Elsewhere there is none, and no machine is known to be this one."""


def runs_here(uuid: str, cards: Collection[str]) -> bool:
    """Whether a VM is the machine that this process runs on.

    Args:
        uuid: Of its firmware, as a vCenter writes it.
        cards: The hardware addresses of its network cards.
    """
    own = _read(SYSTEM / "class/dmi/id/product_uuid")
    if own is not None:
        return _same(own, uuid)
    mine = {_read(path) for path in SYSTEM.glob("class/net/*/address")}
    return bool(mine & {card.lower() for card in cards})


def _same(own: str, uuid: str) -> bool:
    """By hardware version the first three parts stand in one order of bytes or in the other (SMBIOS 2.6, 7.2.1)."""
    try:
        mine, theirs = UUID(own), UUID(uuid)
    except ValueError:
        return False
    return theirs.bytes in {mine.bytes, mine.bytes_le}


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip().lower() or None
    except (OSError, ValueError):
        return None
