"""The tasks of examples/, run as a pipeline runs them; and the library under them in one process."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import yaml

import paver
from paver.memory.sandbox import MemorySandbox

EXAMPLES = Path(__file__).parents[1] / "examples"


def spec(directory: Path, name: str = "sandbox", **section: object) -> Path:
    """A spec of the memory driver, its world and its secrets beside it."""
    directory.mkdir(exist_ok=True)
    document = yaml.safe_load(MemorySandbox().spec(directory, uuid4()))
    document["name"] = name
    document["iaas"]["memory"] |= {"pending": 0.02, **section}
    file = directory / "environment.yml"
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    return file


def task(name: str, file: Path, output: Path) -> subprocess.CompletedProcess[str]:
    output.mkdir(exist_ok=True)
    command = [sys.executable, str(EXAMPLES / name), str(file), "memory", str(output)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_one_task_paves_and_another_that_never_did_reads_the_same_environment(tmp_path: Path) -> None:
    file = spec(tmp_path / "site")
    first = task("pave_task.py", file, tmp_path / "first")
    assert first.returncode == 0, first.stderr
    assert first.stdout == ""
    assert "StepDone" in first.stderr
    document = json.loads((tmp_path / "first" / "environment.json").read_text())
    second = task("use_task.py", file, tmp_path / "second")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    rendered = tmp_path / "second" / "rendered"
    variables = yaml.safe_load((rendered / "concourse-vars.yml").read_text())
    assert (
        variables["network_management_address_director"] == document["networks"]["management"]["assigned"]["director"]
    )
    assert variables["credential_bosh-cpi_secret"]
    assert yaml.safe_load((rendered / "cloud-config.yml").read_text())["azs"][0]["name"] == "z1"
    assert {stat.S_IMODE(path.stat().st_mode) for path in rendered.iterdir()} == {0o600}


def test_a_task_that_would_end_something_leaves_that_to_a_person(tmp_path: Path) -> None:
    file = spec(tmp_path / "site")
    assert task("pave_task.py", file, tmp_path / "out").returncode == 0
    document = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**document, "load_balancers": {}}, sort_keys=False))
    done = task("pave_task.py", file, tmp_path / "out")
    assert done.returncode == 1
    assert "the plan ends balancer/concourse" in done.stderr
    assert "hint: look at `paver plan`" in done.stderr


def test_a_task_fails_as_the_command_does(tmp_path: Path) -> None:
    done = task("pave_task.py", tmp_path / "none.yml", tmp_path / "out")
    assert done.returncode == 2
    denied = task("pave_task.py", spec(tmp_path / "site", denied=["all"]), tmp_path / "out")
    assert denied.returncode == 3
    early = task("use_task.py", spec(tmp_path / "empty"), tmp_path / "out")
    assert early.returncode == 4
    assert "not wholly there" in early.stderr


def test_sigterm_ends_a_task_in_time_and_the_next_one_goes_on(tmp_path: Path) -> None:
    file, output = spec(tmp_path / "site", latency=0.05), tmp_path / "out"
    output.mkdir()
    command = [sys.executable, str(EXAMPLES / "pave_task.py"), str(file), "memory", str(output)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "StepDone" in line:
            break
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.stderr.read()
    assert process.wait(10) == 143
    process.stderr.close()
    assert time.monotonic() - began < 8
    assert not (output / "environment.json").exists()
    assert task("pave_task.py", file, output).returncode == 0


def test_two_environments_are_paved_at_once_in_one_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    told: dict[str, list[paver.Event]] = {"one": [], "two": []}
    made: dict[str, paver.PavedEnvironment] = {}

    def pave(name: str) -> None:
        loaded = paver.load_spec(spec(tmp_path / name, name), iaas="memory", environ={})
        options = paver.Options(state_dir=tmp_path / f"{name}-state")
        made[name] = paver.pave(loaded, options, on_event=told[name].append)
        assert paver.plan(loaded, options).empty

    threads = [threading.Thread(target=pave, args=(name,)) for name in told]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {name: environment.name for name, environment in made.items()} == {"one": "one", "two": "two"}
    assert all(told.values())
    assert made["one"].owner.id != made["two"].owner.id
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert tuple(capsys.readouterr()) == ("", "")


def test_an_environment_ends_as_it_began(tmp_path: Path) -> None:
    loaded = paver.load_spec(spec(tmp_path / "site"), iaas="memory", environ={})
    options = paver.Options(state_dir=tmp_path / "state", delete_data=True)
    assert isinstance(paver.pave(loaded, options).owner.id, UUID)
    assert not paver.destroy(loaded, options).empty
    assert paver.status(loaded, options).there == 0


def test_a_cancel_from_a_callback_stops_the_run(tmp_path: Path) -> None:
    cancel = paver.Cancel()
    loaded = paver.load_spec(spec(tmp_path / "site"), iaas="memory", environ={})

    def stop(event: paver.Event) -> None:
        if type(event).__name__ == "StepDone":
            cancel.set()

    with pytest.raises(paver.PaverError) as raised:
        paver.pave(loaded, paver.Options(state_dir=tmp_path / "state", cancel=cancel), on_event=stop)
    assert raised.value.exit_code == 130


def test_a_type_checker_knows_every_name_that_a_task_uses() -> None:
    command = [sys.executable, "-m", "mypy", "--strict", *map(str, sorted(EXAMPLES.glob("*.py")))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=EXAMPLES.parent)
    assert done.returncode == 0, done.stdout
