"""Compute's collections: where each lies, what it refers to, what the API adds by itself.

Sources: Compute Engine API Reference, each resource's own page; the defaults are as public recordings show them.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from paver_gcp.sandbox.world import Record, bare

Where = tuple[str, ...]
"""A way into a record: `*` goes through a list."""


@dataclass(frozen=True)
class Collection:
    """One collection.

    Args:
        resource: Its name among Discovery's resources: `regionHealthChecks`.
        noun: Its name in paths: `healthChecks`.
        place: `global`, `regions` or `zones`.
        refers: The fields that are links to other resources of Compute.
        defaults: What is there where nothing was said.
        each: The same for the members of a list.
        fingerprinted: Whether it has a fingerprint of its own.
        labelled: Whether it has labels, which only `setLabels` changes.
        at_once: Whether a delete of what is in use is refused at once; else its operation ends in the error.
    """

    resource: str
    noun: str
    place: str
    refers: tuple[Where, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    each: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fingerprinted: bool = False
    labelled: bool = False
    at_once: bool = False

    def parent(self, parameters: Mapping[str, Any]) -> str:
        """`projects/P/regions/R`."""
        where = {"global": "global"}.get(self.place) or f"{self.place}/{parameters[self.place[:-1]]}"
        return f"projects/{parameters['project']}/{where}"

    def path(self, parameters: Mapping[str, Any], name: str) -> str:
        """A resource's path."""
        return f"{self.parent(parameters)}/{self.noun}/{name}"

    def complete(self, record: Record) -> Record:
        """A record with what the API adds."""
        found = {**copy.deepcopy(dict(self.defaults)), **record}
        for name, more in self.each.items():
            found[name] = [{**copy.deepcopy(dict(more)), **one} for one in found.get(name, [])]
            if not found[name]:
                del found[name]
        return found


COLLECTIONS = (
    Collection(
        "networks",
        "networks",
        "global",
        defaults={
            "routingConfig": {"routingMode": "REGIONAL"},
            "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL",
        },
    ),
    Collection(
        "subnetworks",
        "subnetworks",
        "regions",
        refers=(("network",),),
        defaults={
            "privateIpGoogleAccess": False,
            "privateIpv6GoogleAccess": "DISABLE_GOOGLE_ACCESS",
            "purpose": "PRIVATE",
            "stackType": "IPV4_ONLY",
            "state": "READY",
        },
        fingerprinted=True,
        at_once=True,
    ),
    Collection(
        "firewalls",
        "firewalls",
        "global",
        refers=(("network",),),
        defaults={"direction": "INGRESS", "priority": 1000, "disabled": False, "logConfig": {"enable": False}},
    ),
    Collection(
        "routers",
        "routers",
        "regions",
        refers=(("network",), ("nats", "*", "natIps", "*"), ("nats", "*", "subnetworks", "*", "name")),
        defaults={"encryptedInterconnectRouter": False},
        each={
            "nats": {
                "type": "PUBLIC",
                "autoNetworkTier": "PREMIUM",
                "enableDynamicPortAllocation": False,
                "enableEndpointIndependentMapping": False,
                "endpointTypes": ["ENDPOINT_TYPE_VM"],
            }
        },
    ),
    Collection(
        "addresses",
        "addresses",
        "regions",
        refers=(("subnetwork",),),
        defaults={"addressType": "EXTERNAL", "ipVersion": "IPV4", "status": "RESERVED"},
        labelled=True,
        at_once=True,
    ),
    Collection(
        "regionHealthChecks",
        "healthChecks",
        "regions",
        defaults={
            "checkIntervalSec": 5,
            "timeoutSec": 5,
            "healthyThreshold": 2,
            "unhealthyThreshold": 2,
            "logConfig": {"enable": False},
        },
    ),
    Collection("instanceGroups", "instanceGroups", "zones", refers=(("network",),), defaults={"size": 0}),
    Collection(
        "regionBackendServices",
        "backendServices",
        "regions",
        refers=(("healthChecks", "*"), ("backends", "*", "group"), ("network",)),
        defaults={
            "affinityCookieTtlSec": 0,
            "connectionDraining": {"drainingTimeoutSec": 0},
            "loadBalancingScheme": "EXTERNAL",
            "protocol": "TCP",
            "sessionAffinity": "NONE",
            "timeoutSec": 30,
        },
        each={"backends": {"balancingMode": "CONNECTION"}},
        fingerprinted=True,
    ),
    Collection(
        "forwardingRules",
        "forwardingRules",
        "regions",
        refers=(("backendService",), ("network",), ("subnetwork",)),
        defaults={"IPProtocol": "TCP", "ipVersion": "IPV4", "loadBalancingScheme": "EXTERNAL"},
        fingerprinted=True,
        labelled=True,
    ),
    Collection(
        "instances",
        "instances",
        "zones",
        refers=(
            ("networkInterfaces", "*", "network"),
            ("networkInterfaces", "*", "subnetwork"),
            ("disks", "*", "source"),
        ),
        defaults={"canIpForward": False, "deletionProtection": False, "startRestricted": False},
        fingerprinted=True,
        labelled=True,
    ),
    Collection(
        "disks", "disks", "zones", defaults={"physicalBlockSizeBytes": "4096", "status": "READY"}, labelled=True
    ),
    Collection("images", "images", "global", labelled=True),
)
BY_RESOURCE = {one.resource: one for one in COLLECTIONS}
BY_NOUN = {one.noun: one for one in COLLECTIONS}


def collection_of(path: str) -> Collection | None:
    """The collection of a resource's path."""
    parts = path.split("/")
    return BY_NOUN.get(parts[-2]) if len(parts) > 1 else None


def referred(collection: Collection, record: Record) -> Iterator[str]:
    """The paths of everything that a record refers to."""
    for where in collection.refers:
        yield from (bare(str(value)) for value in _values(record, where))


def rewritten(collection: Collection, record: Record, write: Any) -> Record:
    """The same record with every link written anew: by `write`, from what was there."""
    found = copy.deepcopy(record)
    for where in collection.refers:
        _rewrite(found, where, write)
    return found


def _values(value: Any, where: Where) -> Iterator[Any]:
    if not where:
        if value:
            yield value
    elif where[0] == "*":
        for one in value or ():
            yield from _values(one, where[1:])
    elif isinstance(value, dict) and where[0] in value:
        yield from _values(value[where[0]], where[1:])


def _rewrite(value: Any, where: Where, write: Any) -> None:
    first, rest = where[0], where[1:]
    if first == "*":
        for index, one in enumerate(value or ()):
            if rest:
                _rewrite(one, rest, write)
            else:
                value[index] = write(one)
    elif isinstance(value, dict) and first in value:
        if rest:
            _rewrite(value[first], rest, write)
        else:
            value[first] = write(value[first])
