"""T15 for `paver secrets`: what is listed, where a value may go, and what a rotation does."""

import os
import pty
import stat
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
import yaml

from paver import api, credentials
from paver.contract.errors import NotOurs, SecretMissing, SpecError
from paver.memory.hand import Hand
from paver.memory.sandbox import MemorySandbox
from paver.memory.settings import MemorySettings
from paver.memory.world import World
from paver.settings import LoadedSpec, load_spec

OURS, THEIRS = UUID("7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4"), UUID("3f0c7d0e-8a54-4a53-9d1b-0c6a2d9f4e17")


def written(directory: Path, owner: UUID = OURS) -> LoadedSpec:
    document = yaml.safe_load(MemorySandbox().spec(directory, owner))
    document["iaas"]["memory"]["pending"] = 0.02
    (directory / "environment.yml").write_text(yaml.safe_dump(document))
    return load_spec(directory / "environment.yml")


@pytest.fixture
def paved(tmp_path: Path) -> LoadedSpec:
    loaded = written(tmp_path)
    api.pave(loaded, options(loaded))
    return loaded


def options(loaded: LoadedSpec, **more: object) -> api.Options:
    return api.Options(state_dir=loaded.base / "state", **more)


def world(loaded: LoadedSpec) -> World:
    assert isinstance(loaded.settings, MemorySettings)
    return World.of(loaded.settings)


def digests(loaded: LoadedSpec) -> dict[str, str]:
    return {record["name"]: record["digest"] for record in Hand(world(loaded)).everything().values()}


def command(loaded: LoadedSpec, *words: str) -> list[str]:
    spec = str(loaded.base / "environment.yml")
    return [sys.executable, "-m", "paver", "secrets", *words, "-c", spec]


def run(loaded: LoadedSpec, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(loaded, *words), capture_output=True, text=True, timeout=60, check=False, umask=0)


def test_all_are_listed_with_what_they_are_and_no_value(paved: LoadedSpec) -> None:
    kept = {one.name: one for one in credentials.listing(paved)}
    assert {name: one.what for name, one in kept.items()} == {
        "authorities/intermediate": "authority",
        "authorities/root": "authority",
        "blobstore": "shown",
        "bosh-cpi": "credential",
        "jumpbox": "credential",
    }
    assert kept["bosh-cpi"].rotate_by is not None
    done = run(paved, "list")
    assert done.returncode == 0
    secret = credentials.shown(paved, "bosh-cpi").get_secret_value()
    assert "bosh-cpi" in done.stdout
    assert secret not in done.stdout + done.stderr


def test_a_value_goes_to_no_pipe(paved: LoadedSpec) -> None:
    done = run(paved, "get", "bosh-cpi", "-v")
    assert done.returncode == 2
    assert "--out FILE" in done.stderr
    assert credentials.shown(paved, "bosh-cpi").get_secret_value() not in done.stdout + done.stderr


def test_a_value_goes_to_a_new_private_file(paved: LoadedSpec, tmp_path: Path) -> None:
    path = tmp_path / "password"
    assert run(paved, "get", "bosh-cpi", "--out", str(path)).returncode == 0
    assert path.read_text() == credentials.shown(paved, "bosh-cpi").get_secret_value()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = run(paved, "get", "bosh-cpi", "--out", str(path))
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    (tmp_path / "wide").mkdir()
    (tmp_path / "wide").chmod(0o777)
    assert run(paved, "get", "bosh-cpi", "--out", str(tmp_path / "wide" / "password")).returncode == 2


