"""What passthrough balancers demand: health checks, backend services, forwarding rules (Cloud Load Balancing docs)."""

from __future__ import annotations

from paver_gcp.sandbox.call import Call
from paver_gcp.sandbox.networks import check_free
from paver_gcp.sandbox.problem import Problem, absent, invalid, unmade
from paver_gcp.sandbox.world import COMPUTE, Record, bare

MOST_PORTS = 5
"""Of one forwarding rule (API Reference, `forwardingRules.ports`)."""
SHARED = "SHARED_LOADBALANCER_VIP"
PASSING = frozenset({"INTERNAL", "EXTERNAL"})
"""The schemes of passthrough balancers; the emulator has no others."""


def health_check(call: Call, path: str, record: Record, before: Record | None) -> None:
    """One sort, which it has the settings of."""
    del call, path, before
    kind = record.get("type")
    if kind != "TCP":
        raise unmade(f"health checks of type {kind}")
    if not record.get("tcpHealthCheck", {}).get("port"):
        raise Problem(400, "required", "Required field 'resource.tcpHealthCheck.port' not specified")
    if record["timeoutSec"] > record["checkIntervalSec"]:
        raise invalid("Invalid value for field 'resource.timeoutSec': it is longer than checkIntervalSec")


def backend_service(call: Call, path: str, record: Record, before: Record | None) -> None:
    """One health check, of its own region, and groups that are balanced by connection."""
    if record["loadBalancingScheme"] not in PASSING:
        raise unmade(f"backend services of scheme {record['loadBalancingScheme']}")
    if before is not None and before["loadBalancingScheme"] != record["loadBalancingScheme"]:
        raise invalid("Invalid value for field 'resource.loadBalancingScheme': it cannot be changed")
    if record["protocol"] not in {"TCP", "UDP", "UNSPECIFIED"}:
        raise invalid(f"Invalid value for field 'resource.protocol': '{record['protocol']}'")
    checks = record.get("healthChecks", ())
    if len(checks) != 1:
        raise invalid("Invalid value for field 'resource.healthChecks': exactly one is wanted")
    region = "/".join(path.split("/")[:4])
    if not bare(checks[0]).startswith(f"{region}/"):
        raise invalid(f"Invalid value for field 'resource.healthChecks': '{checks[0]}' is not in {region}")
    if any(not str(one.get("group", "")).startswith(COMPUTE) for one in call.body.get("backends", ())):
        raise invalid("Invalid value for field 'resource.backends[].group': partial URLs are not supported")
    groups = [one["group"] for one in record.get("backends", ())]
    if len(set(groups)) < len(groups):
        raise invalid("Invalid value for field 'resource.backends': a group stands there twice")
    if any(one["balancingMode"] != "CONNECTION" for one in record.get("backends", ())):
        raise invalid("Invalid value for field 'resource.backends[].balancingMode': CONNECTION is wanted here")
    if record["loadBalancingScheme"] == "EXTERNAL" and "network" in record:
        raise invalid("Invalid value for field 'resource.network': only with scheme INTERNAL")


def forwarding_rule(call: Call, path: str, record: Record, before: Record | None) -> None:
    """An address and ports that are no other rule's, before a service of the same scheme and protocol."""
    if before is not None:
        return
    service = call.world.resources.get(bare(record.get("backendService", "")))
    if service is None:
        raise unmade("forwarding rules without a backend service")
    if service["loadBalancingScheme"] != record["loadBalancingScheme"]:
        raise invalid("Invalid value for field 'resource.loadBalancingScheme': the backend service has another")
    if record["IPProtocol"] != service["protocol"]:
        raise invalid("Invalid value for field 'resource.IPProtocol': the backend service has another protocol")
    ports = record.get("ports", ())
    if not record.get("allPorts") and not 0 < len(ports) <= MOST_PORTS:
        raise invalid(f"Invalid value for field 'resource.ports': one to {MOST_PORTS} are wanted, or allPorts")
    record["IPAddress"] = _number(call, record)
    if record["loadBalancingScheme"] == "EXTERNAL":
        record["networkTier"] = record.get("networkTier", "PREMIUM")
    _alone(call, path, record)


def _alone(call: Call, path: str, record: Record) -> None:
    """Refuse an address that another rule has, unless it is for several and the ports are others."""
    ports = set(record.get("ports", ()))
    for other, found in call.world.resources.items():
        if "/forwardingRules/" not in other or other == path or found["IPAddress"] != record["IPAddress"]:
            continue
        if record["loadBalancingScheme"] == "INTERNAL" and not _shared(call, record):
            raise Problem(400, "ipAddressInUse", f"IP_IN_USE_BY_ANOTHER_RESOURCE: '{other}' has that address")
        if found["IPProtocol"] == record["IPProtocol"] and set(found.get("ports", ())) & ports:
            raise invalid(f"Invalid value for field 'resource.IPAddress': '{other}' has the same address and port")


def _shared(call: Call, record: Record) -> bool:
    """Whether an inner address is for several rules (API Reference, `addresses.purpose`)."""
    return any(
        "/addresses/" in path and one["address"] == record["IPAddress"] and one.get("purpose") == SHARED
        for path, one in call.world.resources.items()
    )


def _number(call: Call, record: Record) -> str:
    """The address as a number, whether it was given as that or as a resource."""
    said = str(record.get("IPAddress", ""))
    if not said:
        raise unmade("forwarding rules without a reserved address")
    inner = record["loadBalancingScheme"] == "INTERNAL"
    if inner and ("network" not in record or "subnetwork" not in record):
        raise Problem(400, "required", "Required field 'resource.subnetwork' not specified")
    if "/" in said:
        found = call.world.resources.get(bare(said))
        if found is None:
            raise absent(bare(said))
        return str(found["address"])
    wanted = "INTERNAL" if inner else "EXTERNAL"
    for other, found in call.world.resources.items():
        if "/addresses/" in other and found["address"] == said and found["addressType"] == wanted:
            return said
    if not inner:
        raise invalid(f"Invalid value for field 'resource.IPAddress': '{said}' is not reserved")
    check_free(call.world, bare(record["subnetwork"]), said)
    return said
