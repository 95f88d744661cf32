"""The pytest plugin: which driver, which target, and what a failure says.

pytest -p paver.conformance.plugin --pyargs paver.conformance.suite --paver-iaas memory
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from paver import registry
from paver.conformance.child import preload
from paver.conformance.ledger import Ledger
from paver.conformance.marks import LONG, MARK
from paver.conformance.rules import RULES, Rule
from paver.conformance.target import Site, Target
from paver.conformance.targets import target as find_target
from paver.conformance.trial import Clean, Trial
from paver.contract.driver import Driver

FEW = 6
"""Kill points of which a test that kills more than once at each takes one."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The kit's flags."""
    group = parser.getgroup("paver conformance")
    group.addoption("--paver-iaas", default="memory", help="the driver that is judged")
    group.addoption("--paver-target", default="", help="module:Class of its target; default: the installed one")
    group.addoption("--paver-rules", default="", help="numbers of the rules whose tests run; default: all")
    group.addoption("--paver-all-points", action="store_true", help="every kill point, not the target's share of them")
    group.addoption("--paver-budget", type=int, default=None, help="calls after which no further test begins")
    group.addoption("--paver-ledger", default="", help="where owners and calls are noted; kept until all is swept")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marks known."""
    config.addinivalue_line("markers", f"{MARK}(*numbers): the rules of the contract that a test proves")
    config.addinivalue_line("markers", f"{LONG}: begun first")
    config.addinivalue_line("markers", "timeout(seconds): heeded where pytest-timeout is installed")


def rules_of(item: pytest.Item) -> list[Rule]:
    """The rules that a test proves."""
    mark = item.get_closest_marker(MARK)
    return [] if mark is None else [RULES[number] for number in mark.args]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Only the tests of the rules that were asked for, and what takes long first."""
    asked = {int(number) for number in str(config.getoption("--paver-rules")).split(",") if number}
    if asked:
        left = [item for item in items if not asked.intersection(rule.number for rule in rules_of(item))]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
    items.sort(key=lambda item: item.get_closest_marker(LONG) is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Name the rule and what would excuse it beside every failure."""
    report = yield
    rules = rules_of(item)
    report.user_properties.append(("paver_rules", [rule.number for rule in rules]))
    if report.failed and rules:
        text = "\n".join(f"{rule.title}\n  {rule.excuse}" for rule in rules)
        report.sections.append(("the contract", text))
    return report


class _Tally:
    """Which rules were shown, excused, broken, over a session."""

    def __init__(self) -> None:
        self.broken: dict[int, str] = {}
        self.shown: set[int] = set()
        self.unshown: dict[int, str] = {}

    def note(self, report: pytest.TestReport) -> None:
        """One report."""
        for number in dict(report.user_properties).get("paver_rules", ()):  # type: ignore[attr-defined]  # a list of ours
            if report.failed:
                self.broken[number] = report.nodeid
            elif report.skipped:
                reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
                self.unshown[number] = reason.removeprefix("Skipped: ")
            elif report.when == "call":
                self.shown.add(number)

    def lines(self) -> Iterator[str]:
        """The tally, a broken rule a line."""
        unshown = {number: why for number, why in self.unshown.items() if number not in self.shown | set(self.broken)}
        kept = self.shown - set(self.broken)
        yield f"{len(kept)} rules kept, {len(self.broken)} broken, {len(unshown)} not shown"
        for number in sorted(self.broken):
            yield f"BROKEN    {RULES[number].title}; {RULES[number].excuse} ({self.broken[number]})"
        for number, why in sorted(unshown.items()):
            yield f"not shown {RULES[number].title}: {why}"


_TALLY = pytest.StashKey[_Tally]()


def pytest_sessionstart(session: pytest.Session) -> None:
    """An empty tally."""
    session.config.stash[_TALLY] = _Tally()


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(
    terminalreporter: Any,  # noqa: ANN401  pytest's reporter has no public type
    config: pytest.Config,
) -> Generator[None, None, None]:
    """Say which rules were kept. The reports of all workers have come to this process."""
    tally = config.stash.get(_TALLY, _Tally())
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                tally.note(report)
    if tally.shown or tally.broken or tally.unshown:
        terminalreporter.section(f"contract: {config.getoption('--paver-iaas')}")
        for line in tally.lines():
            terminalreporter.write_line(line)
    return (yield)


@pytest.fixture(scope="session")
def iaas(request: pytest.FixtureRequest) -> str:
    """The driver's name."""
    return str(request.config.getoption("--paver-iaas"))


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest, iaas: str, driver: Driver[Any]) -> Target:
    """The author's target."""
    found = find_target(iaas, str(request.config.getoption("--paver-target")))
    preload(type(driver).__module__.partition(".")[0], found.preload)
    return found


