"""The environment document: one shape everywhere, rebuilt by whoever has the spec and the credentials."""

from __future__ import annotations

from collections import Counter
from typing import Any

from paver.conformance.marks import proves
from paver.conformance.trial import Trial
from paver.contract.driver import Driver
from paver.contract.environment import PavedEnvironment
from paver.contract.types import range_bounds
from paver.render.formats import NATIVE, render
from paver.render.names import FORMATS
from paver.render.rendering import without_secrets
from paver.render.text import text
from paver.settings import load_spec


def documented(trial: Trial) -> tuple[dict[str, Any], PavedEnvironment]:
    """The document of a paved environment, as it was printed and as the contract reads it."""
    printed = trial.pave()
    return printed, PavedEnvironment.model_validate(printed)


@proves(80)
def test_the_document_is_valid_and_says_what_the_spec_says(trial: Trial) -> None:
    printed, document = documented(trial)
    spec = load_spec(trial.spec, iaas=trial.iaas).spec
    assert document.name == spec.name
    assert document.iaas == trial.iaas
    assert document.owner.id == trial.owner
    assert list(document.zones) == list(spec.zones)
    assert set(document.networks) == set(spec.networks)
    assert set(document.datastores) == set(spec.datastores)
    assert set(spec.credentials) <= set(document.credentials)
    assert PavedEnvironment.model_validate_json(document.model_dump_json()) == document
    assert printed["schema_version"] == 1


@proves(80)
def test_addresses_follow_the_layout(trial: Trial) -> None:
    """Every zone's static range is where the rules put it, whatever the IaaS; nothing overlaps."""
    _, document = documented(trial)
    spec = load_spec(trial.spec, iaas=trial.iaas).spec
    for name in spec.networks:
        blocks = spec.blocks(name)
        for zone, place in document.networks[name].zones.items():
            assert place.block == blocks[zone], f"{name} in {zone}"
            assert place.block.subnet_of(spec.address_space)
            assert all(address in blocks[zone] for static in place.static for address in range_bounds(static))


@proves(81)
def test_a_task_that_never_paved_rebuilds_it(trial: Trial) -> None:
    printed, _ = documented(trial)
    trial.lose_state()
    ended = trial.run("outputs")
    assert ended.code == 0, str(ended)
    assert ended.document == printed


@proves(82)
def test_every_native_id_is_one_of_the_accounts(trial: Trial) -> None:
    printed, _ = documented(trial)
    named, there = set(trial.site.ids(printed)), trial.site.census()
    lost = sorted(id_ for id_ in named if id_ not in there)
    assert not lost, f"no such thing is in the account: {lost}"
    nouns = Counter(there[id_].noun for id_ in named)
    promised = trial.site.documented()
    assert not promised - nouns, f"the document lacks ids: {dict(promised - nouns)}"


@proves(83)
def test_every_rendering_is_made_of_the_document_alone(trial: Trial, driver: Driver[Any]) -> None:
    _, document = documented(trial)
    before = document.model_dump_json()
    for name in FORMATS:
        if name in NATIVE and driver.bosh() is None:
            continue
        files = render(document, name, driver.bosh())
        assert files, name
        assert files == render(document, name, driver.bosh()), f"{name} is another one the second time"
        texts = [text(without_secrets(one)) for one in files]
        assert all(texts), f"{name} says nothing"
    assert document.model_dump_json() == before
