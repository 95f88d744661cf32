"""Killed at any call about the rule that keeps the jumpbox off the vCenter's host, the next run converges."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from drs_rules import RECONFIGURE, apart, change, name, rule, rules, two_hosts
from environments import Environment, census
from killing import Point, killed
from recorded import forget, mutations
from sandboxes import Sandboxed

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def environment(stage: Sandboxed) -> Iterator[Environment]:
    before = census(stage)
    one = Environment(stage, two_hosts)
    one.pave()
    yield one
    one.destroy()
    assert census(stage) == before


@pytest.mark.parametrize("kind", ["hold", "hold-answer"])
@pytest.mark.parametrize("forgetful", [False, True], ids=["with the state directory", "without it"])
def test_killed_while_a_rule_is_made_edited_or_replaced_the_next_pave_converges(
    stage: Sandboxed, environment: Environment, kind: str, forgetful: bool
) -> None:
    server = stage.vcenter()

    def struck(number: int = 0) -> None:
        command = environment.command("pave", "-y", "--parallelism", "1")
        assert killed(stage, command, Point(number, kind), RECONFIGURE)
        if forgetful:
            shutil.rmtree(environment.state, ignore_errors=True)
        environment.pave()
        assert rules(stage) == {name(environment): apart()}
        assert environment.plan().empty

    change(server, "remove", None, rule(server, name(environment)).key)
    struck()
    info = rule(server, name(environment))
    info.enabled = False
    change(server, "edit", info)
    struck()
    for number, user in enumerate(("operator", "paver")):
        environment.section["jumpbox"]["user"] = user
        environment.edit()
        struck(number)


@pytest.mark.parametrize(("kind", "left"), [("hold", True), ("hold-answer", False)])
def test_destroy_takes_it_away_before_the_machines_though_killed_at_that(tmp_path: Path, kind: str, left: bool) -> None:
    with closing(Sandboxed(tmp_path)) as stage:
        before = census(stage)
        one = Environment(stage, two_hosts)
        one.pave()
        forget(stage)
        assert killed(stage, one.command("destroy", "-y", "--confirm-env", "sandbox"), Point(0, kind), RECONFIGURE)
        assert list(rules(stage)) == [name(one)] * left
        assert "/sandbox/vm/sandbox/sandbox-jumpbox" in stage.census("vcenter", "VirtualMachine")
        assert not [call for call in mutations(stage) if "PowerOffVM" in call]
        one.destroy()
        assert census(stage) == before
