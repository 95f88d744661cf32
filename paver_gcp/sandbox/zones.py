"""Cloud DNS: managed zones and their record sets, which change all together or not at all."""

from __future__ import annotations

import re
from typing import Any

from paver_gcp.sandbox.call import Call, answers, page
from paver_gcp.sandbox.problem import Problem, absent, invalid, unmade
from paver_gcp.sandbox.rules import check_labels
from paver_gcp.sandbox.world import Record, bare, moment, told

NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
DOMAIN = re.compile(r"([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+")
KEPT = frozenset({"SOA", "NS"})
"""What a zone has by itself."""


@answers("dns.managedZones.create")
def create(call: Call) -> Record:
    """Make one, private to networks that are there."""
    project, said = call.project, call.body
    for field in ("name", "dnsName", "description"):
        if field not in said:
            raise Problem(400, "required", f"The 'entity.managedZone.{field}' parameter is required but was missing.")
    if not NAME.fullmatch(said["name"]) or not DOMAIN.fullmatch(said["dnsName"]):
        raise invalid(f"Invalid value for 'entity.managedZone': '{said['name']}', '{said['dnsName']}'")
    if said["name"] in project.zones:
        message = f"The resource 'entity.managedZone' named '{said['name']}' already exists"
        raise Problem(409, "alreadyExists", message)
    if said.get("visibility") != "private":
        raise unmade("zones other than private ones")
    check_labels(said.get("labels", {}))
    networks = _networks(call, said)
    for other in project.zones.values():
        if other["dnsName"] == said["dnsName"] and networks & _networks(call, other):
            raise invalid(f"The zone '{other['name']}' of the same name is visible in one of these networks")
    zone: Record = {
        "kind": "dns#managedZone",
        "id": call.world.id(),
        "creationTime": moment(),
        "nameServers": ["ns-gcp-private.googledomains.com."],
        **said,
    }
    zone["_rrsets"] = {
        (said["dnsName"], "SOA"): _own(
            said["dnsName"], "SOA", "ns-gcp-private.googledomains.com. hostmaster. 1 2 3 4 5"
        ),
        (said["dnsName"], "NS"): _own(said["dnsName"], "NS", "ns-gcp-private.googledomains.com."),
    }
    project.zones[said["name"]] = zone
    return told(zone)


@answers("dns.managedZones.get")
def get(call: Call) -> Record:
    """One."""
    return told(_zone(call))


@answers("dns.managedZones.list")
def listed(call: Call) -> Record:
    """All, or those of one name."""
    asked = call.text("dnsName")
    found = [told(zone) for _, zone in sorted(call.project.zones.items()) if asked in {"", zone["dnsName"]}]
    some, token = page(call, found, "maxResults", 100)
    return {"kind": "dns#managedZonesListResponse", "managedZones": some, **({"nextPageToken": token} if token else {})}


@answers("dns.managedZones.patch")
def patch(call: Call) -> Record:
    """Change what the body has; the name stays."""
    zone = _zone(call)
    if fixed := {"name", "dnsName", "visibility"} & {n for n, v in call.body.items() if zone.get(n) != v}:
        raise invalid(f"Invalid value for 'entity.managedZone.{min(fixed)}': it cannot be changed")
    if "privateVisibilityConfig" in call.body:
        _networks(call, call.body)
    labels = {
        name: text
        for name, text in {**zone.get("labels", {}), **call.body.get("labels", {})}.items()
        if text is not None
    }
    check_labels(labels)
    zone.update({**call.body, "labels": labels})
    done = {"id": call.world.id(), "status": "done", "type": "update", "startTime": moment(), "user": call.caller}
    return {"kind": "dns#operation", **done}


@answers("dns.managedZones.delete")
def delete(call: Call) -> Any:
    """Delete it, once it is empty."""
    zone = _zone(call)
    if any(kind not in KEPT for _, kind in zone["_rrsets"]):
        message = "The resource named '{}' cannot be deleted because it contains one or more 'resource records'."
        raise Problem(400, "containerNotEmpty", message.format(zone["name"]))
    del call.project.zones[zone["name"]]
    return {}


@answers("dns.resourceRecordSets.list")
def record_sets(call: Call) -> Record:
    """All of a zone."""
    found = [record for _, record in sorted(_zone(call)["_rrsets"].items())]
    some, token = page(call, found, "maxResults", 100)
    answer = {"kind": "dns#resourceRecordSetsListResponse", "rrsets": some}
    return {**answer, **({"nextPageToken": token} if token else {})}


@answers("dns.changes.create")
def change(call: Call) -> Record:
    """Deletions, each exactly as it stands there, and additions: all of them or none."""
    zone = _zone(call)
    sets = dict(zone["_rrsets"])
    for index, record in enumerate(call.body.get("deletions", ())):
        where = (record.get("name"), record.get("type"))
        if where not in sets:
            raise absent(f"entity.change.deletions[{index}]")
        if _plain(sets[where]) != _plain(record):
            message = f"Precondition not met for 'entity.change.deletions[{index}]'"
            raise Problem(412, "conditionNotMet", message)
        del sets[where]
    for index, record in enumerate(call.body.get("additions", ())):
        where = (record.get("name"), record.get("type"))
        name, kind = str(where[0]), where[1]
        within = name == zone["dnsName"] or name.endswith("." + zone["dnsName"])
        if not kind or not within or not DOMAIN.fullmatch(name) or not record.get("rrdatas"):
            raise invalid(f"Invalid value for 'entity.change.additions[{index}]': '{name} {kind}'")
        if where in sets:
            message = f"The resource 'entity.change.additions[{index}]' named '{name} ({kind})' already exists"
            raise Problem(409, "alreadyExists", message)
        if kind == "TXT" and not all(text.startswith('"') and text.endswith('"') for text in record["rrdatas"]):
            raise invalid(f"Invalid value for 'entity.change.additions[{index}].rrdata': a text stands in quotes")
        sets[where] = {"kind": "dns#resourceRecordSet", "ttl": 3600, "signatureRrdatas": [], **record}
    zone["_rrsets"] = sets
    kept = {"additions": call.body.get("additions", []), "deletions": call.body.get("deletions", [])}
    return {"kind": "dns#change", "id": call.world.id(), "status": "pending", "startTime": moment(), **kept}


def _plain(record: Record) -> Record:
    said = {name: record.get(name) for name in ("name", "type", "ttl")}
    return {**said, "rrdatas": sorted(record.get("rrdatas", ()))}


def _own(name: str, kind: str, data: str) -> Record:
    return {"kind": "dns#resourceRecordSet", "name": name, "type": kind, "ttl": 21600, "rrdatas": [data]}


def _networks(call: Call, said: Record) -> set[str]:
    found = set()
    for one in said.get("privateVisibilityConfig", {}).get("networks", ()):
        path = bare(str(one.get("networkUrl", "")))
        if path not in call.world.resources:
            raise invalid(
                f"Invalid value for 'entity.managedZone.privateVisibilityConfig.networks': '{path}' is not there"
            )
        found.add(path)
    return found


def _zone(call: Call) -> Record:
    asked = call.text("managedZone")
    for zone in call.project.zones.values():
        if asked in {zone["name"], zone["id"]}:
            return zone
    raise Problem(404, "notFound", f"The 'parameters.managedZone' resource named '{asked}' does not exist.")
