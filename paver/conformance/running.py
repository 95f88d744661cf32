"""The kit as one call: pytest on the suite, with the plugin and nothing of where it happens to be started."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from paver import registry
from paver.conformance import suite
from paver.conformance.ledger import Ledger
from paver.conformance.rules import RULES
from paver.conformance.targets import target
from paver.contract.errors import SpecError


@dataclass(frozen=True, slots=True)
class Choice:
    """What is judged, and how much of it."""

    iaas: str
    target: str = ""
    """`module:Class`; empty: the installed one."""
    rules: tuple[int, ...] = ()
    """Empty: all."""
    all_points: bool = False
    budget: int | None = None
    ledger: str = ""
    workers: int = 1


def arguments(choice: Choice) -> list[str]:
    """What pytest is told. Raises SpecError for what is not there."""
    for number in choice.rules:
        if number not in RULES:
            raise SpecError(f"there is no rule {number}", hint=f"there are: {', '.join(map(str, RULES))}")
    registry.driver(choice.iaas)
    target(choice.iaas, choice.target)
    words = ["-q", "-p", "paver.conformance.plugin", "-p", "no:cacheprovider", "--import-mode=importlib"]
    words += ["--rootdir", str(_place()), "-c", "/dev/null", "--paver-iaas", choice.iaas]
    words += ["--paver-target", choice.target] if choice.target else []
    words += ["--paver-all-points"] if choice.all_points else []
    words += ["--paver-budget", str(choice.budget)] if choice.budget is not None else []
    words += ["--paver-ledger", str(Path(choice.ledger).absolute())] if choice.ledger else []
    words += ["--paver-rules", ",".join(map(str, choice.rules))] if choice.rules else []
    if choice.workers > 1:
        if importlib.util.find_spec("xdist") is None:
            raise SpecError("several workers need pytest-xdist", hint="pip install pytest-xdist")
        words += ["-n", str(choice.workers)]
    return [*words, str(_place())]


def conform(choice: Choice) -> int:
    """Run the suite; its report goes to the standard output. Returns 0 where no rule was broken, else 1.

    Raises:
        SpecError: There is no such driver, target or rule, or pytest is missing.
    """
    if importlib.util.find_spec("pytest") is None:
        raise SpecError("the kit needs pytest", hint="pip install 'iaas-paver[conformance]'")
    import pytest  # noqa: PLC0415  the extra `conformance` brings it

    code = int(pytest.main(arguments(choice)))
    if code == int(pytest.ExitCode.USAGE_ERROR):
        raise SpecError("pytest could not be started that way")
    return min(code, 1)


def sweep_up(choice: Choice) -> int:
    """Take away what the owners of a ledger left. Raises SpecError where there is no ledger."""
    path = Path(choice.ledger)
    if not choice.ledger or not path.exists():
        raise SpecError("there is no ledger to sweep by", hint="--ledger FILE, as the run that is swept had it")
    ledger = Ledger(path)
    target(choice.iaas, choice.target).sweep(ledger.owners)
    ledger.settled()
    return 0


def _place() -> Path:
    return Path(suite.__path__[0])
