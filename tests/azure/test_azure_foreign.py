"""Things of others that look like ours, and an environment of ours that nobody has a spec of any more."""

from __future__ import annotations

import json
import shutil
from uuid import uuid4

from azure_account import DESTROY, AzureAccount, AzureEnvironment, Document

from paver.contract.types import Owner
from paver_azure.sandbox import foreign
from paver_azure.sandbox.census import Found, census


def everything(azure: AzureAccount) -> dict[str, Found]:
    """All that stands, word for word."""
    return {one.id: one for one in census(azure.hand, azure.estate.subscription.id)}


def test_look_alikes_are_neither_taken_over_nor_changed_nor_deleted(azure: AzureAccount) -> None:
    environment = azure.environment()
    foreign.plant(azure.hand, azure.root)
    foreign.restore(azure.hand, azure.root, Owner(id=environment.id, name="sandbox"))
    before = everything(azure)
    assert len(before) > 20
    environment.pave()
    assert before.items() <= everything(azure).items()
    assert not any(step.mutates for step in environment.plan())
    environment.destroy()
    left = {id_: one for id_, one in everything(azure).items() if "lease" not in id_}
    assert left == before


def at_the_least(document: Document) -> None:
    """Another owner's spec of that name, which says little more than where that one was."""
    document |= {"id": str(uuid4()), "load_balancers": {}, "datastores": {}, "credentials": {}, "certificates": {}}
    document["iaas"]["azure"]["locks"] = False


def listed(environment: AzureEnvironment) -> set[str]:
    found = environment.run("leftovers", "--owner", str(environment.id), "-o", "json")
    assert found.code == 0, found.err
    return {one["id"] for one in json.loads(found.out)["leftovers"]}


def test_a_lost_environment_is_found_whole_among_look_alikes_and_goes_by_its_owner_alone(azure: AzureAccount) -> None:
    foreign.plant(azure.hand, azure.root)
    before = azure.there()
    environment = azure.environment()
    environment.pave()
    there = {step.have.id for step in environment.plan() if step.have is not None}
    shutil.rmtree(environment.state)
    environment.edit(at_the_least)
    assert listed(environment) == there
    done = environment.run("destroy", "--owner", str(environment.id), *DESTROY)
    assert done.code == 0, done.text
    assert azure.there() == before
    assert listed(environment) == set()
