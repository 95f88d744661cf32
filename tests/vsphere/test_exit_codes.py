"""How the commands end on vSphere: each way that a pipeline tells apart by the exit code, and what is left by it."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator

import pytest
from environments import Document, Environment, census
from recorded import forget, mutations, unchanged
from sandboxes import Sandboxed

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def bare(stage: Sandboxed) -> dict[str, list[Document]]:
    return census(stage)


@pytest.fixture
def environment(stage: Sandboxed, bare: dict[str, list[Document]]) -> Iterator[Environment]:
    """An environment that is gone again after the test."""
    one = Environment(stage)
    forget(stage)
    yield one
    settled = {"faults": [], "latency_ms": 0, "first_boot": {"outcome": "CONFIGURED", "seconds": 0.1}}
    stage.control("/settings", settled)
    one.destroy()
    assert census(stage) == bare


def held_at(environment: Environment, method: str) -> subprocess.Popen[bytes]:
    """A pave that waits for the answer to a call."""
    stage = environment.sandboxed
    stage.control("/settings", {"faults": [{"method": method, "kind": "hold", "count": 0}]})
    process = subprocess.Popen(environment.command("pave", "-y"), stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not stage.control("/calls")["held"]:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return process


def test_a_plan_with_changes_is_2_and_consent_that_nobody_gave_too(stage: Sandboxed, environment: Environment) -> None:
    with unchanged(stage):
        assert environment.run("plan", "--detailed-exitcode").returncode == 2
        assert environment.run("pave").returncode == 2
        assert environment.run("destroy", "-y").returncode in {0, 2}  # with nothing there, nothing is to be confirmed


def test_who_comes_second_is_told_who_was_first_with_5(stage: Sandboxed, environment: Environment) -> None:
    with held_at(environment, "ImportVApp") as process:
        began = time.monotonic()
        second = environment.run("pave", "-y")
        took = time.monotonic() - began
        process.kill()
    assert second.returncode == 5, second.stderr
    assert str(process.pid) in second.stderr
    assert took < 6


def test_a_deadline_is_9_and_the_next_run_goes_on(stage: Sandboxed, environment: Environment) -> None:
    stage.control("/settings", {"faults": [{"method": "CreateDatacenter", "kind": "hold", "count": 0}]})
    assert environment.run("pave", "-y", "--timeout", "4s").returncode == 9
    stage.control("/settings", {"faults": []})
    assert environment.run("pave", "-y").returncode == 0


def test_sigterm_ends_a_pave_with_143_and_the_next_run_goes_on(stage: Sandboxed, environment: Environment) -> None:
    stage.control("/settings", {"latency_ms": 20})
    with subprocess.Popen(environment.command("pave", "-y"), stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 30
        while sum(mutations(stage).values()) < 15:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert process.wait(10) == 143
    assert time.monotonic() - began < 8
    stage.control("/settings", {"latency_ms": 0})
    assert environment.run("pave", "-y").returncode == 0
    assert environment.plan().empty


def test_a_first_boot_that_failed_is_4_in_the_appliances_own_words(stage: Sandboxed, environment: Environment) -> None:
    failed = {"outcome": "FAILED", "seconds": 0.1, "message": "the name does not resolve"}
    stage.control("/settings", {"first_boot": failed})
    result = environment.run("pave", "-y")
    assert result.returncode == 4, result.stderr
    assert "the name does not resolve" in " ".join(result.stderr.split())


def test_a_denial_in_the_middle_is_3_and_names_the_privilege(stage: Sandboxed, environment: Environment) -> None:
    fault = {"method": "CreateDVS_Task", "kind": "soap", "type": "NoPermission", "count": 0}
    stage.control("/settings", {"faults": [fault]})
    result = environment.run("pave", "-y")
    assert result.returncode == 3, result.stderr
