"""Which versions of ESXi and vCenter paver is known to work with: the one place that says so."""

from __future__ import annotations

from collections.abc import Mapping

from paver.contract.driver import Finding
from paver.contract.findings import Path, bad, good, warn

KNOWN: Mapping[tuple[int, int], str] = {
    (7, 0): "a whole life in the sandbox over the API of 7.0.3",
    (8, 0): "the sandbox's own, and all tests",
}
"""By major and minor number: how it is known."""
OLDEST = min(KNOWN)
"""Older ones lack the API's calls that are sent, and the vendor's support."""


def version_finding(where: str, product: str, version: str, path: Path) -> Finding:
    """Too old fails; one that nobody has tried is worth a word."""
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < OLDEST:
        what = f"{where} runs {product} {version}; {_spelled(OLDEST)} or newer is needed"
        return bad("version", what, "upgrade it", path)
    if numbers not in KNOWN:
        known = ", ".join(map(_spelled, KNOWN))
        what = f"{where} runs {product} {version}, with which paver has not been tried"
        return warn("version", what, f"known to work: {known}", path)
    return good("version", f"{where} runs {product} {version}")


def _spelled(numbers: tuple[int, int]) -> str:
    return ".".join(map(str, numbers))
