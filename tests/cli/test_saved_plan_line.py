"""A plan kept in a file, by the command line on the memory driver: nothing is faked here."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from uuid import UUID

import jsonschema
import pytest
import yaml
from fakes import Run

from paver.memory.hand import Hand
from paver.memory.sandbox import MemorySandbox
from paver.memory.world import World
from paver.schema import plan_schema
from paver.settings import load_spec

OWNER = UUID("7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sandbox's spec as environment.yml of the current directory."""
    monkeypatch.chdir(tmp_path)
    change(tmp_path)
    return tmp_path


def change(here: Path, **parts: object) -> None:
    document = yaml.safe_load(MemorySandbox().spec(here, OWNER)) | parts
    document["iaas"]["memory"] |= {"pending": 0.02}
    (here / "environment.yml").write_text(yaml.safe_dump(document))


def hand() -> Hand:
    settings = load_spec("environment.yml").settings
    return Hand(World.of(settings))  # type: ignore[arg-type]  # the memory driver's


def test_a_kept_plan_is_done_without_a_question_and_without_a_flag(here: Path, run: Run) -> None:
    before = os.umask(0)
    try:
        planned = run("plan", "--out", "plan.json")
    finally:
        os.umask(before)
    assert planned.code == 0, planned.err
    assert planned.out.endswith("Next: paver pave plan.json\n")
    assert stat.S_IMODE((here / "plan.json").stat().st_mode) == 0o600
    assert hand().census() == []
    done = run("pave", "plan.json")
    assert done.code == 0, done.err
    assert run("plan", "--detailed-exitcode").code == 0


def test_on_a_terminal_a_kept_plan_is_the_consent(here: Path, run: Run) -> None:
    run("plan", "--out", "plan.json")
    done = run("pave", "plan.json", answer="")
    assert done.code == 0, done.err
    assert "[y/N]" not in done.err


def test_what_plan_prints_as_json_is_what_it_keeps(here: Path, run: Run) -> None:
    printed = run("plan", "-o", "json", "--out", "plan.json")
    assert printed.out == (here / "plan.json").read_text()
    jsonschema.validate(json.loads(printed.out), plan_schema())
    (here / "printed.json").write_text(printed.out)
    assert run("pave", "printed.json").code == 0


def test_the_document_of_a_plan_is_the_golden_one(here: Path, run: Run) -> None:
    """After a change that is meant: write what `document` holds to tests/golden/plan.json."""
    document = json.loads(run("plan", "-o", "json").out)
    document |= {"at": "2026-11-25T12:00:00Z", "paver": "0", "identities": {"": {"id": "1", "account": "1"}}}
    document["target"] = "world.json"
    golden = Path(__file__).parents[1] / "golden" / "plan.json"
    assert document == json.loads(golden.read_text())


def test_a_plan_that_the_world_has_left_behind_is_refused_with_what_changed(here: Path, run: Run) -> None:
    assert run("pave", "-y").code == 0
    run("plan", "--out", "plan.json")
    volume = next(id_ for id_, one in hand().everything().items() if one["name"] == "sandbox-vms")
    hand().edit(volume, capacity_gib=1)
    mutations = hand().mutations()
    refused = run("pave", "plan.json")
    assert refused.code == 6
    said = " ".join(refused.err.split())
    assert "error: what would be done is not what was planned at" in said
    assert f"volume/vms planned: keep volume/vms ({volume}); now: update volume/vms ({volume})" in said
    assert "nothing was changed; plan again" in said
    assert hand().mutations() == mutations


def test_a_plan_of_another_spec_is_refused_and_nothing_is_contacted(here: Path, run: Run) -> None:
    run("plan", "--out", "plan.json")
    calls = hand().calls()
    change(here, load_balancers={"concourse": {"ports": [8443]}})
    refused = run("pave", "plan.json")
    assert refused.code == 6
    assert "balancer/concourse it is asked for otherwise" in " ".join(refused.err.split())
    assert hand().calls() == calls


def test_a_file_that_is_no_plan_is_a_mistake_of_usage_with_its_place(here: Path, run: Run) -> None:
    (here / "plan.json").write_text('{\n  "format": paver-plan\n}')
    broken = run("pave", "plan.json")
    assert broken.code == 2
    assert "plan.json:2:13: no plan" in broken.err
    assert run("pave", "nothing.json").code == 2
    (here / "notes.txt").write_text("mine")
    assert run("plan", "--out", "notes.txt").code == 2
    assert (here / "notes.txt").read_text() == "mine"


def test_a_plan_that_cannot_be_made_leaves_the_older_one(here: Path, run: Run) -> None:
    run("plan", "--out", "plan.json")
    kept = (here / "plan.json").read_text()
    change(here, zones=9)
    assert run("plan", "--out", "plan.json").code == 2
    assert (here / "plan.json").read_text() == kept


def test_a_plan_of_an_environment_that_is_there_tells_no_secret(here: Path, run: Run) -> None:
    assert run("pave", "-y").code == 0
    change(here, load_balancers={})
    run("plan", "--out", "plan.json")
    text = (here / "plan.json").read_text()
    values = {
        value
        for path in (here / "secrets").rglob("*")
        if path.is_file() and path.suffix != ".lock" and path.stat().st_size
        for value in json.loads(path.read_text()).values()
        if isinstance(value, str) and len(value) > 12 and "PUBLIC" not in value and not value.startswith(("ssh-", "{"))
    }
    assert values
    assert not [value for value in values if value in text or json.dumps(value)[1:-1] in text]
