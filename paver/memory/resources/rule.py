"""Firewall rules. They bear no tags: the marker stands in their description, and they go with their network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from paver.contract import names
from paver.contract.layout import jumpbox_network
from paver.contract.resource import Desired, Key, Ref, Value
from paver.contract.spec import EnvironmentSpec
from paver.memory.kind import MemoryKind
from paver.memory.resources.network import network_key
from paver.memory.settings import MemorySettings

SSH = 22


class Rule(Desired):
    """Who may come in."""

    network: Value
    allow: tuple[str, ...]
    """`tcp:22 from 10.0.0.0/16`."""


class RuleKind(MemoryKind[Rule]):
    """`rule/NETWORK/NAME`. Its name is taken within its network."""

    noun = "rule"
    replace: ClassVar[frozenset[str]] = frozenset({"network"})
    needs = ("network",)


def rule_key(network: str, name: str) -> Key:
    """The key of a rule of a network."""
    return Key(kind="rule", name=f"{network}/{name}")


def wanted(spec: EnvironmentSpec, settings: MemorySettings) -> Iterator[Rule]:
    """Traffic within the environment everywhere, and SSH to a jumpbox."""
    del settings
    for network in spec.networks:
        yield _rule(spec, network, "internal", (f"all from {spec.address_space}",))
    if not spec.jumpbox.existing:
        sources = spec.jumpbox.allow or (spec.address_space,)
        yield _rule(spec, jumpbox_network(spec), "jumpbox", tuple(f"tcp:{SSH} from {source}" for source in sources))


def _rule(spec: EnvironmentSpec, network: str, name: str, allow: tuple[str, ...]) -> Rule:
    return Rule(
        key=rule_key(network, name),
        name=names.name(spec.name, network, name),
        network=Ref(to=network_key(network)),
        allow=allow,
    )
