"""`verify` names exactly what was changed by hand, and tells apart what follows from it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from memory_lives import THEIRS, Life
from pydantic import JsonValue

from paver import api
from paver.contract import names
from paver.contract.resource import Key
from paver.contract.types import Owner
from paver.engine.drift import Drift
from paver.memory.settings import MemorySettings
from paver.memory.world import World


@pytest.fixture
def life(tmp_path: Path) -> Life:
    life = Life(tmp_path)
    life.write()
    life.pave()
    return life


def drift(life: Life) -> Drift:
    mutations = life.hand.mutations()
    found = api.verify(life.loaded, life.options())
    assert life.hand.mutations() == mutations
    return found


def edits(life: Life) -> set[str]:
    return {str(step.key) for step in drift(life).edits}


def following(life: Life) -> dict[str, set[str]]:
    return {str(one.step.key): set(map(str, one.follows)) for one in drift(life).following}


def on(life: Life, kind: str, name: str) -> str:
    return next(id_ for id_, one in life.hand.everything().items() if (one["kind"], one["name"]) == (kind, name))


def change_a_field(life: Life) -> str:
    life.hand.edit(on(life, "volume", "sandbox-vms"), capacity_gib=1)
    return "volume/vms"


def change_a_field_that_needs_another_one(life: Life) -> str:
    life.hand.edit(on(life, "pool", "sandbox-z1"), zone="z2")
    return "pool/z1"


def delete(life: Life) -> str:
    life.hand.vanish(on(life, "rule", "sandbox-lb-internal"))
    return "rule/lb/internal"


def spoil(life: Life) -> str:
    life.hand.spoil(on(life, "machine", "sandbox-jumpbox"))
    return "machine/jumpbox"


def add_what_nobody_wants(life: Life) -> str:
    settings = life.loaded.settings
    assert isinstance(settings, MemorySettings)
    key = Key(kind="volume", name="more")
    fields: dict[str, JsonValue] = {"purpose": "ephemeral", "capacity_gib": 1}
    marks = names.marks(Owner(id=life.owner, name="sandbox"), key)
    World.of(settings).create("volume", "sandbox-more", fields=fields, tags=marks)
    return str(key)


def give_it_to_another_owner(life: Life) -> str:
    key = Key(kind="volume", name="disks")
    life.hand.retag(on(life, "volume", "sandbox-disks"), names.marks(Owner(id=THEIRS, name="sandbox"), key))
    return str(key)


def take_its_marks(life: Life) -> str:
    life.hand.retag(on(life, "balancer", "sandbox-concourse"), {})
    return "balancer/concourse"


def lose_what_was_shown_once(life: Life) -> str:
    (life.directory / "secrets" / "memory" / "blobstore").unlink()
    return "key/blobstore"


SORTS = (
    change_a_field,
    change_a_field_that_needs_another_one,
    delete,
    spoil,
    add_what_nobody_wants,
    give_it_to_another_owner,
    take_its_marks,
    lose_what_was_shown_once,
)


@pytest.mark.parametrize("edit", SORTS)
def test_one_edit_is_named_and_nothing_else(life: Life, edit: Callable[[Life], str]) -> None:
    wanted = edit(life)
    assert edits(life) == {wanted}
    assert following(life) == {}


def test_all_of_them_together_are_named_and_nothing_else(life: Life) -> None:
    wanted = {edit(life) for edit in SORTS}
    assert len(wanted) == len(SORTS)
    assert edits(life) == wanted
    assert following(life) == {}


def test_pave_puts_right_what_verify_names(life: Life) -> None:
    # What bears others' marks is others' by now, and in the way: that is for people to see to.
    for edit in set(SORTS) - {give_it_to_another_owner, take_its_marks}:
        edit(life)
    life.pave(replace_secrets=frozenset(drift(life).lost))
    assert drift(life).empty


def test_a_copy_with_our_marks_and_another_name_is_no_difference(life: Life) -> None:
    settings = life.loaded.settings
    assert isinstance(settings, MemorySettings)
    marks = names.marks(Owner(id=life.owner, name="sandbox"), Key(kind="volume", name="vms"))
    World.of(settings).create("volume", "sandbox-vms-copy", fields={"purpose": "ephemeral"}, tags=marks)
    assert drift(life).empty


def test_what_is_gone_with_a_thing_follows_from_it(life: Life) -> None:
    network = on(life, "network", "sandbox-workload")
    records = life.hand.everything()
    subnets = [id_ for id_, one in records.items() if network in one["needs"] and one["kind"] == "subnet"]
    above = [id_ for id_, one in records.items() if network in one["needs"] or set(subnets) & set(one["needs"])]
    for id_ in (network, *above):
        life.hand.vanish(id_)
    assert edits(life) == {"network/workload"}
    follows = following(life)
    assert follows["subnet/workload/z1"] == {"network/workload"}
    assert len(follows) == len(above)


def test_what_only_has_to_follow_a_new_id_follows_from_it(life: Life) -> None:
    """The network is gone, and its subnets are left in the air."""
    life.hand.vanish(on(life, "network", "sandbox-workload"))
    assert edits(life) == {"network/workload"}
    assert {"subnet/workload/z1", "subnet/workload/z2"} <= following(life).keys()


def test_what_is_behind_a_session_that_nobody_opens_follows_from_it(life: Life) -> None:
    control = next(id_ for id_, one in life.hand.everything().items() if one["kind"] == "control-plane")
    life.hand.vanish(control)
    assert edits(life) == {"control-plane/main"}
    assert set(following(life)) == {"pool/z1", "pool/z2", "account/bosh-cpi"}


def test_whoever_has_a_password_that_is_lost_follows_from_it_and_verify_says_so(life: Life) -> None:
    (life.directory / "secrets" / "memory" / "bosh-cpi").unlink()
    assert edits(life) == {"credential/bosh-cpi"}
    assert following(life) == {"account/bosh-cpi": {"credential/bosh-cpi"}}
    assert drift(life).lost == ("bosh-cpi",)


def test_a_store_that_is_lost_is_listed_and_not_refused(life: Life) -> None:
    shutil.rmtree(life.directory / "secrets" / "memory")
    found = drift(life)
    assert found.lost == ("blobstore", "bosh-cpi", "intermediate", "jumpbox", "root")
    assert {"authority/root", "credential/jumpbox", "key/blobstore"} <= {str(step.key) for step in found.edits}


def test_a_given_network_that_was_changed_is_an_edit_and_not_a_refusal(tmp_path: Path) -> None:
    life = Life(tmp_path)
    life.write()
    settings = life.loaded.settings
    assert isinstance(settings, MemorySettings)
    fields: dict[str, JsonValue] = {"cidr": "10.40.32.0/20", "egress": "direct"}
    given = World.of(settings).create("network", "site-lb", fields=fields)["id"]
    networks: dict[str, object] = {name: {} for name in ("management", "services", "workload")}
    life.write(memory={"existing": {"lb": given}}, networks={**networks, "lb": {"existing": True}})
    life.pave()
    assert drift(life).empty
    life.hand.edit(given, cidr="10.40.48.0/20")
    assert edits(life) == {"network/lb"}
    life.hand.vanish(given)
    assert "network/lb" in edits(life)


def test_status_is_told_where_pave_would_be_refused(life: Life) -> None:
    """A secret that is lost, and data in what nobody wants any longer."""
    bucket = on(life, "bucket", next(name for kind, name in life.hand.census() if kind == "bucket"))
    life.hand.put(bucket, "backup")
    lose_what_was_shown_once(life)
    life.write(datastores={"vms": {"purpose": "ephemeral"}, "blobs": {"purpose": "object"}})
    found = api.status(life.loaded, life.options())
    assert found.as_paved is False
    assert {str(step.key) for step in found.plan if step.mutates} >= {"key/blobstore", "volume/disks"}
