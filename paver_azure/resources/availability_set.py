"""The availability set: where a location has no zones, it keeps machines from failing together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from paver.contract.resource import Key
from paver.contract.spec import EnvironmentSpec
from paver.contract.types import Owner
from paver_azure import places
from paver_azure.api import Record
from paver_azure.listing import Look
from paver_azure.resources.group import group_key
from paver_azure.resources.noun import Tagged, TaggedKind, inside
from paver_azure.settings import AzureSettings

NOUN = "availability-set"
UPDATE_DOMAINS = 5


class AvailabilitySet(Tagged):
    """A set of machines on managed disks."""

    fault_domains: int


class AvailabilitySetKind(TaggedKind[AvailabilitySet]):
    """`availability-set/ENVIRONMENT`."""

    noun = NOUN
    type = "Microsoft.Compute/availabilitySets"
    lasts: ClassVar[bool] = False
    replace: ClassVar[frozenset[str]] = frozenset({"fault_domains"})

    def body(self, want: AvailabilitySet, owner: Owner) -> dict[str, Any]:
        """Aligned with its machines' disks."""
        count = {"platformFaultDomainCount": want.fault_domains, "platformUpdateDomainCount": UPDATE_DOMAINS}
        return {**self.tagged(want, owner), "sku": {"name": "Aligned"}, "properties": count}

    def like(self, record: Record, base: Mapping[str, Any], look: Look | None) -> AvailabilitySet:
        """As it is."""
        return AvailabilitySet(**base, fault_domains=int(inside(record, "properties", "platformFaultDomainCount") or 0))


def set_key(spec: EnvironmentSpec) -> Key:
    """The set's key."""
    return places.key(NOUN, spec.name)


def wanted(spec: EnvironmentSpec, settings: AzureSettings) -> Iterator[AvailabilitySet]:
    """One, where the section asks for it."""
    if settings.availability_set:
        yield AvailabilitySet(
            key=set_key(spec),
            name=places.native(spec),
            fault_domains=settings.fault_domains,
            after=(group_key(spec),),
        )
