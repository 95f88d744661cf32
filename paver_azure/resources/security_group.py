"""Network security groups: one on each subnet, and one for the machines of each role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from paver.contract.layout import made
from paver.contract.resource import Key
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Map, Owner, Section
from paver_azure import ids, places, rules
from paver_azure.api import Record
from paver_azure.listing import Look
from paver_azure.resources.group import group_key
from paver_azure.resources.network_interface import NOUN as INTERFACE
from paver_azure.resources.noun import Tagged, TaggedKind, inside
from paver_azure.settings import AzureSettings

NOUN = "security-group"


class SecurityGroup(Tagged):
    """A group with all its rules: ARM keeps them as one thing."""

    rules: Map[str, Section]


class SecurityGroupKind(TaggedKind[SecurityGroup]):
    """`security-group/subnet/NETWORK`, `security-group/ROLE`."""

    noun = NOUN
    type = "Microsoft.Network/networkSecurityGroups"

    def body(self, want: SecurityGroup, owner: Owner) -> dict[str, Any]:
        """With every rule: one that is left out is deleted."""
        return {**self.tagged(want, owner), "properties": {"securityRules": rules.told(want.rules)}}

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> SecurityGroup:
        """As it is."""
        return SecurityGroup(**base, rules=rules.read(record))

    def needs(self, like: SecurityGroup, id_: str, look: Look | None) -> Iterable[str]:
        """The application groups that its rules name."""
        yield from super().needs(like, id_, look)
        for rule in like.rules.values():
            yield from rule["groups"]

    def held_by(self, record: Record, look: Look) -> tuple[str, ...]:
        """Interfaces of others."""
        users = [ids.canonical(str(one["id"])) for one in inside(record, "properties", "networkInterfaces") or ()]
        return tuple(one for one in users if one not in look.ours(INTERFACE)) if users else ()


def security_key(*parts: str) -> Key:
    """The key of a group."""
    return places.key(NOUN, *parts)


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[SecurityGroup]:  # noqa: ARG001  all nouns are asked alike
    """One for each network, each load balancer, the jumpbox and everything inside."""
    sets: list[tuple[tuple[str, ...], rules.Rules]] = [
        ((rules.SUBNET, network), rules.for_subnet(spec, network)) for network in made(spec)
    ]
    roles = (rules.JUMPBOX, rules.INTERNAL, *spec.load_balancers)
    sets += [((role,), rules.for_role(spec, role)) for role in roles]
    for parts, found in sets:
        yield SecurityGroup(
            key=security_key(*parts),
            name=places.native(spec, *parts),
            rules=found,
            after=(group_key(spec),),
            note=f"{len(found)} rules",
        )
