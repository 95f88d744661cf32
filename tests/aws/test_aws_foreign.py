"""Things of others that look like ours: the same names, the same ranges, the same tags under another owner."""

from __future__ import annotations

import json
import shutil
from uuid import uuid4

import pytest
from accounts import Account, Document, Environment
from commands import command

from paver.contract.types import Owner
from paver_aws.sandbox import foreign
from paver_aws.sandbox.census import FADING, Thing, census


def everything(account: Account) -> dict[str, Thing]:
    """All that stands, word for word."""
    return {thing.id: thing for thing in census(account.client) if thing.noun != FADING}


@pytest.fixture(scope="module")
def theirs(account: Account) -> dict[str, Thing]:
    foreign.plant(account.client)
    return everything(account)


def test_look_alikes_are_neither_taken_over_nor_changed_nor_deleted(account: Account, theirs: dict[str, Thing]) -> None:
    environment = account.environment()
    foreign.restore(account.client, Owner(id=environment.id, name="sandbox"))
    before = everything(account)
    assert before.keys() > theirs.keys()
    assert len(before) > 20
    environment.pave()
    assert before.items() <= everything(account).items()
    assert not any(step.mutates for step in environment.plan())
    environment.destroy()
    assert everything(account) == before


def at_the_least(document: Document) -> None:
    """Another owner's spec of that name, which says little more than where that one was."""
    document |= {"id": str(uuid4()), "networks": {"management": {"egress": "none"}, "lb": {}}, "zones": 1}
    document |= {"load_balancers": {}, "datastores": {}, "credentials": {}, "certificates": {}}
    section = document["iaas"]["aws"]
    section["zones"] = {"z1": section["zones"]["z1"]}


def listed(environment: Environment) -> set[str]:
    with environment.account.unchanged():
        found = command(environment, "leftovers", "--owner", str(environment.id), "-o", "json")
    assert found.code == 0, found.err
    return {one["id"] for one in json.loads(found.out)["leftovers"]}


def test_a_lost_environment_is_found_whole_among_twenty_look_alikes_and_goes_by_its_owner_alone(
    account: Account, theirs: dict[str, Thing]
) -> None:
    before = everything(account)
    environment = account.environment("lost")
    environment.pave()
    there = {step.have.id for step in environment.plan() if step.have is not None}
    shutil.rmtree(environment.state)
    environment.edit(at_the_least)
    found = listed(environment)
    assert found == there
    assert not theirs.keys() & found
    done = command(environment, "destroy", "--owner", str(environment.id), "-y", "--confirm-env", "sandbox")
    assert done.code == 0, done.err
    assert everything(account) == before
    assert listed(environment) == set()
