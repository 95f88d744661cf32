"""One simulated paver: the real engine on the simulated cloud."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal
from uuid import UUID

from pydantic import SecretStr

from paver.conformance.simulator.cloud import Cloud, CloudSession
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

    def __init__(self, cloud: Cloud, things: Sequence[Thing]) -> None:
        self._cloud = cloud
        self._things = things

    def resources(self, spec: EnvironmentSpec, settings: DriverSettings) -> Sequence[Desired]:
        return self._things

    def connect(self, settings: DriverSettings, secrets: Secrets, owner: Owner) -> Session:
        return CloudSession(self._cloud)

    def describe(
        self, spec: EnvironmentSpec, settings: DriverSettings, seen: Inventory, identity: Mapping[str, str]
    ) -> Description:
        raise TypeError("nobody asks for a document")


def simulate(cloud: Cloud, loop: VirtualLoop, things: Sequence[Thing], directory: Path, verb: Verb) -> Plan:
    """One run of one process; afterwards nothing of it is left but the cloud and the state directory.

    Raises:
        Killed: The process died, as the cloud's conditions ordered.
        PaverError: It ended with one.
    """
    runtime = VirtualRuntime(loop, cloud.rng, latency=0.05)
    secrets, driver = _NoSecrets(), _SimulatedDriver(cloud, things)
    subject = Subject(
        driver=driver,
        spec=SPEC,
        settings=DriverSettings(),
        secrets=secrets,
        keeper=secrets,
        store=_NoStore(),
        wanted=tuple(ordered(things)),
        directory=directory,
    )

    async def main() -> Plan:
        caller = Caller(runtime, Cancel(), ends=None, owner=SPEC.owner, tell=Teller(silent, runtime.now))
        run = Run(subject, caller, Consent())
        try:
            await run.look()
            plan = run.plan_destroy() if verb == "destroy" else run.plan()
            if verb == "pave" and not plan.empty:
                await run.pave(plan)
            elif verb == "destroy" and not plan.empty:
                await run.destroy(plan)
            return plan
        finally:
            run.close()

    task = loop.create_task(main())
    try:
        return loop.run_until_complete(task)
    finally:
        left = asyncio.all_tasks(loop)
        for other in left:
            other.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
