"""A saved plan: exactly that, or nothing."""

import json
import stat
from pathlib import Path

import pytest
from memory_lives import THEIRS, Life
from pydantic import JsonValue

from paver import api
from paver.contract import names
from paver.contract.errors import DataAtRisk, Refused, SecretMissing, SpecError
from paver.contract.resource import Key
from paver.contract.types import Owner
from paver.engine.events import Event, StepDone
from paver.engine.saved_plan import NotAsPlanned, read
from paver.memory.settings import MemorySettings
from paver.memory.world import World


@pytest.fixture
def life(tmp_path: Path) -> Life:
    found = Life(tmp_path)
    found.write()
    return found


def plan_to(life: Life, name: str = "plan.json") -> Path:
    path = life.directory / name
    api.keep(path, api.document_of(life.plan(), life.loaded))
    return path


def held_to(life: Life, path: Path) -> None:
    life.pave(exactly=api.saved(path, life.loaded))


def refused(life: Life, path: Path) -> dict[str, str]:
    """What an attempt is refused for; nothing is changed by it."""
    before = life.hand.everything()
    with pytest.raises(Refused, match="not what was planned") as error:
        held_to(life, path)
    assert error.value.exit_code == 6
    assert life.hand.everything() == before
    return dict(error.value.facts)


def test_what_was_planned_is_done(life: Life) -> None:
    path = plan_to(life)
    assert life.hand.census() == []
    held_to(life, path)
    assert len(life.hand.census()) == 29
    assert life.plan().empty


def test_a_plan_is_private_and_has_no_secret(life: Life) -> None:
    life.pave()
    path = plan_to(life)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    values = [
        value
        for file in (life.directory / "secrets").rglob("*.json")
        for value in json.loads(file.read_text()).values()
        if isinstance(value, str) and len(value) > 20
    ]
    assert not [value for value in values if value in text]


def test_a_second_time_it_is_refused_for_what_is_there_by_now(life: Life) -> None:
    path = plan_to(life)
    held_to(life, path)
    facts = refused(life, path)
    assert facts["network/lb"].startswith("planned: create network/lb; now: keep network/lb (network-")


def test_an_edit_by_hand_since_then_is_named(life: Life) -> None:
    life.pave()
    path = plan_to(life)
    volume = next(id_ for id_, record in life.hand.everything().items() if record["name"] == "sandbox-vms")
    life.hand.edit(volume, capacity_gib=1)
    now = f"update volume/vms ({volume}), capacity_gib 1 → 100"
    assert refused(life, path) == {"volume/vms": f"planned: keep volume/vms ({volume}); now: {now}"}


def test_a_difference_that_became_another_one_is_named_with_both_values(life: Life) -> None:
    life.pave()
    volume = next(id_ for id_, record in life.hand.everything().items() if record["name"] == "sandbox-vms")
    life.hand.edit(volume, capacity_gib=1)
    path = plan_to(life)
    life.hand.edit(volume, capacity_gib=2)
    update = f"update volume/vms ({volume}), capacity_gib"
    assert refused(life, path) == {"volume/vms": f"planned: {update} 1 → 100; now: {update} 2 → 100"}


def test_what_is_to_be_deleted_is_held_to_the_very_thing(life: Life) -> None:
    life.write(load_balancers={"concourse": {"ports": [443]}, "registry": {"ports": [443]}})
    life.pave()
    life.write()
    path = plan_to(life)
    held_to(life, path)
    assert life.plan().empty
    assert "sandbox-registry" not in {name for _, name in life.hand.census()}


def test_consent_to_the_end_of_data_is_not_in_a_plan(life: Life) -> None:
    life.write(datastores={"blobs": {"purpose": "object"}, "old": {"purpose": "object"}})
    life.pave()
    bucket = next(
        id_ for id_, one in life.hand.everything().items() if "old" in one["name"] and one["kind"] == "bucket"
    )
    life.hand.put(bucket, "backup")
    life.write(datastores={"blobs": {"purpose": "object"}})
    path = life.directory / "plan.json"
    api.keep(path, api.document_of(life.plan(delete_data=True), life.loaded))
    with pytest.raises(DataAtRisk):
        held_to(life, path)
    life.pave(exactly=api.saved(path, life.loaded), delete_data=True)
    assert bucket not in life.hand.everything()


def test_another_field_in_the_spec_of_what_is_to_be_created_is_seen(life: Life) -> None:
    path = plan_to(life)
    life.write(load_balancers={"concourse": {"ports": [8443]}, "more": {"ports": [443]}})
    with pytest.raises(Refused, match="the spec asks for something else") as error:
        api.saved(path, life.loaded)
    assert error.value.exit_code == 6
    facts = dict(error.value.facts)
    assert facts["balancer/concourse"] == "it is asked for otherwise"
    assert facts["balancer/more"] == "it is asked for, and was not"
    life.write(load_balancers={})
    with pytest.raises(Refused) as error:
        api.saved(path, life.loaded)
    assert dict(error.value.facts)["balancer/concourse"] == "it was asked for, and is not"


