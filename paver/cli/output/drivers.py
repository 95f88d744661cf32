"""What is installed, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paver.cli.output.text import table

if TYPE_CHECKING:
    from paver.registry import DriverEntry

_HEAD = ("NAME", "VERSION", "PACKAGE", "SDK", "CONTRACT", "STATE")
_NONE = "–"  # noqa: RUF001  an en dash is what a table has where nothing is


def driver_lines(entries: Sequence[DriverEntry]) -> list[str]:
    """One driver a row, then how to bring what is missing."""
    if not entries:
        return ["No driver is installed."]
    rows = [_row(entry) for entry in entries]
    ready = sum(entry.state == "ready" for entry in entries)
    missing = [entry.install for entry in entries if entry.install]
    bring = f" pip install {' '.join(_merged(missing))} brings the missing SDKs." if missing else ""
    return [*table([_HEAD, *rows]), "", f"{ready} of {len(entries)} ready.{bring}"]


def _row(entry: DriverEntry) -> tuple[str, ...]:
    sdk = f"{entry.sdk} {entry.sdk_version}" if entry.sdk_version else _NONE
    contract = _NONE if entry.contract is None else str(entry.contract)
    return entry.name, entry.version or _NONE, entry.distribution, sdk, contract, entry.state


def _merged(installs: Sequence[str]) -> list[str]:
    """`'iaas-paver[azure,gcp]'` for two extras of one distribution."""
    extras: dict[str, list[str]] = {}
    for install in installs:
        name, _, extra = install.removesuffix("]").partition("[")
        extras.setdefault(name, []).extend([extra] if extra else [])
    return [f"'{name}[{','.join(found)}]'" if found else name for name, found in extras.items()]
