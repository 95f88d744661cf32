"""The whole line on the memory driver: nothing is faked here."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from fakes import Run

from paver.schema import spec_schema

SANDBOX = ("--iaas", "memory", "--sandbox")


def secrets_below(directory: Path) -> set[str]:
    """Every value in the secret store."""
    found: set[str] = set()
    for path in (directory / "secrets").rglob("*"):
        if path.is_file():
            try:
                document = json.loads(path.read_text())
            except ValueError:
                continue
            found |= {value for value in document.values() if isinstance(value, str) and "PUBLIC" not in value}
    return {value for value in found if len(value) > 12 and not value.startswith("ssh-")}


def home(tmp_path: Path) -> Path:
    return tmp_path / "state" / "paver" / "sandbox" / "memory"


def test_an_environment_is_paved_looked_at_and_destroyed(run: Run, tmp_path: Path) -> None:
    said = []
    first = run("pave", *SANDBOX, "-y", "-o", "json")
    assert first.code == 0, first.err
    document = json.loads(first.out)
    assert "created network/management" in first.err
    again = run("pave", *SANDBOX)
    assert again.code == 0
    assert "sandbox on memory is as it should be" in again.err
    assert run("plan", *SANDBOX, "--detailed-exitcode").code == 0
    assert run("verify", *SANDBOX).code == 0
    status = run("status", *SANDBOX)
    assert "all there" in status.out
    value = run("outputs", *SANDBOX, "networks.management.assigned.director")
    assert value.out.strip() == document["networks"]["management"]["assigned"]["director"]
    said += [first, again, status, run("outputs", *SANDBOX, "-v"), run("plan", *SANDBOX, "-v")]
    secrets = secrets_below(home(tmp_path))
    assert secrets
    assert not [secret for secret in secrets for one in said if secret in one.out + one.err]
    gone = run("destroy", *SANDBOX, "-y", "--confirm-env", "sandbox", "--delete-data")
    assert gone.code == 0, gone.err
    assert "destroyed sandbox on memory" in gone.err
    assert "none of" in run("status", *SANDBOX).out


def test_the_sandbox_is_told_of_and_goes_with_its_directory(run: Run, tmp_path: Path) -> None:
    assert run("sandbox", "status", "--iaas", "memory").code == 1
    up = run("sandbox", "up", "--iaas", "memory")
    assert up.code == 0
    assert "Starting the sandbox of memory" in up.err
    assert run("sandbox", "up", "--iaas", "memory").err == ""
    found = json.loads(run("sandbox", "status", "--iaas", "memory", "-o", "json").out)
    assert found["up"] is True
    assert Path(found["spec"]).is_file()
    assert run("sandbox", "down", "--iaas", "memory").code == 0
    assert not home(tmp_path).exists()


def test_what_is_written_is_private(run: Run, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        assert run("pave", *SANDBOX, "-y").code == 0
    finally:
        os.umask(before)
    for path in (home(tmp_path) / "state").rglob("*"):
        wide = stat.S_IMODE(path.stat().st_mode) & 0o077
        assert not wide, path


def test_a_spec_of_init_says_what_is_left_to_fill_in(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("init", "--iaas", "memory", "--name", "trial")
    assert done.code == 0
    first, second, *_ = done.out.splitlines()
    assert first.startswith("Wrote environment.yml: trial on memory, 3 zones, id ")
    assert second == "Two values are yours, each marked FILL IN:"
    kept = Path("environment.yml").read_text()
    again = run("init", "--iaas", "memory", "--name", "other")
    assert again.code == 6
    assert Path("environment.yml").read_text() == kept
    wrong = run("validate")
    assert wrong.code == 2
    assert "error: 2 errors in environment.yml. Nothing was contacted." in wrong.err
    assert all(line.startswith("environment.yml:") for line in wrong.out.splitlines())
    problems = json.loads(run("validate", "-o", "json").out)["problems"]
    assert {".".join(one["path"]) for one in problems} == {"address_space", "dns.zone"}
    flags = ("--address-space", "10.40.0.0/16", "--dns-zone", "trial.example.com")
    assert run("init", "--iaas", "memory", "--name", "trial", "--force", *flags).code == 0
    valid = run("validate")
    assert valid.code == 0
    assert valid.out == "environment.yml is valid: trial, 3 zones, 4 networks; for memory.\n"
    assert "cidr: 10.40.64.0/18" in run("validate", "--resolved").out


def test_init_writes_the_example_of_the_sandbox_with_an_id_of_its_own(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("init", *SANDBOX).code == 0
    assert run("validate").code == 0
    mine = json.loads(run("validate", "--resolved", "-o", "json").out)["id"]
    theirs = json.loads(run("validate", "--resolved", "-o", "json", "-c", str(home(tmp_path) / "environment.yml")).out)
    assert mine != theirs["id"]


def test_drivers_are_listed_with_what_they_need(run: Run) -> None:
    lines = run("drivers").out.splitlines()
    assert lines[0].split() == ["NAME", "VERSION", "PACKAGE", "SDK", "CONTRACT", "STATE"]
    assert any(line.split()[0] == "memory" and line.endswith("ready") for line in lines[1:] if line)
    assert any(entry["name"] == "memory" for entry in json.loads(run("drivers", "-o", "json").out))


def test_the_schemas_are_printed(run: Run) -> None:
    assert json.loads(run("schema", "spec").out) == json.loads(json.dumps(spec_schema()))
    assert json.loads(run("schema", "environment").out)["$id"] == "urn:iaas-paver:environment:1"
