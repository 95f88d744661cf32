"""A first boot as sites have it: long, on a line that drops, now and then failed."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from bare import Bare
from environments import Environment, census
from recorded import forget, mutations, unchanged
from sandboxes import Sandboxed

from paver.contract.resource import Phase
from paver_vsphere.appliance.wanted import KEY as APPLIANCE
from paver_vsphere.sdk import vim

pytestmark = pytest.mark.sandbox

FAST = {"outcome": "CONFIGURED", "seconds": 0.2}
ONCE = Counter({"esxi-1 ImportVApp": 1, "esxi-1 PowerOnVM_Task": 1})
"""Of the calls that make an appliance: what a run that begins it again sends once more."""


@pytest.fixture
def bare(stage: Sandboxed) -> Iterator[Bare]:
    """A bare host, bare again afterwards."""
    one = Bare(stage)
    forget(stage)
    yield one
    stage.control("/settings", {"first_boot": FAST, "faults": []})
    one.destroy()


@pytest.fixture
def environment(stage: Sandboxed) -> Iterator[Environment]:
    """A spec on bare hosts, which are bare again afterwards."""
    before = census(stage)
    one = Environment(stage)
    forget(stage)
    yield one
    stage.control("/settings", {"first_boot": FAST, "faults": []})
    one.destroy()
    assert census(stage) == before


def made(stage: Sandboxed) -> Counter[str]:
    return Counter({call: number for call, number in mutations(stage).items() if call in ONCE})


def vm_of(stage: Sandboxed) -> str:
    """The appliance's VM, by the host's own id."""
    [vm] = (ref for name, ref in stage.esxi().all(vim().VirtualMachine).items() if name == "sandbox-vcenter")
    return str(vm._moId)


@contextmanager
def booting(environment: Environment, **first_boot: object) -> Iterator[subprocess.Popen[str]]:
    """A pave as a process, met while it watches first boot."""
    stage = environment.sandboxed
    stage.control("/settings", {"first_boot": {"outcome": "CONFIGURED", **first_boot}})
    command = environment.command("pave", "-y")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while sum(call["scope"] == "setup" for call in stage.control("/calls")["calls"]) < 2:
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        try:
            yield process
        finally:
            process.kill()


def test_a_failed_first_boot_is_replaced_with_consent_and_not_without(
    stage: Sandboxed, environment: Environment
) -> None:
    words = "the name does not resolve"
    stage.control("/settings", {"first_boot": {"outcome": "FAILED", "seconds": 0.1, "message": words}})
    failed = environment.run("pave", "-y")
    assert failed.returncode == 4, failed.stderr
    assert words in " ".join(failed.stderr.split())
    broken = vm_of(stage)
    with unchanged(stage):
        drift = environment.run("verify", "-o", "json")
        plan = environment.run("plan", "-o", "json")
        refused = environment.run("pave")
    assert drift.returncode == 7, drift.stderr
    assert "appliance/vcenter" in json.loads(drift.stdout)["edits"]
    actions = {step["key"]: step["action"] for step in json.loads(plan.stdout)["steps"]}
    assert actions["appliance/vcenter"] == "replace"
    assert refused.returncode == 2
    assert "--auto-approve consents" in " ".join(refused.stderr.split())
    assert vm_of(stage) == broken
    stage.control("/settings", {"first_boot": FAST})
    again = environment.run("pave", "-y")
    assert again.returncode == 0, again.stderr
    assert vm_of(stage) != broken
    assert environment.plan().empty


@pytest.mark.parametrize("kind", ["drop", "lose", "cut", "stall", "404", "500", "503"])
def test_a_line_that_drops_again_and_again_is_waited_out_by_one_run(stage: Sandboxed, bare: Bare, kind: str) -> None:
    fault = {"scope": "setup", "method": "GET /rest", "kind": kind, "count": 12}
    stage.control("/settings", {"faults": [fault], "first_boot": FAST})
    appliance = bare.pave().find(APPLIANCE)
    assert appliance is not None
    assert appliance.phase is Phase.READY
    assert made(stage) == ONCE


def test_a_service_that_refuses_for_a_while_and_shows_a_new_certificate_is_waited_for(
    stage: Sandboxed, bare: Bare
) -> None:
    stage.control("/settings", {"first_boot": {"outcome": "CONFIGURED", "seconds": 2.4, "restarts": True}})
    appliance = bare.pave().find(APPLIANCE)
    assert appliance is not None
    assert appliance.phase is Phase.READY
    assert made(stage) == ONCE


@pytest.mark.parametrize("forgetful", [False, True], ids=["with the state directory", "without it"])
def test_killed_within_a_first_boot_a_second_run_goes_on_with_it(
    stage: Sandboxed, environment: Environment, tmp_path: Path, forgetful: bool
) -> None:
    with booting(environment, seconds=4.0, restarts=True) as process:
        process.kill()
    vm = vm_of(stage)
    forget(stage)
    assert {str(step.key): step.action.value for step in environment.plan()}["appliance/vcenter"] == "resume"
    again = environment.run("pave", "-y", state=tmp_path / "fresh" if forgetful else None)
    assert again.returncode == 0, again.stderr
    assert made(stage) == Counter()
    assert vm_of(stage) == vm


def test_a_host_that_ends_the_session_and_drops_the_line_within_a_first_boot_is_asked_again(
    stage: Sandboxed, environment: Environment
) -> None:
    with booting(environment, seconds=2.0) as process:
        host = stage.esxi()
        manager = host.content.sessionManager
        others = [one.key for one in host.read(manager, "sessionList") if one.key != host.session.key]
        manager.TerminateSession(others)
        fault = {"scope": "esxi-1", "method": "RetrievePropertiesEx", "kind": "drop", "count": 5}
        stage.control("/settings", {"faults": [fault]})
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert made(stage) == ONCE
