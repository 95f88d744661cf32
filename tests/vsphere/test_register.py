"""The register is the proof: a claimed name before the create, the id of what was made after it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pyVmomi import vim
from recorded import forget, mutations, unchanged
from sandboxes import Sandboxed, Server
from vcenters import Existing, census

from paver.contract.errors import NotOurs, StepFailed

pytestmark = pytest.mark.sandbox

TEMPLATES = "Folder /sandbox/vm/sandbox/templates"


@pytest.fixture
def bare(sandboxed: Sandboxed) -> Iterator[Existing]:
    """An environment that is not paved yet, and is gone again after the test."""
    before = census(sandboxed)
    one = Existing(sandboxed)
    yield one
    one.destroy()
    assert census(sandboxed) == before


@pytest.fixture
def environment(bare: Existing) -> Existing:
    bare.pave()
    return bare


def templates(administrator: Server) -> Any:  # noqa: ANN401  pyVmomi's objects carry no types
    return administrator.all(vim.Folder)["templates"]


def replaced(administrator: Server) -> tuple[str, Any]:
    """Somebody takes our folder away and makes one of that name: the id of ours, and theirs."""
    ours, top = templates(administrator), administrator.all(vim.Folder)["sandbox"]
    administrator.wait(ours.Destroy_Task())
    return f"Folder:{ours._moId}", top.CreateFolder("templates")


def killed(environment: Existing, fault: dict[str, Any], *command: str) -> None:
    """Run a verb and end its process at the call that the fault keeps waiting."""
    control = environment.sandboxed.control
    control("/settings", {"faults": [{"count": 0, **fault}]})
    deadline = time.monotonic() + 60
    with subprocess.Popen(
        environment.command(*command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while not control("/calls")["held"]:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.kill()
    control("/settings", {"faults": []})
    while control("/calls")["held"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("verb", [Existing.plan, Existing.pave, Existing.destroy])
def test_what_took_the_place_of_ours_is_refused_by_both_ids_and_left_alone(
    environment: Existing, administrator: Server, verb: Callable[[Existing], object]
) -> None:
    ours, theirs = replaced(administrator)
    before, noted = census(environment.sandboxed), environment.register()
    environment.state = environment.state.with_name("lost-state")
    with unchanged(environment.sandboxed), pytest.raises(NotOurs) as caught:
        verb(environment)
    assert caught.value.exit_code == 6
    said = dict(caught.value.facts)["folder/templates"]
    assert ours in said
    assert f"Folder:{theirs._moId}" in said
    assert (census(environment.sandboxed), environment.register()) == (before, noted)
    administrator.wait(theirs.Destroy_Task())


def test_once_theirs_has_another_name_ours_is_made_anew_and_noted(environment: Existing, administrator: Server) -> None:
    ours, theirs = replaced(administrator)
    administrator.wait(theirs.Rename_Task("templates-2"))
    assert environment.plan() == {"folder/templates": "create"}
    environment.pave()
    assert environment.register()["folder/templates"] == ["templates", f"Folder:{templates(administrator)._moId}"]
    assert ours not in str(environment.register())
    assert environment.plan() == {}
    with pytest.raises(StepFailed) as caught:
        environment.destroy()
    assert "Folder templates-2" in str(caught.value.facts)
    assert administrator.read(theirs, "name") == "templates-2"
    administrator.wait(theirs.Destroy_Task())


@pytest.mark.parametrize("kind", ["hold", "hold-answer"])
@pytest.mark.parametrize("number", range(3))
def test_what_was_deleted_by_hand_is_made_anew_though_killed_at_any_call(
    environment: Existing, administrator: Server, number: int, kind: str
) -> None:
    before = census(environment.sandboxed)
    administrator.wait(templates(administrator).Destroy_Task())
    forget(environment.sandboxed)
    killed(
        environment,
        {"method": ("SetField", "CreateFolder", "SetField")[number], "kind": kind, "skip": number // 2},
        "pave",
        "-y",
    )
    environment.state = environment.state.with_name(f"lost-{number}-{kind}")
    environment.pave()
    assert environment.plan() == {}
    after = census(environment.sandboxed)
    assert after[TEMPLATES] == before[TEMPLATES]
    assert set(after) == set(before)
    assert environment.register()["folder/templates"][1] == f"Folder:{templates(administrator)._moId}"


@pytest.mark.parametrize("kind", ["hold", "hold-answer"])
def test_killed_between_create_and_note_everything_is_ours_by_its_claim(
    bare: Existing, administrator: Server, kind: str
) -> None:
    killed(bare, {"method": "SetField", "kind": kind, "skip": 1}, "pave", "-y")
    made = templates(administrator)._moId
    assert {type(value) for value in bare.register().values()} == ({str} if kind == "hold" else {list})
    bare.state = bare.state.with_name(f"lost-note-{kind}")
    planned = bare.plan()
    assert planned.get("register-ids/vcenter") == ("create" if kind == "hold" else None)
    assert not set(planned) & set(bare.register())
    bare.pave()
    assert bare.register()["folder/templates"] == ["templates", f"Folder:{made}"]
    assert bare.plan() == {}


def test_killed_between_create_and_note_destroy_from_nowhere_takes_everything_away(
    bare: Existing, sandboxed: Sandboxed
) -> None:
    killed(bare, {"method": "SetField", "kind": "hold", "skip": 1}, "pave", "-y")
    bare.state = bare.state.with_name("lost-destroyed")
    bare.destroy()
    assert not [path for path in census(sandboxed) if path.startswith(("Datacenter", "CustomField"))]


@pytest.mark.parametrize("kind", ["lose", "drop"])
@pytest.mark.parametrize("skip", [0, 1])
def test_a_write_of_the_register_whose_answer_is_lost_loses_no_claim(bare: Existing, kind: str, skip: int) -> None:
    fault = {"method": "SetField", "kind": kind, "skip": skip, "count": 1}
    bare.sandboxed.control("/settings", {"faults": [fault]})
    forget(bare.sandboxed)
    bare.pave()
    bare.sandboxed.control("/settings", {"faults": []})
    claims = bare.register()
    assert claims["datacenter/sandbox"][0] == "sandbox"
    assert {type(value) for value in claims.values()} == {list}
    # What was carried out is not sent again, nor is any name claimed by itself.
    assert mutations(bare.sandboxed)["vcenter SetField"] == (2 if kind == "lose" else 3)
    assert bare.plan() == {}


def test_without_the_register_nothing_is_ours_by_its_name_alone(
    environment: Existing, administrator: Server, sandboxed: Sandboxed
) -> None:
    manager = administrator.content.customFieldsManager
    name = f"paver-register-{environment.id.hex[:10]}"
    text = census(sandboxed)["Folder /"]["customValue"][name]
    number = next(field.key for field in administrator.read(manager, "field") if field.name == name)
    manager.RemoveCustomFieldDef(number)
    before = census(sandboxed)
    environment.state = environment.state.with_name("lost-register")
    for verb in (environment.plan, environment.pave, environment.destroy):
        with unchanged(sandboxed), pytest.raises(NotOurs) as caught:
            verb()
        assert caught.value.exit_code == 6
        said = dict(caught.value.facts)
        assert (said["datacenter/sandbox"], said["cluster/z1"], said["folder/vms"]) == ("sandbox", "sandbox-z1", "vms")
    assert census(sandboxed) == before
    # Whoever puts the value back has the environment back.
    made = manager.AddCustomFieldDef(name, vim.Folder)
    manager.SetField(administrator.content.rootFolder, made.key, text)
    assert environment.plan() == {}


def test_a_register_that_is_lost_before_anything_was_made_is_written_anew(
    bare: Existing, administrator: Server, sandboxed: Sandboxed
) -> None:
    killed(bare, {"method": "CreateDatacenter", "kind": "hold"}, "pave", "-y")
    assert bare.register()["datacenter/sandbox"] == "sandbox"
    manager = administrator.content.customFieldsManager
    for field in administrator.read(manager, "field"):
        manager.RemoveCustomFieldDef(field.key)
    bare.pave()
    assert bare.plan() == {}
