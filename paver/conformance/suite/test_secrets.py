"""Where secrets are: in the store, and nowhere else."""

from __future__ import annotations

import base64
import json
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import yaml
from pydantic import SecretStr

from paver.conformance.marks import proves
from paver.conformance.trial import Trial
from paver.secrets import open_store
from paver.settings import load_spec

SHORTEST = 8
"""What is shorter than that occurs by chance."""


def kept(trial: Trial) -> list[str]:
    """Every secret value in the environment's store, and every one that the spec leads to."""
    loaded = load_spec(trial.spec, iaas=trial.iaas)
    store = open_store(loaded.spec.secrets, loaded.base)
    found = [value for path in store.list() for name, value in store.read_all(path).items() if is_secret(name, value)]
    return [value.get_secret_value() for value in found] + list(trial.site.given())


def is_secret(name: str, value: SecretStr) -> bool:
    """Whether a value of an entry is one that nobody may see."""
    return name in {"secret", "private_key", "password"} and len(value.get_secret_value()) >= SHORTEST


def spellings(secret: str) -> Iterator[str]:
    """The forms in which a secret gets out."""
    lines = [line for line in secret.splitlines() if len(line) >= SHORTEST and "-----" not in line]
    for part in {secret, *lines[:3]}:
        yield part
        yield base64.b64encode(part.encode()).decode().rstrip("=")
        yield quote(part, safe="")
        yield json.dumps(part)[1:-1]
        yield part.encode().hex()


def leaks(secrets: Sequence[str], text: str) -> list[str]:
    """Which of the secrets a text shows; only their first letters are told."""
    return [f"{secret[:3]}…" for secret in secrets if any(form in text for form in spellings(secret))]


@proves(100)
def test_no_secret_is_printed_logged_or_noted(trial: Trial) -> None:
    said: list[tuple[str, str]] = []

    def run(verb: str, *flags: str) -> None:
        ended = trial.run(verb, "-v", *flags)
        said.append((f"{verb} {' '.join(flags)}", ended.out + ended.err + " ".join(ended.argv)))

    for verb in ("validate", "preflight", "plan", "pave", "pave", "status", "verify", "outputs", "plan"):
        run(verb)
    trial.change(networks={"extra": {"purpose": "workload", "cidr": "192.0.2.0/33"}})
    run("plan")
    trial.change()
    if trial.site.line is not None:
        trial.line.reset()
        trial.line.faults(0.3, seed=7)
        run("pave")
        trial.line.reset()
    secrets = kept(trial)
    assert secrets, "there is no secret to leak"
    said += [(str(path), path.read_text(errors="replace")) for path in sorted(trial.state.rglob("*")) if path.is_file()]
    run("destroy")
    shown = {where: found for where, text in said if (found := leaks(secrets, text))}
    assert not shown, shown


@proves(101)
def test_every_file_is_private(trial: Trial) -> None:
    """The runs of the kit have a umask of nothing."""
    trial.pave()
    ours = [trial.state, *trial.state.rglob("*"), *secret_files(trial)]
    wide = [f"{path} {stat.filemode(path.stat().st_mode)}" for path in ours if path.stat().st_mode & 0o077]
    assert len(ours) > 1
    assert not wide, wide


def secret_files(trial: Trial) -> list[Path]:
    """The store's files, where it is a directory."""
    place = yaml.safe_load(trial.spec.read_text()).get("secrets", "file:secrets")
    kind, _, path = str(place).partition(":")
    directory = trial.directory / path
    return [directory, *directory.rglob("*")] if kind == "file" and directory.exists() else []


@proves(102)
def test_no_secret_is_readable_in_the_iaas(trial: Trial) -> None:
    trial.pave()
    secrets = kept(trial)
    assert secrets
    shown = {
        str(thing): found
        for thing in trial.site.census().values()
        if (found := leaks(secrets, json.dumps(thing.state)))
    }
    assert not shown, shown


@proves(103)
def test_a_lost_secret_store_is_refused_and_nothing_is_changed(trial: Trial) -> None:
    trial.pave()
    paved = trial.site.census()
    files = secret_files(trial)
    assert files, "this target keeps its secrets elsewhere"
    shutil.rmtree(files[0])
    ended = trial.run("pave")
    confirmed = "SecretMissing" in ended.err
    # Where no secret of this spec is shown once, all of them can be made again, and are.
    assert ended.code == (6 if confirmed else 0), str(ended)
    if confirmed:
        assert trial.site.census() == paved
        error = json.loads(ended.err.splitlines()[-1])
        names = [value for label, value in error["facts"] if label == "secret"]
        assert names, "the secrets are not named"
        flags = [word for name in names for word in ("--replace-secret", name)]
        trial.pave(*flags)
    trial.check_paved()
    assert trial.plan() == []
