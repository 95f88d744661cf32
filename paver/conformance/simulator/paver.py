"""Simulated pavers: the real engine on the simulated cloud, one process or several."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from pydantic import SecretStr

from paver.conformance.simulator.cloud import Cloud, CloudSession, Process
from paver.conformance.simulator.topology import Thing
from paver.conformance.virtual import VirtualLoop, VirtualRuntime
from paver.contract.driver import Description, Driver, Secrets, Session
from paver.contract.errors import SecretMissing
from paver.contract.resource import Desired, Inventory, Secret
from paver.contract.spec import DriverSettings, EnvironmentSpec
from paver.contract.types import Owner, SecretRef
from paver.engine.caller import Caller
from paver.engine.cancel import Cancel
from paver.engine.events import silent
from paver.engine.order import ordered
from paver.engine.plan import Plan
from paver.engine.planner import Consent
from paver.engine.run import Run, Subject
from paver.engine.teller import Teller

SPEC = EnvironmentSpec.model_validate(
    {
        "schema_version": 1,
        "name": "simulated",
        "id": UUID(int=7),
        "zones": 1,
        "address_space": "10.0.0.0/16",
        "dns": {"zone": "example.com"},
    }
)
Verb = Literal["plan", "pave", "destroy"]


class _NoSecrets:
    """Nothing is asked of it: the simulated cloud has no secrets."""

    def given(self, ref: SecretRef) -> SecretStr:
        raise SecretMissing(str(ref), names=[str(ref)])

    def minted(self, name: str) -> SecretStr:
        raise SecretMissing(name, names=[name])

    def keep(self, secrets: Sequence[Secret]) -> None:
        if secrets:
            raise TypeError("there are none")

    def has(self, name: str, public_id: str) -> bool:
        return bool(name and public_id)

    def forget(self) -> None:
        """There are none."""


class _NoStore(Session):
    def __init__(self) -> None:
        self.kinds = {}

    def identity(self) -> Mapping[str, str]:
        return {}

    def observe(self, owner: Owner, wanted: Sequence[Desired], kinds: frozenset[str] | None = None) -> Inventory:
        return Inventory()


class _SimulatedDriver(Driver[DriverSettings]):
    name = "simulated"
    settings = DriverSettings

    def __init__(self, cloud: Cloud, process: Process, things: Sequence[Thing]) -> None:
        self._cloud = cloud
        self._process = process
        self._things = things

    def resources(self, spec: EnvironmentSpec, settings: DriverSettings) -> Sequence[Desired]:
        return self._things

    def connect(self, settings: DriverSettings, secrets: Secrets, owner: Owner) -> Session:
        return CloudSession(self._cloud, self._process)

    def describe(
        self, spec: EnvironmentSpec, settings: DriverSettings, seen: Inventory, identity: Mapping[str, str]
    ) -> Description:
        raise TypeError("nobody asks for a document")


@dataclass
class Paver:
    """One process of paver: the real engine, with a state directory, and a fate.

    Args:
        cloud: Where it works.
        loop: Whose time counts.
        process: As the cloud meets it.
        directory: Its state.
        frozen: From when to when it is stopped.
    """

    cloud: Cloud
    loop: VirtualLoop
    process: Process
    directory: Path
    frozen: tuple[float, float] | None = None

    async def run(self, things: Sequence[Thing], verb: Verb, *, patience: float = 0.0) -> Plan:
        """One run to its end.

        Args:
            things: What is wanted.
            verb: What it does.
            patience: How long it waits for the lease, in seconds.

        Raises:
            Killed: It died, as its fate was.
            PaverError: It ended with one.
        """
        runtime = VirtualRuntime(self.loop, self.cloud.rng, latency=0.05)
        runtime.frozen = self.frozen
        caller = Caller(runtime, Cancel(), ends=None, owner=SPEC.owner, tell=Teller(silent, runtime.now))
        changing = "" if verb == "plan" else verb
        run = Run(self._subject(things), caller, Consent(), verb=changing, lock_timeout=patience)
        try:
            await run.look()
            plan = run.plan_destroy() if verb == "destroy" else run.plan()
            if verb == "pave" and not plan.empty:
                await run.pave(plan)
            elif verb == "destroy" and not plan.empty:
                await run.destroy(plan)
            return plan
        finally:
            runtime.dead = True  # whatever of it sleeps is gone with it
            run.close()

    def _subject(self, things: Sequence[Thing]) -> Subject:
        secrets = _NoSecrets()
        return Subject(
            driver=_SimulatedDriver(self.cloud, self.process, things),
            spec=SPEC,
            settings=DriverSettings(),
            secrets=secrets,
            keeper=secrets,
            store=_NoStore(),
            wanted=tuple(ordered(things)),
            directory=self.directory,
        )


def until_over(loop: VirtualLoop, *runs: Coroutine[Any, Any, Plan]) -> list[Plan | BaseException]:
    """Let runs go on side by side to their ends, and leave nothing of them behind."""
    tasks = [loop.create_task(run) for run in runs]
    ends = loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    left = asyncio.all_tasks(loop)
    for other in left:
        other.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    return ends
