"""What preflight's findings mean for a run: which stop it, and with what exit code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from paver.contract.errors import PreflightFailed

if TYPE_CHECKING:
    from paver.contract.driver import Finding


def failed(findings: Sequence[Finding]) -> list[Finding]:
    """What would fail later."""
    return [found for found in findings if found.severity == "fail"]


def exit_code(findings: Sequence[Finding]) -> int:
    """0; 6 where any failure is one of trust; 3 where all are of passwords or permissions, 4 of reach; else 7."""
    causes = frozenset(str(found.cause) for found in failed(findings))
    if not causes:
        return 0
    if "trust" in causes:
        return 6
    return {frozenset({"denied"}): 3, frozenset({"unreachable"}): 4}.get(causes, 7)


def refuse_failures(findings: Sequence[Finding]) -> None:
    """Go on only where nothing would fail. Raises PreflightFailed, its facts the checks and what they found."""
    if bad := failed(findings):
        raise PreflightFailed(
            f"{len(bad)} of {len(findings)} checks failed. Nothing was changed",
            exit_code=exit_code(findings),
            facts=[(found.check, found.what) for found in bad],
        )
