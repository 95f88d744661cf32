"""`paver verify --for bosh` on the memory driver: no CPI is real there, and every look-up is."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from memory_hands import US

from paver import api
from paver.contract.environment import PavedEnvironment
from paver.contract.errors import SpecError
from paver.contract.findings import Finding, Severity
from paver.contract.types import SecretRef
from paver.engine.findings import exit_code
from paver.memory.driver import MemoryDriver
from paver.memory.hand import Hand
from paver.memory.sandbox import MemorySandbox
from paver.memory.settings import MemorySettings
from paver.memory.world import World
from paver.settings import LoadedSpec, load_spec


class Place:
    """An environment in a world in a file."""

    def __init__(self, directory: Path, **section: object) -> None:
        document = yaml.safe_load(MemorySandbox().spec(directory, US))
        document["iaas"]["memory"] |= {"pending": 0, **section}
        self.file = directory / "environment.yml"
        self.file.write_text(yaml.safe_dump(document))
        self.options = api.Options(state_dir=directory / "state")
        self.paved = api.pave(self.loaded, self.options)

    @property
    def loaded(self) -> LoadedSpec:
        return load_spec(self.file, environ={})

    @property
    def hand(self) -> Hand:
        settings = self.loaded.settings
        assert isinstance(settings, MemorySettings)
        return Hand(World.of(settings))

    def look(self, kept: PavedEnvironment | None = None) -> tuple[Finding, ...]:
        return api.verify_bosh(self.loaded, self.options, kept)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def failures(findings: tuple[Finding, ...]) -> list[str]:
    return [found.what for found in findings if found.severity is Severity.FAIL]


def test_everything_is_found_and_it_is_said_that_no_cpi_is_real(place: Place) -> None:
    before = place.hand.mutations()
    found = place.look()
    assert failures(found) == []
    assert [one.what for one in found if one.severity is Severity.WARN] == [
        "no CPI of this IaaS exists: what one would look up by the document is looked up"
    ]
    assert {one.check for one in found} == {"bosh", "login", "pool", "subnet", "volume", "balancer"}
    assert place.hand.mutations() == before


def test_where_there_is_no_control_plane_the_key_is_looked_up(tmp_path: Path) -> None:
    place = Place(tmp_path, control_plane=False)
    found = place.look()
    assert failures(found) == []
    assert "key" in {one.check for one in found}


@pytest.mark.parametrize("kind", ["account", "pool", "subnet", "volume", "balancer"])
def test_what_is_gone_is_seven_and_named_with_a_kept_document_and_without(kind: str, place: Place) -> None:
    gone = next(id_ for id_, record in place.hand.everything().items() if record["kind"] == kind)
    place.hand.vanish(gone)
    found = place.look(place.paved)
    assert exit_code(found) == 7
    assert len(failures(found)) == 1
    assert gone in failures(found)[0] or kind in failures(found)[0]
    rebuilt = place.look()
    assert exit_code(rebuilt) == 7
    assert any(what.startswith(f"{kind}/") for what in failures(rebuilt))


def test_a_wrong_password_is_three(place: Place, tmp_path: Path) -> None:
    (tmp_path / "other").touch(mode=0o600)
    (tmp_path / "other").write_text("not-the-password")
    cpi = place.paved.credentials["bosh-cpi"].model_copy(update={"secret": SecretRef(store="file", path="other")})
    kept = place.paved.model_copy(update={"credentials": {**place.paved.credentials, "bosh-cpi": cpi}})
    found = place.look(kept)
    assert exit_code(found) == 3
    assert failures(found) == ["sandbox-bosh-cpi cannot log in: the password is wrong"]


def test_a_driver_that_knows_of_no_cpi_is_no_success(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryDriver, "bosh", lambda _: None)
    with pytest.raises(SpecError, match="knows of no CPI"):
        place.look()