def test_the_spec_may_be_written_otherwise_and_mean_the_same(life: Life) -> None:
    path = plan_to(life)
    file = life.directory / life.file
    file.write_text(f"# A comment.\n{file.read_text()}")
    held_to(life, path)


def test_consent_to_another_secret_is_not_in_a_plan(life: Life) -> None:
    life.pave()
    (life.directory / "secrets" / "memory" / "blobstore").unlink()
    path = life.directory / "plan.json"
    consent = frozenset({"blobstore"})
    api.keep(path, api.document_of(life.plan(replace_secrets=consent), life.loaded))
    with pytest.raises(SecretMissing):
        held_to(life, path)
    life.pave(exactly=api.saved(path, life.loaded), replace_secrets=consent)
    assert life.plan().empty


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("z9", "planned: nothing; now: delete pool/z9 ({id})"),
        ("z1", "planned: create pool/z1; now: keep pool/z1 ({id})"),
    ],
)
def test_what_opens_late_is_held_to_the_plan_as_well(life: Life, zone: str, said: str) -> None:
    """Somebody makes a pool in the control plane the moment that there is one."""
    path = plan_to(life)
    made: list[str] = []

    def meddle(event: Event) -> None:
        if isinstance(event, StepDone) and event.key == "control-plane/main":
            settings = life.loaded.settings
            assert isinstance(settings, MemorySettings)
            marker = names.marker(Owner(id=life.owner, name="sandbox"), Key(kind="pool", name=zone))
            fields: dict[str, JsonValue] = {"zone": zone, "shares": 4000}
            pool = World.of(settings).create(
                "pool", f"sandbox-{zone}", fields=fields, description=marker, scope=event.id
            )
            made.append(pool["id"])

    with pytest.raises(NotAsPlanned, match="what is in control-plane/main is not what was planned") as error:
        api.pave(life.loaded, life.options(exactly=api.saved(path, life.loaded)), meddle, judge=lambda findings: None)
    assert error.value.exit_code == 6
    assert dict(error.value.facts) == {f"pool/{zone}": said.format(id=made[0])}
    inside = [id_ for id_, one in life.hand.everything().items() if one["kind"] in {"pool", "account"}]
    assert inside == made
    life.pave()
    assert life.plan().empty
    assert len(life.hand.census()) == 29


def test_another_environments_plan_is_refused_before_anything_is_contacted(life: Life) -> None:
    path = plan_to(life)
    other = Life(life.directory, owner=THEIRS, file="other.yml")
    other.write()
    with pytest.raises(Refused, match="another owner"):
        api.saved(path, other.loaded)
    changed = json.loads(path.read_text())
    path.write_text(json.dumps({**changed, "paver": "0.0.1"}))
    with pytest.raises(Refused, match="another version of paver's"):
        api.saved(path, life.loaded)
    path.write_text(json.dumps({**changed, "environment": "elsewhere"}))
    with pytest.raises(Refused, match="another environment's"):
        api.saved(path, life.loaded)
    path.write_text(json.dumps({**changed, "iaas": "aws"}))
    with pytest.raises(Refused, match="another IaaS"):
        api.saved(path, life.loaded)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{\n 'steps': 1}", "plan.json:2:2: no plan"),
        ("{}", "plan.json: paver: no plan"),
        ('{"format": "terraform"}', "plan.json: format: no plan"),
        ("\x00", "plan.json:1:1: no plan"),
    ],
)
def test_a_file_that_is_no_plan_is_named_with_its_place(life: Life, text: str, said: str) -> None:
    path = life.directory / "plan.json"
    path.write_text(text)
    with pytest.raises(SpecError) as error:
        read(path)
    assert said in str(error.value)


def test_no_other_file_is_overwritten(life: Life) -> None:
    path = life.directory / "notes.txt"
    path.write_text("mine")
    with pytest.raises(SpecError, match="is no plan"):
        plan_to(life, "notes.txt")
    assert path.read_text() == "mine"
    plan_to(life)
    plan_to(life)


def test_status_says_whether_the_spec_is_what_was_paved(life: Life) -> None:
    assert api.status(life.loaded, life.options()).as_paved is None
    life.pave()
    assert api.status(life.loaded, life.options()).as_paved is True
    life.write(load_balancers={"concourse": {"ports": [8443]}})
    assert api.status(life.loaded, life.options()).as_paved is False
