"""What is left of an environment, by the command line: on the memory driver, and line by line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from uuid import UUID

import pytest
import yaml
from fakes import Run

from paver.cli.output.leftovers import leftover_lines
from paver.contract.resource import Key, Observed, Proof
from paver.engine.deletion_order import in_deletion_order
from paver.engine.plan import Action, Plan, Step
from paver.memory.hand import Hand
from paver.memory.sandbox import MemorySandbox
from paver.memory.world import World
from paver.settings import load_spec

OWNER = UUID("7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4")
ANOTHER = UUID("3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17")


def leftover(key: str, id_: str, *needs: str, holds: str = "", held_by: tuple[str, ...] = ()) -> Step:
    parsed = Key.parse(key)
    have = Observed(
        kind=parsed.kind,
        id=id_,
        key=parsed,
        owner=OWNER,
        proof=Proof.MARK,
        actual={},
        needs=needs,
        holds=holds,
        held_by=held_by,
    )
    return Step(key=parsed, action=Action.DELETE, have=have)


def plan_of(*steps: Step) -> Plan:
    return Plan(iaas="aws", environment="staging", target="account 1", identities={}, steps=steps)


def test_each_leftover_is_told_with_what_it_stands_on_and_what_stands_in_its_way() -> None:
    plan = plan_of(
        leftover("network/staging", "vpc-1"),
        leftover("subnet/lb/z1", "subnet-1", "vpc-1", held_by=("instance i-9",)),
        leftover("bucket/blobs", "blobs", holds="3 objects"),
    )
    assert leftover_lines(in_deletion_order(plan), str(OWNER), "paver destroy") == [
        f"Of owner {OWNER}, in account 1:",
        "",
        "  subnet/lb/z1      subnet-1, on network/staging, held by instance i-9, not ours",
        "  bucket/blobs      blobs, holds 3 objects",
        "  network/staging   vpc-1",
        "",
        "3 things, each before what it stands on. Nothing was changed.",
        "Next: paver destroy",
    ]


def test_things_that_stand_on_each_other_are_told_as_they_came() -> None:
    plan = plan_of(leftover("group/a", "sg-1", "sg-2"), leftover("group/b", "sg-2", "sg-1"))
    assert [str(step.key) for step in in_deletion_order(plan)] == ["group/a", "group/b"]


def test_nothing_left_is_said_in_one_line() -> None:
    assert leftover_lines(plan_of(), str(OWNER), "paver destroy") == [f"Nothing of owner {OWNER} is there: account 1."]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Path:
    """A paved environment whose state is lost and whose spec has another id by now."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "first"))
    write(tmp_path, OWNER)
    assert run("pave", "-y").code == 0
    shutil.rmtree(tmp_path / "first", ignore_errors=True)
    shutil.rmtree(tmp_path / "state", ignore_errors=True)
    write(tmp_path, ANOTHER)
    return tmp_path


def write(here: Path, owner: UUID) -> None:
    document = yaml.safe_load(MemorySandbox().spec(here, owner))
    document["iaas"]["memory"] |= {"pending": 0.02}
    (here / "environment.yml").write_text(yaml.safe_dump(document))


def census() -> list[tuple[str, str]]:
    return Hand(World.of(load_spec("environment.yml").settings)).census()  # type: ignore[arg-type]  # the memory driver's


def test_leftovers_lead_to_the_command_that_deletes_them(here: Path, run: Run) -> None:
    assert here
    assert run("leftovers").out.startswith(f"Nothing of owner {ANOTHER} is there")
    told = run("leftovers", "--owner", str(OWNER))
    assert told.code == 0
    assert told.out.endswith(f"Next: paver destroy --owner {OWNER}\n")
    listed = json.loads(run("leftovers", "--owner", str(OWNER), "-o", "json").out)["leftovers"]
    assert len(listed) == 33
    subnet = next(one for one in listed if one["key"] == "subnet/lb/z1")
    assert subnet["stands_on"] == ["network/lb"]
    assert subnet["needs"] == [next(one["id"] for one in listed if one["key"] == "network/lb")]
    refused = run("destroy", "--owner", str(OWNER), "-y")
    assert refused.code == 2
    assert "--confirm-env sandbox consents" in refused.err
    assert len(census()) == 29
    gone = run("destroy", "--owner", str(OWNER), "-y", "--confirm-env", "sandbox")
    assert gone.code == 0, gone.err
    assert f"nothing of owner {str(OWNER)[:8]} is left" in " ".join(gone.err.split())
    assert census() == []


def test_an_owner_that_is_no_uuid_is_a_mistake_of_usage(here: Path, run: Run) -> None:
    assert here
    assert run("leftovers", "--owner", "sandbox").code == 2
    assert run("destroy", "--owner", "sandbox", "-y", "--confirm-env", "sandbox").code == 2
    assert len(census()) == 29
