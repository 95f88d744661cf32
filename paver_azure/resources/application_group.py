"""Application security groups: machines by role, whatever their addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_azure import places, rules
from paver_azure.api import Record
from paver_azure.listing import Look
from paver_azure.resources.group import group_key
from paver_azure.resources.noun import Tagged, TaggedKind
from paver_azure.settings import AzureSettings

NOUN = "application-group"


class ApplicationGroup(Tagged):
    """An application security group. It has nothing but its name."""


class ApplicationGroupKind(TaggedKind[ApplicationGroup]):
    """`application-group/ROLE`."""

    noun = NOUN
    type = "Microsoft.Network/applicationSecurityGroups"

    def body(self, want: ApplicationGroup, owner: Owner) -> dict[str, Any]:
        """Its name and tags."""
        return {**self.tagged(want, owner), "properties": {}}

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> ApplicationGroup:
        """As it is."""
        return ApplicationGroup(**base)


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[ApplicationGroup]:  # noqa: ARG001  all nouns are asked alike
    """One for each role and each load balancer."""
    for name in rules.groups(spec):
        yield ApplicationGroup(key=rules.group_key(name), name=places.native(spec, name), after=(group_key(spec),))