def test_a_value_is_shown_on_a_terminal(paved: LoadedSpec) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(command(paved, "get", "jumpbox", "public_key"), stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while process.poll() is None or b"ssh-" not in shown:
            try:
                shown += os.read(ours, 4096)
            except OSError:
                break
    os.close(ours)
    assert shown.startswith(b"ssh-ed25519 ")


def test_the_private_part_is_what_is_meant_without_a_key(paved: LoadedSpec) -> None:
    assert "PRIVATE KEY" in credentials.shown(paved, "jumpbox").get_secret_value()


def test_what_is_not_there_is_named_with_what_is(paved: LoadedSpec) -> None:
    with pytest.raises(SpecError) as error:
        credentials.shown(paved, "nothing")
    assert "bosh-cpi" in error.value.hint
    with pytest.raises(SpecError):
        credentials.shown(paved, "bosh-cpi", "nothing")
    with pytest.raises(SpecError) as error:
        credentials.rotate(paved, "nothing", options(paved))
    assert "bosh-cpi" in error.value.hint


def test_another_environments_secret_is_not_shown(paved: LoadedSpec) -> None:
    other = written(paved.base, THEIRS)
    with pytest.raises(NotOurs):
        credentials.shown(other, "bosh-cpi")
    assert credentials.listing(other) == ()


def test_a_minted_one_is_exchanged_by_the_next_pave_and_by_nothing_else(paved: LoadedSpec) -> None:
    before, there = credentials.shown(paved, "bosh-cpi").get_secret_value(), digests(paved)
    assert credentials.rotate(paved, "bosh-cpi", options(paved)).what == "credential"
    assert credentials.shown(paved, "bosh-cpi").get_secret_value() != before
    plan = api.plan(paved, options(paved))
    assert [f"{step.action} {step.key}" for step in plan if step.mutates] == ["update account/bosh-cpi"]
    api.pave(paved, options(paved))
    assert digests(paved)["sandbox-bosh-cpi"] != there["sandbox-bosh-cpi"]
    assert api.plan(paved, options(paved)).empty


def test_a_shown_one_is_of_use_until_pave_has_exchanged_it(paved: LoadedSpec) -> None:
    before = credentials.shown(paved, "blobstore").get_secret_value()
    assert credentials.rotate(paved, "blobstore", options(paved)).what == "shown"
    assert credentials.shown(paved, "blobstore").get_secret_value() == before
    assert [kept.name for kept in credentials.listing(paved) if kept.due] == ["blobstore"]
    plan = api.plan(paved, options(paved))
    assert [f"{step.action} {step.key}" for step in plan if step.mutates] == ["replace key/blobstore"]
    api.pave(paved, options(paved))
    assert credentials.shown(paved, "blobstore").get_secret_value() != before
    assert not any(kept.due for kept in credentials.listing(paved))
    assert api.plan(paved, options(paved)).empty


def test_a_shown_one_has_its_public_id_in_the_list(paved: LoadedSpec) -> None:
    kept = {one.name: one for one in credentials.listing(paved)}
    assert kept["blobstore"].public_id in Hand(world(paved)).everything()
    assert kept["bosh-cpi"].public_id == ""


def test_a_lost_one_is_named_and_made_again_with_consent(paved: LoadedSpec) -> None:
    (paved.base / "secrets/memory/blobstore").unlink()
    before = digests(paved)
    with pytest.raises(SecretMissing) as error:
        api.pave(paved, options(paved))
    assert (error.value.names, error.value.exit_code) == (("blobstore",), 6)
    assert digests(paved) == before
    api.pave(paved, options(paved, replace_secrets=frozenset({"blobstore"})))
    assert api.plan(paved, options(paved)).empty


def test_a_store_that_is_not_installed_ends_a_verb_with_2(paved: LoadedSpec) -> None:
    file = paved.base / "environment.yml"
    file.write_text(file.read_text().replace("secrets: file:secrets", "secrets: vault:kv/paver"))
    done = run(paved, "list")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no secret store of kind vault is installed" in done.stderr
    assert "paver.secret_stores" in done.stderr


def test_a_certificate_is_another_verbs(paved: LoadedSpec) -> None:
    with pytest.raises(SpecError) as error:
        credentials.rotate(paved, "authorities/root", options(paved))
    assert "paver certificates rotate" in error.value.hint
