"""What an environment left behind whose state is lost: found by its owner's marks, and deleted by them."""

from __future__ import annotations

import shutil
from pathlib import Path
from uuid import UUID

import pytest
import yaml
from memory_lives import OURS, THEIRS, Life
from pydantic import JsonValue

from paver import api
from paver.contract import names
from paver.contract.errors import DataAtRisk, StepFailed
from paver.contract.resource import STORE, Key
from paver.contract.types import Owner
from paver.engine.plan import Plan
from paver.memory.conformance import PASSING
from paver.memory.settings import MemorySettings
from paver.memory.world import World


@pytest.fixture
def life(tmp_path: Path) -> Life:
    life = Life(tmp_path)
    life.write()
    return life


def world(life: Life) -> World:
    settings = life.loaded.settings
    assert isinstance(settings, MemorySettings)
    return World.of(settings)


def look_alikes(life: Life) -> None:
    """Twenty things that are not ours: bare names, another owner's marks, our marks under another name."""
    kinds = ("network", "volume", "gateway", "machine")
    others = Owner(id=THEIRS, name="sandbox")
    ours = Owner(id=OURS, name="sandbox")
    fields: dict[str, JsonValue] = {}
    for kind in kinds:
        key = Key(kind=kind, name="vms")
        for name, marks in (
            ("sandbox", {}),
            ("sandboxes-vms", {}),
            ("sandbox-old", names.marks(others, key)),
            ("sandbox-vms-copy", names.marks(ours, key)),
            ("restored", {names.OWNER: str(OURS)}),
        ):
            world(life).create(kind, name, fields=fields, tags=marks)


def lose(life: Life) -> None:
    """The state directory, and of the spec all that may go."""
    shutil.rmtree(life.directory / "state")
    path = life.directory / life.file
    document = yaml.safe_load(path.read_text())
    kept = {
        name: document[name] for name in ("schema_version", "name", "id", "zones", "address_space", "dns", "secrets")
    }
    section = {"path": document["iaas"]["memory"]["path"], "pending": 0.02}
    path.write_text(yaml.safe_dump({**kept, "zones": 1, "iaas": {"memory": section}}))


def lasting(life: Life) -> dict[str, JsonValue]:
    """All that lives, but for how far a machine is that is still being made."""
    found = {id_: one for id_, one in life.hand.everything().items() if one["fades"] is None}
    return {id_: {name: part for name, part in one.items() if name not in PASSING} for id_, one in found.items()}  # type: ignore[misc]  # a record is JSON


def leftovers(life: Life, owner: UUID | None = None) -> Plan:
    mutations = life.hand.mutations()
    found = api.leftovers(life.loaded, life.options(owner=owner))
    assert life.hand.mutations() == mutations
    return found


def test_leftovers_are_exactly_what_is_there_and_destroy_leaves_what_was_there_before(life: Life) -> None:
    look_alikes(life)
    before = lasting(life)
    assert len(before) == 20
    life.pave()
    made = life.hand.everything().keys() - before.keys()
    entries = len(life.plan().steps) - len(made)
    lose(life)
    found = leftovers(life)
    assert {step.have.id for step in found if step.have is not None and step.scope != STORE} == made
    assert sum(step.scope == STORE for step in found) == entries
    api.destroy(life.loaded, life.options())
    assert lasting(life) == before
    assert leftovers(life).empty


@pytest.mark.parametrize("name", ["sandbox", "elsewhere"])
def test_another_owners_are_found_and_deleted_by_owner_alone_whatever_the_spec_is_called(life: Life, name: str) -> None:
    look_alikes(life)
    before = life.hand.census()
    life.pave()
    paved = len(life.plan().steps)
    stranger = Life(life.directory, owner=THEIRS, file="another.yml")
    stranger.write(name=name)
    assert leftovers(stranger).empty
    assert len(leftovers(stranger, OURS).steps) == paved
    done = api.destroy(stranger.loaded, stranger.options(owner=OURS))
    assert {step.action.value for step in done} == {"delete"}
    assert life.hand.census() == before
    assert leftovers(stranger, OURS).empty


def test_the_spec_that_says_where_keeps_its_own_environment(life: Life) -> None:
    stranger = Life(life.directory, owner=THEIRS, file="another.yml")
    stranger.write(name="elsewhere", secrets="file:others")
    stranger.pave()
    theirs = life.hand.census()
    life.pave()
    api.destroy(stranger.loaded, stranger.options(owner=OURS))
    assert life.hand.census() == theirs
    assert stranger.plan().empty


def test_each_comes_before_what_it_stands_on_and_the_store_last(life: Life) -> None:
    life.pave()
    steps = leftovers(life).steps
    at = {(step.scope, step.have.id): number for number, step in enumerate(steps) if step.have is not None}
    wrong = [
        str(step.key)
        for step in steps
        if step.have is not None
        for id_ in step.have.needs
        if at.get((step.scope, id_), len(steps)) < at[step.scope, step.have.id]
    ]
    assert not wrong
    keys = [str(step.key) for step in steps]
    assert max(keys.index("pool/z1"), keys.index("account/bosh-cpi")) < keys.index("control-plane/main")
    stored = [step.scope == STORE for step in steps]
    assert stored == sorted(stored)


def test_data_stops_nobody_from_looking_and_stops_destroy(life: Life) -> None:
    life.pave()
    bucket = next(id_ for id_, record in life.hand.everything().items() if record["kind"] == "bucket")
    life.hand.put(bucket, "backup")
    found = next(step for step in leftovers(life) if step.key.kind == "bucket")
    assert found.have is not None
    assert found.have.holds == "1 object"
    before = life.hand.everything()
    with pytest.raises(DataAtRisk):
        api.destroy(life.loaded, life.options(owner=OURS))
    assert life.hand.everything() == before


def test_what_of_others_stands_on_a_leftover_is_named_and_stays(life: Life) -> None:
    life.pave()
    subnet = next(id_ for id_, one in life.hand.everything().items() if one["name"] == "sandbox-services-z1")
    theirs = world(life).create("machine", "somebody-elses", fields={}, needs=[subnet])["id"]
    lose(life)
    found = next(step for step in leftovers(life) if step.have is not None and step.have.id == subnet)
    assert found.have is not None
    assert found.have.held_by == (f"machine somebody-elses ({theirs})",)
    with pytest.raises(StepFailed) as failed:
        api.destroy(life.loaded, life.options())
    assert failed.value.exit_code == 4
    assert {one["name"] for one in life.hand.everything().values() if one["fades"] is None} == {
        "somebody-elses",
        "sandbox-services-z1",
        "sandbox-services",
    }


def test_a_half_paved_environment_leaves_what_it_had_made(life: Life) -> None:
    life.write({"quota": {"gateway": 1}})
    with pytest.raises(StepFailed):
        life.pave()
    made = life.hand.everything().keys()
    life.write()
    lose(life)
    found = leftovers(life)
    assert {step.have.id for step in found if step.have is not None and step.scope != STORE} == made
    api.destroy(life.loaded, life.options())
    assert life.hand.census() == []
