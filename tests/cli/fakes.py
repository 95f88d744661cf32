"""A library that does what a test says, in the place of the real one: the command line is a thin shell over it."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Protocol
from uuid import UUID

import pytest

from paver import api
from paver.cli.main import main
from paver.contract.driver import Finding, Severity
from paver.contract.environment import PavedEnvironment
from paver.contract.resource import Desired, Key, Observed, Proof
from paver.contract.spec import DriverSettings, EnvironmentSpec
from paver.engine.drift import Drift
from paver.engine.events import Connected, Ended, Listener, Planned, StepDone, StepStarted
from paver.engine.plan import Action, Plan, Step

OWNER = UUID("7c1f0a52-5c4e-4b7e-9a0e-2f6d3b8e91a4")
NOON = datetime(2026, 11, 23, 10, 12, 33, tzinfo=UTC)
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
TARGET = "account 123456789012, eu-west-1"


def environment() -> PavedEnvironment:
    subnet = {
        "cidr": "10.20.0.0/22",
        "gateway": "10.20.0.1",
        "zones": ["z1"],
        "dns": [],
        "reserved": ["10.20.0.0-10.20.0.9"],
        "static": ["10.20.0.10-10.20.0.255"],
        "driver": {},
    }
    return PavedEnvironment.model_validate(
        {
            "schema_version": 1,
            "name": "staging",
            "iaas": "aws",
            "owner": {"id": str(OWNER), "name": "staging"},
            "target": {"id": "123456789012", "location": "eu-west-1", "endpoint": "account 123456789012"},
            "zones": {"z1": {"fault_domain": "eu-west-1a", "driver": {}}},
            "networks": {
                "management": {
                    "purpose": "management",
                    "cidr": "10.20.0.0/20",
                    "egress": "nat",
                    "existing": False,
                    "zones": {
                        "z1": {
                            "subnet": "management-z1",
                            "block": "10.20.0.0/22",
                            "static": ["10.20.0.10-10.20.0.255"],
                        }
                    },
                    "subnets": {"management-z1": subnet},
                    "assigned": {"director": "10.20.0.6"},
                }
            },
            "datastores": {},
            "credentials": {},
            "certificates": {"authorities": {}, "leaves": {}, "trusted": {}, "bundle": []},
            "load_balancers": {},
            "jumpbox": None,
            "dns": {"zone": "staging.example.com"},
            "ntp": [],
            "proxy": {},
            "labels": {},
            "services": {},
            "driver": {},
        }
    )


def a_plan(*actions: Action) -> Plan:
    steps = []
    for number, action in enumerate(actions):
        key = Key(kind="disk", name=f"d{number}")
        have = Observed(kind="disk", id=f"id-{number}", key=key, owner=OWNER, proof=Proof.MARK, actual={})
        steps.append(
            Step(
                key=key,
                action=action,
                want=None if action is Action.DELETE else Desired(key=key, name=f"native-{number}"),
                have=None if action is Action.CREATE else have,
            )
        )
    return Plan(iaas="aws", environment="staging", target=TARGET, identities={"": {"id": "1"}}, steps=tuple(steps))


@dataclass
class Library:
    """What the fake library answers, and what it was asked."""

    planned: Plan = field(default_factory=lambda: a_plan(Action.CREATE, Action.CREATE))
    findings: tuple[Finding, ...] = (Finding(check="reach", severity=Severity.OK, what="all of it"),)
    raises: BaseException | None = None
    options: list[api.Options] = field(default_factory=list)
    loads: list[tuple[tuple[Path, ...], str | None]] = field(default_factory=list)
    changed: bool = False
    kept: PavedEnvironment | None = None

    def load_spec(self, *files: Path, iaas: str | None = None) -> SimpleNamespace:
        self.loads.append((files, iaas))
        spec = EnvironmentSpec.model_validate(
            {
                "schema_version": 1,
                "name": "staging",
                "id": str(OWNER),
                "zones": 1,
                "address_space": "10.20.0.0/16",
                "dns": {"zone": "staging.example.com"},
            }
        )
        driver = SimpleNamespace(location=lambda settings: TARGET)
        place = lambda path: "environment.yml:7"  # noqa: E731  an attribute of a stand-in
        return SimpleNamespace(place=place, spec=spec, iaas="aws", driver=driver, settings=DriverSettings())

    def look(self, loaded: object, options: api.Options, *_: object) -> Plan:
        self.options.append(options)
        if self.raises is not None:
            raise self.raises
        return self.planned

    def verify(self, loaded: object, options: api.Options, *_: object) -> Drift:
        return Drift.of(self.look(loaded, options))

    def preflight(self, loaded: object, options: api.Options) -> tuple[Finding, ...]:
        return self.findings

    def verify_bosh(
        self, loaded: object, options: api.Options, environment: PavedEnvironment | None
    ) -> tuple[Finding, ...]:
        self.kept = environment
        return self.findings

    def outputs(self, loaded: object, options: api.Options) -> PavedEnvironment:
        self.look(loaded, options)
        return environment()

    def pave(
        self,
        loaded: object,
        options: api.Options,
        tell: Listener,
        approve: Callable[[Plan], None],
        judge: Callable[[Sequence[Finding]], None],
    ) -> PavedEnvironment:
        judge(self.findings)
        self._run("pave", "create", options, tell, approve)
        return environment()

    def destroy(self, loaded: object, options: api.Options, tell: Listener, approve: Callable[[Plan], None]) -> Plan:
        self._run("destroy", "delete", options, tell, approve)
        return self.planned

    def _run(
        self, verb: str, action: str, options: api.Options, tell: Listener, approve: Callable[[Plan], None]
    ) -> None:
        plan = self.look(None, options)
        tell(Connected(NOON, "", {"id": "1"}))
        tell(Planned(NOON, {str(name): count for name, count in plan.counts.items()}, 0))
        counts = {"keep": plan.counts.get(Action.KEEP, 0)}
        if not plan.empty:
            approve(plan)
            self.changed = True
            mutating = [step for step in plan if step.mutates]
            for n, step in enumerate(mutating, 1):
                tell(StepStarted(NOON, str(step.key), action))
                tell(StepDone(NOON, str(step.key), action, f"id-{n}", 0.3, n, len(mutating)))
            counts[action] = len(mutating)
        tell(Ended(NOON, verb, counts, 2.0, 9, (("key/disks", "2026-11-30"),) if verb == "destroy" else (), 214))


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    fake = Library()
    monkeypatch.setattr("paver.settings.load_spec", fake.load_spec, raising=False)
    monkeypatch.setattr(api, "plan", fake.look)
    for name in ("verify", "verify_bosh", "preflight", "outputs", "pave", "destroy"):
        monkeypatch.setattr(api, name, getattr(fake, name))
    return fake


class Stream(io.StringIO):
    """A stream that may say that it is a terminal."""

    def __init__(self, text: str = "", *, tty: bool = False) -> None:
        super().__init__(text)
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


@dataclass(frozen=True)
class Outcome:
    """What a command left."""

    code: int
    out: str
    err: str


class Run(Protocol):
    """Runs the command; `answer` makes stdin and stderr a terminal, and is what is typed there."""

    def __call__(self, *arguments: str, answer: str | None = None) -> Outcome: ...


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """The command, in this process."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("CI", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)

    def once(*arguments: str, answer: str | None = None) -> Outcome:
        tty = answer is not None
        out, err = Stream(), Stream(tty=tty)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", Stream(answer or "", tty=tty))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            code = main(arguments)
        return Outcome(code, out.getvalue(), ESCAPES.sub("", err.getvalue()))

    return once
