"""What `paver init` writes is a spec as soon as a person has filled in what only a person knows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest

from paver import registry
from paver.contract.errors import SpecError
from paver.init_spec import initial_spec
from paver.memory.driver import MemoryDriver
from paver.settings import check_spec, load_spec

OWNER = UUID("7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4")
ZONES = ("z1", "z2", "z3")


class Asking(MemoryDriver):
    """A memory driver that wants to be told where its zones are."""

    def template(self, zones: Sequence[str]) -> str:
        places = "".join(f"    {zone}: # FILL IN: the rack\n" for zone in zones)
        return f"memory:\n  path: # FILL IN\n  zones:\n{places}"


class Wrong(MemoryDriver):
    """A memory driver whose template is no YAML that a spec may hold."""

    def template(self, zones: Sequence[str]) -> str:
        return f"memory:\n  path: {'no' if zones else ''}\n"


def written(text: str, tmp_path: Path) -> Path:
    file = tmp_path / "environment.yml"
    file.write_text(text)
    return file


def test_what_only_a_person_knows_is_listed_with_its_line_and_path() -> None:
    first = initial_spec(Asking(), "staging", ZONES, owner=OWNER)
    assert [(one.line, one.name, one.what) for one in first.fill_in] == [
        (9, "address_space", "one CIDR, /16 to /21, that nothing else uses"),
        (14, "dns.zone", "the DNS zone of the environment, like staging.example.com"),
        (20, "iaas.memory.path", ""),
        (22, "iaas.memory.zones.z1", "the rack"),
        (23, "iaas.memory.zones.z2", "the rack"),
        (24, "iaas.memory.zones.z3", "the rack"),
    ]
    lines = first.text.splitlines()
    assert all("# FILL IN" in lines[one.line - 1] for one in first.fill_in)
    assert first.text.count("# FILL IN") == len(first.fill_in)


def test_what_is_not_filled_in_is_refused_where_it_stands(tmp_path: Path) -> None:
    first = initial_spec(Asking(), "staging", ZONES)
    messages = check_spec([written(first.text, tmp_path)], environ={}).messages
    assert [(one.place.line, one.path) for one in messages if one.what == "has no value"] == [
        (one.line, one.path) for one in first.fill_in
    ]


def test_filled_in_it_loads(tmp_path: Path) -> None:
    first = initial_spec(Asking(), "staging", ZONES, owner=OWNER)
    values = iter(["10.20.0.0/16", "staging.example.com", "world.json", "one", "two", "three"])
    lines = first.text.splitlines()
    for one in first.fill_in:
        key, _, _ = lines[one.line - 1].partition("#")
        lines[one.line - 1] = f"{key}{next(values)}"
    loaded = load_spec(written("\n".join(lines), tmp_path), environ={})
    assert (loaded.spec.name, loaded.spec.id, loaded.spec.zones, loaded.iaas) == ("staging", OWNER, ZONES, "memory")
    assert dict(loaded.settings.zones or {}) == {"z1": "one", "z2": "two", "z3": "three"}


def test_with_everything_given_nothing_is_left_to_fill_in(tmp_path: Path) -> None:
    driver = registry.driver("memory")
    first = initial_spec(driver, "staging", ZONES, address_space="10.20.0.0/16", dns_zone="staging.example.com")
    assert first.fill_in == ()
    loaded = load_spec(written(first.text, tmp_path), environ={})
    assert loaded.spec.id == first.owner


def test_every_spec_has_an_owner_of_its_own() -> None:
    assert initial_spec(Asking(), "staging", ZONES).owner != initial_spec(Asking(), "staging", ZONES).owner


@pytest.mark.parametrize("name", ["no", "on", "off", "yes", "null", "true", "false"])
def test_a_name_that_yaml_takes_for_something_else_stays_a_name(name: str, tmp_path: Path) -> None:
    first = initial_spec(
        registry.driver("memory"), name, ("z1",), address_space="10.20.0.0/16", dns_zone="staging.example.com"
    )
    assert load_spec(written(first.text, tmp_path), environ={}).spec.name == name


@pytest.mark.parametrize("name", ["Staging", "x", "a" * 17, "a\nid: x", "", "a--b", "{}", "a b"])
def test_what_is_no_name_is_refused_before_anything_is_written(name: str) -> None:
    with pytest.raises(SpecError, match="no name for an environment"):
        initial_spec(Asking(), name, ZONES)


def test_zones_that_are_not_the_first_ones_are_named(tmp_path: Path) -> None:
    first = initial_spec(
        registry.driver("memory"), "staging", ("z1", "z3"), address_space="10.20.0.0/16", dns_zone="staging.example.com"
    )
    assert load_spec(written(first.text, tmp_path), environ={}).spec.zones == ("z1", "z3")


def test_a_drivers_template_that_is_no_spec_is_refused_as_the_drivers() -> None:
    with pytest.raises(SpecError, match="driver memory has a template that is no spec"):
        initial_spec(Wrong(), "staging", ZONES)


@pytest.mark.parametrize("name", registry.names())
def test_the_template_of_every_driver_here_is_found_complete(name: str, tmp_path: Path) -> None:
    first = initial_spec(registry.driver(name), "staging", ZONES)
    assert first.text.count("# FILL IN") == len(first.fill_in)
    messages = check_spec([written(first.text, tmp_path)], environ={}).messages
    asked = [one.path for one in first.fill_in]
    assert [one.path for one in messages if not any(one.path[: len(path)] == path for path in asked)] == []
