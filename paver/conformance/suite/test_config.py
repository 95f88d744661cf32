"""What a driver says of a spec, before anything is contacted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

from paver.conformance.marks import proves
from paver.conformance.trial import Trial
from paver.contract.resource import STORE, Desired, references
from paver.operation import Options, subject_of
from paver.settings import load_spec

OFFLINE = """
import json, socket, sys
def refuse(*_, **__):
    raise SystemExit("it opens a socket")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
from paver.settings import load_spec
loaded = load_spec(sys.argv[1], iaas=sys.argv[2])
wanted = [json.loads(want.model_dump_json()) for want in loaded.driver.resources(loaded.spec, loaded.settings)]
sdk = loaded.driver.sdk
roots = {name.partition(".")[0].lower().replace("_", "-") for name in sys.modules}
from importlib import metadata
brings = {root for root, names in metadata.packages_distributions().items() if sdk and sdk in names}
print(json.dumps({"wanted": wanted, "loaded": sorted(root for root in brings if root in sys.modules)}))
"""


def described(trial: Trial, seed: str) -> dict[str, list[object]]:
    """What another process says, which may open no socket."""
    command = [sys.executable, "-c", OFFLINE, str(trial.spec), trial.iaas]
    environ = {**os.environ, **trial.environ(), "PYTHONHASHSEED": seed}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    found: dict[str, list[object]] = json.loads(done.stdout)
    return found


def resources(trial: Trial, *, everything: bool = False) -> list[Desired]:
    """What is wanted, the secret store's things included where asked for."""
    loaded = load_spec(trial.spec, iaas=trial.iaas)
    if everything:
        return list(subject_of(loaded, Options(state_dir=trial.state))[1].wanted)
    return list(loaded.driver.resources(loaded.spec, loaded.settings))


@proves(1, 2)
def test_resources_are_the_same_in_every_process_and_need_neither_sdk_nor_network(trial: Trial) -> None:
    first, second = described(trial, "1"), described(trial, "2")
    assert first["loaded"] == []
    assert first["wanted"] == second["wanted"]
    assert first["wanted"], "the driver wants nothing"


@proves(3)
def test_a_key_that_the_section_does_not_know_is_named_with_its_line(trial: Trial) -> None:
    text = trial.spec.read_text()
    marker = "no-such-key-in-any-driver"
    section = text.index(f"\n  {trial.iaas}:") + len(f"\n  {trial.iaas}:")
    indent = text[section:].lstrip("\n")
    spaces = len(indent) - len(indent.lstrip(" "))
    trial.spec.write_text(f"{text[:section]}\n{' ' * spaces}{marker}: 1{text[section:]}")
    line = text[:section].count("\n") + 2
    ended = trial.run("validate")
    assert ended.code == 2, str(ended)
    (problem,) = ended.document["problems"]
    assert Path(problem["file"]) == trial.spec
    assert problem["line"] == line
    assert problem["path"] == ["iaas", trial.iaas, marker]
    assert problem["hint"], "what the key might have been is not said"


@proves(3)
def test_a_section_that_is_missing_is_no_traceback(trial: Trial) -> None:
    text = trial.spec.read_text()
    trial.spec.write_text(text[: text.index("\niaas:") + 1] + "iaas: {}\n")
    ended = trial.run("validate")
    assert ended.code == 2, str(ended)
    assert "Traceback" not in ended.out + ended.err


@proves(4)
def test_keys_and_names_are_unique_and_references_lead_somewhere(trial: Trial) -> None:
    wanted = resources(trial, everything=True)
    keys = [want.key for want in wanted]
    assert len(keys) == len(set(keys)), sorted(str(key) for key in keys if keys.count(key) > 1)
    beside = Counter(
        (want.key.kind, want.scope, want.name, tuple(sorted(str(ref.to) for ref in references(want))))
        for want in wanted
        if want.scope != STORE
    )
    twice = [str(where) for where, count in beside.items() if count > 1]
    assert not twice, f"one kind, one parent, one name: {twice}"
    graph = {
        want.key: {ref.to for ref in references(want)} | set(want.after) | ({want.scope} if want.scope else set())
        for want in wanted
    }
    lost = {str(key): str(to) for key, needs in graph.items() for to in needs if to not in graph and to != STORE}
    assert not lost, lost
    assert len(list(TopologicalSorter(graph).static_order())) >= len(graph)


@proves(4)
def test_the_spec_of_the_target_is_valid(trial: Trial) -> None:
    ended = trial.run("validate")
    assert ended.code == 0, str(ended)
