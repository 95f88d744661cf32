"""What is installed is listed as it is, and one bad package spoils nothing but itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from paver import registry
from paver.contract.errors import SpecError

GOOD = """
from paver.contract.driver import Driver
from paver.contract.spec import DriverSettings

class It(Driver):
    name = "{name}"
    settings = DriverSettings
    {more}
    def resources(self, spec, settings): return ()
    def connect(self, settings, secrets, owner): raise NotImplementedError
    def describe(self, spec, settings, seen, identity): raise NotImplementedError
"""


class Site:
    """A directory of installed distributions."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def install(self, distribution: str, driver: str, code: str, requires: str = "", folder: str = "") -> None:
        """A distribution with one driver, whose module has the code."""
        home = self._path / folder
        module = f"{distribution.replace('-', '_')}_module"
        info = home / f"{distribution.replace('-', '_')}-1.2.dist-info"
        info.mkdir(parents=True)
        (home / f"{module}.py").write_text(code)
        (info / "entry_points.txt").write_text(f"[paver.drivers]\n{driver} = {module}:It\n")
        required = f"Requires-Dist: {requires}\n" if requires else ""
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n{required}")

    def good(self, distribution: str, driver: str, more: str = "", requires: str = "", folder: str = "") -> None:
        """The same, with a driver that can be made."""
        self.install(distribution, driver, GOOD.format(name=driver, more=more), requires, folder)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.syspath_prepend(str(tmp_path))
    return Site(tmp_path)


def entries_of(name: str) -> list[registry.DriverEntry]:
    return [entry for entry in registry.entries() if entry.name == name]


def entry_of(name: str) -> registry.DriverEntry:
    (found,) = entries_of(name)
    return found


def test_a_strangers_driver_is_found_and_made(site: Site) -> None:
    site.good("paver-good-one", "good-one")
    assert entry_of("good-one") == registry.DriverEntry(
        "good-one", "paver-good-one", "1.2", 1, "", None, registry.READY
    )
    assert registry.driver("good-one").name == "good-one"
    assert "good-one" in registry.names()


def test_the_memory_driver_is_ready_without_an_sdk() -> None:
    entry = entry_of("memory")
    assert (entry.state, entry.sdk, entry.contract, entry.install) == ("ready", "", 1, "")


BROKEN = [
    ("raise RuntimeError('no\\nway')", "broken: RuntimeError: no"),
    ("import paver_no_such_module", "broken: ModuleNotFoundError: No module named 'paver_no_such_module'"),
    ("import sys; sys.exit('bye')", "broken: SystemExit: bye"),
    ("def It(:", "broken: SyntaxError: invalid syntax"),
    ("Other = 1", "broken: AttributeError: module"),
    ("It = 1", "broken: its entry point is no Driver"),
    ("class It: pass", "broken: its entry point is no Driver"),
    (GOOD.format(name="another", more=""), "broken: it calls itself another"),
    (GOOD.format(name="strange", more="def __init__(self): raise KeyError"), "broken: KeyError"),
    (
        GOOD.format(name="strange", more="").replace("def resources", "def other"),
        "broken: TypeError: Can't instantiate",
    ),
    (GOOD.format(name="strange", more="contract = 2"), "too new for this paver"),
    (GOOD.format(name="strange", more="contract = 0"), "too old for this paver"),
]


@pytest.mark.parametrize(("code", "state"), BROKEN)
def test_a_package_that_does_not_work_is_listed_with_the_reason_and_spoils_no_other(
    code: str, state: str, site: Site, request: pytest.FixtureRequest
) -> None:
    # Python imports a module of one name once: each case has its own.
    distribution = f"paver-strange-{BROKEN.index((code, state))}"
    site.install(distribution, "strange", code)
    found = entry_of("strange")
    assert found.state.startswith(state)
    assert "\n" not in found.state
    assert entry_of("memory").state == registry.READY
    with pytest.raises(SpecError) as refused:
        registry.driver("strange")
    assert refused.value.message.startswith(f"driver strange of {distribution} is {state}")
    assert registry.driver("memory").name == "memory"


def test_a_driver_for_a_newer_contract_is_listed_with_its_number(site: Site) -> None:
    site.good("paver-newer", "newer", more="contract = 7")
    assert entry_of("newer").contract == 7


def test_a_missing_sdk_is_told_with_the_extra_that_brings_it(site: Site) -> None:
    requires = 'paver-no-such-sdk>=1; extra == "sparse"'
    site.good("paver-sparse", "sparse", more='sdk = "paver-no-such-sdk"', requires=requires)
    entry = entry_of("sparse")
    assert (entry.state, entry.sdk, entry.sdk_version) == ("SDK missing", "paver-no-such-sdk", None)
    assert entry.install == "paver-sparse[sparse]"


def test_a_missing_sdk_that_no_extra_brings_is_installed_by_its_own_name(site: Site) -> None:
    site.good("paver-sparser", "sparser", more='sdk = "paver-no-such-sdk"')
    assert entry_of("sparser").install == "paver-no-such-sdk"


def test_a_driver_whose_sdk_is_missing_can_still_be_made_to_read_its_section(site: Site) -> None:
    site.good("paver-sparsest", "sparsest", more='sdk = "paver-no-such-sdk"')
    assert registry.driver("sparsest").sdk == "paver-no-such-sdk"


def test_an_sdk_that_is_there_is_told_with_its_version(site: Site) -> None:
    site.good("paver-rich-one", "rich-one", more='sdk = "pydantic"')
    entry = entry_of("rich-one")
    assert entry.state == "ready"
    assert entry.sdk_version


def test_two_packages_of_one_name_are_both_listed_and_neither_is_taken(site: Site) -> None:
    site.good("paver-left", "twin")
    site.good("paver-right", "twin")
    assert sorted(entry.state for entry in entries_of("twin")) == [
        "duplicate of the one in paver-left (paver_left_module:It)",
        "duplicate of the one in paver-right (paver_right_module:It)",
    ]
    with pytest.raises(SpecError, match="driver twin is there twice") as refused:
        registry.driver("twin")
    assert "paver-left" in refused.value.hint
    assert "paver-right" in refused.value.hint


def test_one_package_that_is_seen_twice_is_one_driver(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.good("paver-checkout", "checkout", folder="a")
    site.good("paver-checkout", "checkout", folder="b")
    monkeypatch.syspath_prepend(str(tmp_path / "a"))
    monkeypatch.syspath_prepend(str(tmp_path / "b"))
    assert entry_of("checkout").state == registry.READY


@pytest.mark.parametrize(
    ("name", "hint"), [("memry", "did you mean memory?"), ("elsewhere", "install the package that brings it")]
)
def test_a_driver_that_is_not_installed_is_told_with_what_helps(name: str, hint: str) -> None:
    with pytest.raises(SpecError, match=f"no driver {name} is installed") as refused:
        registry.driver(name)
    assert refused.value.hint.startswith(hint)
    assert refused.value.exit_code == 2
