"""The driver. It implements the whole of the contract against a world that lies in a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import ClassVar

from paver.contract.bosh import Bosh
from paver.contract.capabilities import Capability
from paver.contract.driver import Description, Driver, Finding, Sandbox, Secrets, Session
from paver.contract.resource import Desired, Inventory
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner, Problem
from paver.memory.bosh import MemoryBosh
from paver.memory.environment import Describer
from paver.memory.preflight import Preflight
from paver.memory.resources import (
    account,
    balancer,
    bucket,
    control_plane,
    gateway,
    key,
    machine,
    network,
    pool,
    rule,
    subnet,
    volume,
)
from paver.memory.sandbox import MemorySandbox
from paver.memory.session import MemorySession
from paver.memory.settings import MemorySettings
from paver.memory.world import World

NOUNS = (network, subnet, gateway, rule, volume, bucket, key, control_plane, pool, account, balancer, machine)


class MemoryDriver(Driver[MemorySettings]):
    """`--iaas memory`.

    Args:
        world: The world to work on; None: the file that the spec's section names.
    """

    name = "memory"
    settings = MemorySettings
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability)
    shows: ClassVar[frozenset[str]] = frozenset({key.AccessKeyKind.noun})

    def __init__(self, world: World | None = None) -> None:
        self._world = world

    def resources(self, spec: EnvironmentSpec, settings: MemorySettings) -> Sequence[Desired]:
        """All nouns' wants."""
        found: Iterator[Desired] = chain.from_iterable(noun.wanted(spec, settings) for noun in NOUNS)
        return [
            want.model_copy(update={"retain": True}) if str(want.key) in settings.retain else want for want in found
        ]

    def connect(self, settings: MemorySettings, secrets: Secrets, owner: Owner) -> Session:
        """The account's session. Nothing is sent before it is used."""
        del owner
        return MemorySession(self._open(settings), secrets)

    def describe(
        self, spec: EnvironmentSpec, settings: MemorySettings, seen: Inventory, identity: Mapping[str, str]
    ) -> Description:
        """The document's part."""
        return Describer(spec, settings, seen, identity).describe()

    def problems(self, spec: EnvironmentSpec, settings: MemorySettings) -> Iterator[Problem]:
        """What is named in the section and is not in the spec."""
        base = ("iaas", self.name)
        given = {
            *(name for name, network in spec.networks.items() if network.existing),
            *(name for name, store in spec.datastores.items() if store.existing),
            *(["jumpbox"] if spec.jumpbox.existing else []),
        }
        for name in settings.existing:
            if name not in given:
                yield (*base, "existing", name), f"nothing of that name is existing; there is: {', '.join(given)}"
        if spec.jumpbox.existing and settings.jumpbox_key is None:
            yield (*base, "jumpbox_key"), "a jumpbox that is there already comes with its key: name the secret"
        keys = {str(want.key) for want in self.resources(spec, settings)}
        for index, text in enumerate(settings.retain):
            if text not in keys:
                yield (*base, "retain", index), f"{text} is no resource of this environment"

    def target(self, settings: MemorySettings) -> Mapping[str, str]:
        """The account, where the section demands one."""
        return {"account": settings.account} if settings.account else {}

    def location(self, settings: MemorySettings) -> str:
        """The file."""
        return f"account {settings.account}, {settings.path}" if settings.account else settings.path

    def preflight(self, spec: EnvironmentSpec, settings: MemorySettings, secrets: Secrets) -> Sequence[Finding]:
        """What would fail later."""
        wanted = self.resources(spec, settings)
        return tuple(Preflight(self._open(settings), settings, secrets, spec.owner, wanted).findings())

    def template(self, zones: Sequence[str]) -> str:
        """The section with nothing left to fill in."""
        places = "".join(f"    {zone}: rack-{zone[1:]}\n" for zone in zones)
        return f"memory:\n  path: world.json # the world: a file beside the spec\n  zones:\n{places}"

    def bosh(self) -> Bosh:
        """Its CPI's words."""
        return MemoryBosh()

    def sandbox(self) -> Sandbox:
        """A directory."""
        return MemorySandbox()

    def _open(self, settings: MemorySettings) -> World:
        return self._world or World.of(settings)
