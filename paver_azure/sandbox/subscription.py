"""A subscription: its directory, where it may make things, how much of them, and whose it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from paver_azure.sandbox.kinds import KINDS
from paver_azure.sandbox.message import Json, Refusal
from paver_azure.sandbox.store import Resource, Store

LOCATIONS = ("northeurope", "westeurope", "eastus")
PROVIDERS = ("Authorization", "Compute", "ManagedIdentity", "Network", "Storage")
SIZES = {"Standard_B2s": 2, "Standard_D2s_v5": 2, "Standard_D4s_v5": 4}
ZONES = ("1", "2", "3")
PLENTY = 1000
CORES = "cores"


@dataclass(slots=True)
class Subscription:
    """One subscription."""

    id: str
    tenant: str
    name: str
    owners: set[str] = field(default_factory=set)
    """Principals that may do everything."""
    state: str = "Enabled"
    locations: tuple[str, ...] = LOCATIONS
    unregistered: set[str] = field(default_factory=set)
    limits: dict[str, int] = field(default_factory=dict)
    """By what is counted; what is not named is plenty."""
    closed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By size: the zones in which it is not to be had."""

    def told(self) -> Json:
        """As ARM tells it."""
        found = {"id": f"/subscriptions/{self.id}", "subscriptionId": self.id, "tenantId": self.tenant}
        return {**found, "displayName": self.name, "state": self.state}

    def usages(self, store: Store, namespace: str, location: str) -> list[Json]:
        """Everything that a resource provider counts in a location."""
        count = self._count(store, location)
        names = [name for kind in KINDS.values() if kind.name.startswith(f"{namespace}/") for name in kind.usage]
        names += [CORES] if namespace == "Microsoft.Compute" else []
        return [
            {
                "name": {"value": name, "localizedValue": name},
                "currentValue": count[name],
                "limit": self.limits.get(name, PLENTY),
                "unit": "Count",
            }
            for name in dict.fromkeys(names)
        ]

    def admit(self, store: Store, resource: Resource) -> None:
        """Raise Refusal where one more would be too many."""
        location = str(resource.body.get("location", ""))
        count = self._count(store, location)
        size = (resource.body.get("properties") or {}).get("hardwareProfile", {}).get("vmSize")
        more = Counter(resource.kind.usage) + Counter({CORES: SIZES.get(size, 0)} if size else {})
        for name, number in more.items():
            limit = self.limits.get(name, PLENTY)
            if count[name] + number <= limit:
                continue
            if resource.type.startswith("microsoft.compute/"):
                said = f"The operation would exceed the approved {name} quota of the location. Limit: {limit}."
                raise Refusal(409, "OperationNotAllowed", said)
            said = f"Cannot create more than {limit} {name} for this subscription in this region."
            raise Refusal(400, f"{name}CountLimitReached", said)

    def _count(self, store: Store, location: str) -> Counter[str]:
        found: Counter[str] = Counter()
        for one in store:
            if one.key.split("/")[2] != self.id or one.body.get("location") != location:
                continue
            found.update(one.kind.usage)
            size = (one.body.get("properties") or {}).get("hardwareProfile", {}).get("vmSize")
            found[CORES] += SIZES.get(size, 0)
        return found

    def skus(self, location: str) -> list[Json]:
        """Every size of machine that a location offers."""
        found: list[Json] = []
        for size, cores in SIZES.items() if location in self.locations else ():
            closed = self.closed.get(size, ())
            kept = {"type": "Zone", "reasonCode": "NotAvailableForSubscription"}
            restrictions = (
                [{**kept, "values": [location], "restrictionInfo": {"zones": list(closed)}}] if closed else []
            )
            found.append(
                {
                    "resourceType": "virtualMachines",
                    "name": size,
                    "locations": [location],
                    "locationInfo": [{"location": location, "zones": list(ZONES)}],
                    "capabilities": [{"name": "vCPUs", "value": str(cores)}],
                    "restrictions": restrictions,
                }
            )
        return found
