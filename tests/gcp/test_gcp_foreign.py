"""Things of others that look like ours: the same marks under another owner, copies of ours, the very same names."""

from __future__ import annotations

import json
import shutil
from uuid import uuid4

import pytest
from gcp_commands import command
from gcp_projects import Document, Environment, Project

from paver.contract.types import Owner
from paver_gcp.sandbox import foreign
from paver_gcp.sandbox.census import FADING, Thing, census


def everything(project: Project) -> dict[str, Thing]:
    """All that stands, word for word."""
    return {thing.id: thing for thing in census(project.client) if thing.noun != FADING}


@pytest.fixture(scope="module")
def theirs(project: Project) -> dict[str, Thing]:
    foreign.plant(project.client)
    return everything(project)


def test_look_alikes_are_neither_taken_over_nor_changed_nor_deleted(project: Project, theirs: dict[str, Thing]) -> None:
    environment = project.environment()
    foreign.restore(project.client, Owner(id=environment.id, name="sandbox"))
    before = everything(project)
    assert before.keys() > theirs.keys()
    assert len(before) > 20
    environment.pave()
    assert before.items() <= everything(project).items()
    assert not any(step.mutates for step in environment.plan())
    environment.destroy()
    assert everything(project) == before


def at_the_least(document: Document) -> None:
    """Another owner's spec of that name, which says little more than where that one was."""
    document |= {"id": str(uuid4()), "networks": {"management": {"egress": "none"}, "lb": {}}, "zones": 1}
    document |= {"load_balancers": {}, "datastores": {}, "credentials": {}, "certificates": {}}
    section = document["iaas"]["gcp"]
    section["zones"] = {"z1": section["zones"]["z1"]}


def listed(environment: Environment) -> set[str]:
    with environment.project.unchanged():
        found = command(environment, "leftovers", "--owner", str(environment.id), "-o", "json")
    assert found.code == 0, found.err
    return {one["id"] for one in json.loads(found.out)["leftovers"]}


def test_a_lost_environment_is_found_whole_among_look_alikes_and_goes_by_its_owner_alone(
    project: Project, theirs: dict[str, Thing]
) -> None:
    before = everything(project)
    environment = project.environment("lost")
    environment.pave()
    there = {step.have.id for step in environment.plan() if step.have is not None}
    shutil.rmtree(environment.state)
    environment.edit(at_the_least)
    found = listed(environment)
    assert {id_ for id_ in there if "/" in id_} <= found
    assert not theirs.keys() & found
    done = command(environment, "destroy", "--owner", str(environment.id), "-y", "--confirm-env", "sandbox")
    assert done.code == 0, done.err
    assert everything(project) == before
