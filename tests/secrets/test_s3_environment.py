"""An environment whose secrets are in a bucket: a new disk, a lost key, a kill at each write, and what is told."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import yaml
from buckets import KEY, NAME, OTHER_KEY, moto, objects

from paver import api, credentials
from paver.conformance.wire import When, Wire
from paver.contract.errors import SecretMissing
from paver.engine.plan import Action
from paver.kept.entry import META
from paver.memory.hand import Hand
from paver.memory.sandbox import MemorySandbox
from paver.memory.settings import MemorySettings
from paver.memory.world import World
from paver.secrets import open_store
from paver.secrets.envelope import VARIABLE, KeyMissing
from paver.settings import LoadedSpec, load_spec

OWNER = UUID("7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4")


@pytest.fixture
def wire() -> Iterator[Wire]:
    with moto() as found:
        yield found


@pytest.fixture
def spec(wire: Wire, tmp_path: Path) -> LoadedSpec:
    del wire
    document = yaml.safe_load(MemorySandbox().spec(tmp_path, OWNER))
    document["secrets"] = f"s3:{NAME}/team"
    document["iaas"]["memory"]["pending"] = 0.02
    (tmp_path / "environment.yml").write_text(yaml.safe_dump(document))
    return load_spec(tmp_path / "environment.yml")


@pytest.fixture
def paved(spec: LoadedSpec) -> LoadedSpec:
    api.pave(spec, options(spec))
    return spec


def options(loaded: LoadedSpec, state: str = "state", **more: object) -> api.Options:
    return api.Options(state_dir=loaded.base / state, **more)


def everything(loaded: LoadedSpec) -> dict[str, object]:
    assert isinstance(loaded.settings, MemorySettings)
    return dict(Hand(World.of(loaded.settings)).everything())


def secrets(loaded: LoadedSpec) -> dict[str, str]:
    """Every value in the store, by path and key."""
    store = open_store(loaded.spec.secrets, loaded.base)
    return {
        f"{path}#{key}": value.get_secret_value()
        for path in store.list()
        for key, value in store.read_all(path).items()
        if key != META
    }


def command(loaded: LoadedSpec, *words: str) -> list[str]:
    return [sys.executable, "-m", "paver", *words, "-c", str(loaded.base / "environment.yml")]


def killed(loaded: LoadedSpec, wire: Wire, *, at: int, when: When, words: tuple[str, ...]) -> None:
    """Run a verb and kill it at a write to the bucket."""
    wire.reset()
    process: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        process[0].kill()

    wire.kill(kill, at=at, when=when)
    with subprocess.Popen(
        [*command(loaded, *words), "--state-dir", str(loaded.base / "state")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as started:
        process.append(started)
        assert started.wait(60) == -9
    wire.reset()


def test_a_task_with_a_new_disk_finds_its_secrets(spec: LoadedSpec) -> None:
    """Everything on the disk but the spec is lost: nothing changes, and the document is the same."""
    first = api.pave(spec, options(spec))
    shutil.rmtree(spec.base / "state")
    new = options(spec, "another")
    assert api.plan(spec, new).empty
    assert api.pave(spec, new) == first
    assert str(first.credentials["bosh-cpi"].secret) == f"s3:{NAME}/team/memory/bosh-cpi#secret"
    assert all(b"PRIVATE KEY" not in data for data in objects().values())
    api.destroy(spec, new)
    assert objects() == {}


def test_without_the_key_nothing_is_planned_and_nothing_is_made_anew(
    paved: LoadedSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, there = objects(), everything(paved)
    monkeypatch.delenv(VARIABLE)
    names = frozenset({"bosh-cpi", "blobstore", "jumpbox"})
    for verb in (api.plan, api.pave, api.destroy):
        with pytest.raises(KeyMissing) as error:
            verb(paved, options(paved, replace_secrets=names))
        assert error.value.exit_code == 6
    assert (objects(), everything(paved)) == (before, there)


def test_with_another_key_nothing_is_made_anew(paved: LoadedSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    before, there = objects(), everything(paved)
    monkeypatch.setenv(VARIABLE, OTHER_KEY)
    done = subprocess.run(command(paved, "pave", "-y"), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 6
    assert VARIABLE in done.stderr
    assert (objects(), everything(paved)) == (before, there)


def test_an_emptied_bucket_is_named_secret_by_secret_and_made_again_with_consent(paved: LoadedSpec) -> None:
    store = api.subject_of(paved, options(paved))[1].store
    there = everything(paved)
    for item in store._store.list():  # type: ignore[attr-defined]  # the session over it
        store._store.delete(item)  # type: ignore[attr-defined]  # the same
    with pytest.raises(SecretMissing) as error:
        api.pave(paved, options(paved, "another"))
    assert {"bosh-cpi", "blobstore", "jumpbox", "root"} <= set(error.value.names)
    assert error.value.exit_code == 6
    assert everything(paved) == there
    api.pave(paved, options(paved, "another", replace_secrets=frozenset(error.value.names)))
    assert api.plan(paved, options(paved, "a-third")).empty


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", ["bosh-cpi", "blobstore"])
def test_a_rotation_killed_at_its_write_is_done_or_not_and_the_next_pave_converges(
    paved: LoadedSpec, wire: Wire, name: str, when: When
) -> None:
    before = secrets(paved)
    killed(paved, wire, at=1, when=when, words=("secrets", "rotate", name))
    after = secrets(paved)
    due = [kept.name for kept in credentials.listing(paved) if kept.due]
    rotated = (
        due == ["blobstore"]
        if name == "blobstore"
        else after[f"memory/{name}#secret"] != before[f"memory/{name}#secret"]
    )
    assert rotated == (when == "after")
    assert after.keys() == before.keys()
    api.pave(paved, options(paved, "another"))
    assert (secrets(paved)[f"memory/{name}#secret"] != before[f"memory/{name}#secret"]) == (when == "after")
    assert api.plan(paved, options(paved, "another")).empty


SHOWN = 4
"""Which write keeps what the IaaS shows once: the one whose loss cannot be mended by making it again unseen."""


@pytest.mark.parametrize("at", [pytest.param(at, marks=() if at == SHOWN else pytest.mark.slow) for at in range(1, 6)])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_pave_killed_at_a_write_to_the_store_goes_on_from_a_new_disk(
    spec: LoadedSpec, wire: Wire, at: int, when: When
) -> None:
    killed(spec, wire, at=at, when=when, words=("pave", "-y"))
    new = options(spec, "another")
    first = api.pave(spec, new)
    assert api.plan(spec, new).empty
    assert api.pave(spec, new) == first
    api.destroy(spec, new)
    assert {step.action for step in api.plan(spec, new)} == {Action.CREATE}, "something was left"
    assert objects() == {}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("secrets", "list"), 0),
        (("secrets", "list", "-o", "json"), 0),
        (("secrets", "get", "bosh-cpi"), 2),
        (("secrets", "get", "nothing"), 2),
        (("secrets", "get", "bosh-cpi", "--out", "DIRECTORY/value", "-o", "json"), 0),
        (("secrets", "rotate", "bosh-cpi", "--state-dir", "DIRECTORY/state"), 0),
        (("secrets", "rotate", "blobstore", "--state-dir", "DIRECTORY/state", "-o", "json"), 0),
        (("secrets", "rotate", "nothing", "--state-dir", "DIRECTORY/state"), 2),
        (("secrets", "rotate", "authorities/root", "--state-dir", "DIRECTORY/state"), 2),
        (("secrets", "reencrypt"), 0),
        (("plan", "--state-dir", "DIRECTORY/state"), 0),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, tuple) else "",
)
def test_no_verb_tells_a_secret(paved: LoadedSpec, tmp_path: Path, words: tuple[str, ...], code: int) -> None:
    planted = {*secrets(paved).values(), KEY}
    run = [word.replace("DIRECTORY", str(tmp_path)) for word in words]
    done = subprocess.run(
        [*command(paved, *run), "-v", "--log-format", "json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONFAULTHANDLER": "1"},
    )
    assert done.returncode == code, done.stderr
    planted |= set(secrets(paved).values())
    told = (
        done.stdout
        + done.stderr
        + "".join(path.read_text(errors="replace") for path in (tmp_path / "state").rglob("*") if path.is_file())
    )
    assert untold(planted, told)


def test_no_verb_tells_a_secret_when_the_store_fails(paved: LoadedSpec, wire: Wire) -> None:
    planted = {*secrets(paved).values(), KEY}
    wire.refuse()
    for words in (("secrets", "list"), ("secrets", "rotate", "bosh-cpi"), ("secrets", "reencrypt")):
        done = subprocess.run([*command(paved, *words), "-v"], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 4, done.stderr
        assert untold(planted, done.stdout + done.stderr)


def untold(planted: set[str], told: str) -> bool:
    """Whether none of these is there, plain or in another spelling. A public key is no secret."""
    hidden = [
        value for value in planted if len(value) >= 12 and "ssh-ed25519" not in value and "CERTIFICATE" not in value
    ]
    assert len(hidden) >= 5
    lines = [line for value in hidden for line in value.splitlines() if len(line) >= 12 and "-----" not in line]
    return not any(spelling in told for line in lines for spelling in spellings(line))


def spellings(value: str) -> Iterator[str]:
    yield value
    yield urllib.parse.quote(value)
    yield value.encode().hex()
    yield base64.b64encode(value.encode()).decode().rstrip("=")[:-1]
