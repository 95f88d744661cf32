"""Compute's operations: a change is answered with one that is RUNNING, and done some time later."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from paver_gcp.sandbox.call import Call, answers
from paver_gcp.sandbox.problem import absent, invalid
from paver_gcp.sandbox.world import Pending, Record, link, moment


def operate(call: Call, path: str, kind: str, finish: Callable[[], None]) -> Record:
    """Begin a change.

    Args:
        call: What asks for it.
        path: The resource.
        kind: `insert`, `delete`, `setLabels`.
        finish: Carries it out, once its time has come.
    """
    parts = path.split("/")
    if len(parts) == 2:  # noqa: PLR2004  a project itself
        parts.append("global")
    place = "/".join(parts[:3]) if parts[2] == "global" else "/".join(parts[:4])
    name = f"operation-{uuid.uuid4().hex[:13]}-{uuid.uuid4().hex[:12]}"
    where = f"{place}/operations/{name}"
    resource = call.world.resources.get(path, {})
    operation: Record = {
        "kind": "compute#operation",
        "id": call.world.id(),
        "name": name,
        "operationType": kind,
        "targetLink": link(path),
        "targetId": resource.get("id", call.world.id()),
        "status": "RUNNING",
        "progress": 0,
        "user": call.caller,
        "insertTime": moment(),
        "startTime": moment(),
        "selfLink": link(where),
        **({parts[2][:-1]: link(place)} if parts[2] != "global" else {}),
    }
    call.world.operations[where] = operation
    call.world.pending.append(Pending(operation, path, call.world.clock() + call.world.latency, finish))
    if request := call.text("requestId"):
        call.world.repeated[call.text("project"), request] = (_asked(call), operation)
    return dict(operation)


def repeated(call: Call) -> Record | None:
    """The operation of an earlier request with the same id; None: there was none."""
    request = call.text("requestId")
    if not request:
        return None
    try:
        number = uuid.UUID(request)
    except ValueError as error:
        raise invalid(f"Invalid value for field 'requestId': '{request}'. It is no UUID") from error
    if not number.int:
        raise invalid("Invalid value for field 'requestId': the zero UUID is not supported")
    found = call.world.repeated.get((call.text("project"), request))
    if found is None:
        return None
    asked, operation = found
    if asked != _asked(call):
        raise invalid(f"Invalid value for field 'requestId': '{request}' was of another request")
    return dict(operation)


def _asked(call: Call) -> str:
    return f"{call.method.id} {sorted((n, v) for n, v in call.parameters.items() if n != 'requestId')}"


@answers("compute.globalOperations.get", "compute.regionOperations.get", "compute.zoneOperations.get")
@answers("compute.globalOperations.wait", "compute.regionOperations.wait", "compute.zoneOperations.wait")
def get(call: Call) -> Record:
    """One, as it is now: `wait` may answer before it is done, and here it always does."""
    place = next((f"{one}s/{call.parameters[one]}" for one in ("region", "zone") if one in call.parameters), "global")
    path = f"projects/{call.text('project')}/{place}/operations/{call.text('operation')}"
    found = call.world.operations.get(path)
    if found is None:
        raise absent(path)
    return dict(found)