@pytest.fixture(scope="session")
def driver(iaas: str) -> Driver[Any]:
    """The driver that is judged."""
    return registry.driver(iaas)


@pytest.fixture(scope="session")
def ledger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """The account of what was begun."""
    path = str(request.config.getoption("--paver-ledger"))
    place = Path(path) if path else tmp_path_factory.mktemp("paver") / "ledger"
    return Ledger(place, request.config.getoption("--paver-budget"))


@pytest.fixture
def site(
    request: pytest.FixtureRequest, target: Target, driver: Driver[Any], ledger: Ledger, tmp_path: Path
) -> Iterator[Site]:
    """An empty site. Tests of rules that it or the driver cannot show are skipped, and say so."""
    if ledger.over:
        pytest.skip("the budget of calls is spent")
    rules = rules_of(request.node)
    for rule in rules:
        if rule.excused and not driver.capabilities.intersection(rule.excused):
            pytest.skip(rule.excuse)
    with target.open(tmp_path / "site") as found:
        for rule in rules:
            if rule.needs and not has(found, rule.needs):
                pytest.skip(f"this target has no {rule.needs}")
        yield found


ABILITIES = {
    "edits": "edits",
    "canaries": "plant",
    "clones": "clone",
    "data": "fill",
    "squatter": "squat",
    "denied": "denied",
    "elsewhere": "elsewhere",
    "stale": "stale",
    "ids": "ids",
}
"""What a rule needs, to the method of `Site` that brings it."""


def has(site: Site, need: str) -> bool:
    """Whether the author supplied it."""
    if need == "line":
        return site.line is not None
    method = ABILITIES[need]
    return getattr(type(site), method) is not getattr(Site, method)


@pytest.fixture
def trial_of(site: Site, iaas: str, ledger: Ledger, tmp_path: Path) -> Iterator[Callable[[str], Trial]]:
    """Makes environments on the site, each in a directory of that name."""
    made: list[Trial] = []

    def make(name: str) -> Trial:
        made.append(Trial(site, iaas, tmp_path / name, ledger))
        return made[-1]

    yield make
    for trial in made:
        trial.end()


@pytest.fixture
def trial(trial_of: Callable[[str], Trial]) -> Trial:
    """The environment that most tests need."""
    return trial_of("environment")


@pytest.fixture(scope="session")
def _cleaned() -> list[Clean]:
    """It is the same on every site: each worker counts it once."""
    return []


@pytest.fixture
def clean(trial: Trial, _cleaned: list[Clean]) -> Clean:
    """What a pave and a destroy send that nothing disturbs."""
    if not _cleaned:
        _cleaned.append(trial.clean())
    return _cleaned[0]


Points = Callable[[int], range]
"""The kill points of a run with so many changes, of which there is one or more."""


@pytest.fixture(scope="session")
def points(request: pytest.FixtureRequest, target: Target) -> Points:
    """All of them, or the target's share, others each day."""
    return _every(target.share, request.config, target)


@pytest.fixture(scope="session")
def few_points(request: pytest.FixtureRequest, target: Target) -> Points:
    """All of them, or a small part of that share: for tests that kill more than once at each."""
    return _every(target.share * FEW, request.config, target)


PARTS = 4
"""Each test of all kill points is cut into so many, for workers to share."""


def some(points: range, part: int) -> list[int]:
    """One part's share of the points."""
    return [point for index, point in enumerate(points) if index % PARTS == part]


def _every(step: int, config: pytest.Config, target: Target) -> Points:
    if config.getoption("--paver-all-points") and not target.live:
        return lambda changes: range(1, changes + 1)
    day = dt.datetime.now(dt.UTC).date().toordinal()
    return lambda changes: range(day % min(step, changes) + 1, changes + 1, step)
