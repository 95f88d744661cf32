"""Secret Manager: secrets and their numbered versions (Secret Manager API Reference, v1; its guide, "ETags").

Every request that changes a secret or a version gives it another etag, even where it changes nothing else; a version's
is no part of its secret's. Names have the project's number, whatever the request had.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from paver_gcp.sandbox.call import Call, answers, page
from paver_gcp.sandbox.crc32c import crc32c
from paver_gcp.sandbox.filters import matches
from paver_gcp.sandbox.places import REGIONS
from paver_gcp.sandbox.problem import Problem, invalid, unmade
from paver_gcp.sandbox.rules import check_labels
from paver_gcp.sandbox.world import Record, moment, told

ID = re.compile(r"[a-zA-Z0-9_-]{1,255}")
LATEST = "latest"
LARGEST = 65536
"""Bytes of a payload."""
LONGEST_PAGE = 25000
OUTPUT = frozenset({"name", "createTime", "etag"})
"""What a request may bring along from an answer, and what it does not set."""
_FILTER = re.compile(r"\s*(labels\.[a-z][a-z0-9_-]*\s*=|state\s*[=:])\s*\S+\s*")
_STATES = {"enable": "ENABLED", "disable": "DISABLED", "destroy": "DESTROYED"}


@answers("secretmanager.projects.secrets.create")
def create(call: Call) -> Record:
    """Make one, without a version yet."""
    project, id_, said = call.project, call.text("secretId"), call.body
    if not ID.fullmatch(id_):
        raise invalid(f"The provided Secret ID [{id_}] does not match the expected format [{ID.pattern}].")
    name = f"projects/{project.number}/secrets/{id_}"
    _made(set(said) - OUTPUT, {"replication", "labels"})
    replication, labels = _replication(said.get("replication", {})), said.get("labels", {})
    check_labels(labels)
    if id_ in project.secrets:
        raise Problem(409, "alreadyExists", f"Secret [{name}] already exists.")
    secret: Record = {
        "name": name,
        "replication": replication,
        "createTime": moment(),
        **({"labels": labels} if labels else {}),
        "_versions": [],
    }
    project.secrets[id_] = secret
    return _touched(call, secret)


@answers("secretmanager.projects.secrets.get")
def get(call: Call) -> Record:
    """One."""
    return told(_secret(call))


@answers("secretmanager.projects.secrets.list")
def listed(call: Call) -> Record:
    """All, the newest first."""
    return _page(call, "secrets", [told(secret) for secret in reversed(call.project.secrets.values())])


@answers("secretmanager.projects.secrets.patch")
def patch(call: Call) -> Record:
    """What the mask names: the labels, all of them at once."""
    secret, fields = _secret(call), {field for field in call.text("updateMask").split(",") if field}
    if not fields:
        raise invalid("The field [update_mask] is required.")
    if unknown := fields - set(call.method.document.schemas["Secret"]["properties"]):
        raise invalid(f"Invalid field mask: there is no field [{min(unknown)}].")
    if fixed := fields & {"replication", *OUTPUT}:
        raise invalid(f"The field [{min(fixed)}] cannot be updated.")
    _made(fields, {"labels"})
    _current(secret, call.body.get("etag"))
    labels = call.body.get("labels", {})
    if any(value is None for value in labels.values()):
        raise invalid("Invalid value at 'resource.labels': a string is wanted")
    check_labels(labels)
    secret.pop("labels", None)
    secret.update({"labels": labels} if labels else {})
    return _touched(call, secret)


@answers("secretmanager.projects.secrets.delete")
def delete(call: Call) -> Record:
    """Delete it and all of its versions."""
    secret = _secret(call)
    _current(secret, call.text("etag") or None)
    del call.project.secrets[_id(secret)]
    return {}


@answers("secretmanager.projects.secrets.addVersion")
def add_version(call: Call) -> Record:
    """Keep some bytes under the next number, whatever became of those before."""
    secret, payload = _secret(call), call.body.get("payload", {})
    data = _decoded(payload.get("data", ""))
    checksum = str(crc32c(data))
    if payload.get("dataCrc32c", checksum) != checksum:
        raise invalid("The checksum of the payload that was received is not the one that came with it.")
    version: Record = {
        "name": f"{secret['name']}/versions/{len(secret['_versions']) + 1}",
        "createTime": moment(),
        "state": "ENABLED",
        "replicationStatus": secret["replication"],
        **({"clientSpecifiedPayloadChecksum": True} if "dataCrc32c" in payload else {}),
        "_data": data,
        "_checksum": checksum,
    }
    secret["_versions"].append(version)
    return _touched(call, version)


@answers("secretmanager.projects.secrets.versions.access")
def access(call: Call) -> Record:
    """What is in one that is enabled."""
    version = _version(call)
    if version["state"] != "ENABLED":
        raise _unfit(f"Secret Version [{version['name']}] is in {version['state']} state.")
    data = base64.b64encode(version["_data"]).decode()
    return {"name": version["name"], "payload": {"data": data, "dataCrc32c": version["_checksum"]}}


@answers("secretmanager.projects.secrets.versions.get")
def get_version(call: Call) -> Record:
    """One, without what is in it."""
    return told(_version(call))


@answers("secretmanager.projects.secrets.versions.list")
def list_versions(call: Call) -> Record:
    """All, the newest first: what is destroyed stays there as such."""
    return _page(call, "versions", [told(version) for version in reversed(_secret(call)["_versions"])])


@answers(*(f"secretmanager.projects.secrets.versions.{verb}" for verb in _STATES))
def switch(call: Call) -> Record:
    """Let it be accessed or not; what is destroyed is lost, and its state final."""
    if call.text("name").endswith(f"/{LATEST}"):
        raise unmade("changes of a version that is called by an alias")
    version = _version(call)
    _current(version, call.body.get("etag"))
    if version["state"] == "DESTROYED":
        raise _unfit("SecretVersion.state is already DESTROYED.")
    version["state"] = _STATES[call.method.id.rpartition(".")[2]]
    if version["state"] == "DESTROYED":
        version["destroyTime"] = moment()
        del version["_data"], version["_checksum"]
    return _touched(call, version)


def _made(fields: set[str], ours: set[str]) -> None:
    if more := fields - ours:
        raise unmade(f"secrets with {min(more)}")


def _replication(said: Record) -> Record:
    if len(said) != 1:
        raise invalid("The field [secret.replication] is required: one of automatic and user_managed.")
    if "automatic" in said:
        _keyless(said["automatic"])
        return {"automatic": {}}
    replicas = said["userManaged"].get("replicas", [])
    for one in replicas:
        _keyless(one)
    places = [one.get("location", "") for one in replicas]
    if not places or len(set(places)) < len(places) or set(places) - set(REGIONS):
        raise invalid(f"Invalid replicas {places}: one or more locations are wanted, each known and named once.")
    return {"userManaged": {"replicas": [{"location": place} for place in places]}}


def _keyless(said: Record) -> None:
    if "customerManagedEncryption" in said:
        raise unmade("keys of Cloud KMS")


def _decoded(text: str) -> bytes:
    try:
        data = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise invalid(f"Invalid value at 'resource.payload.data': {error}") from error
    if not data:
        raise invalid("Secret Payload cannot be empty.")
    if len(data) > LARGEST:
        raise invalid(f"The secret payload is larger than {LARGEST} bytes.")
    return data


def _page(call: Call, noun: str, found: list[Record]) -> Record:
    expression = call.text("filter")
    if expression and not _FILTER.fullmatch(expression):
        raise unmade(f"the filter '{expression}'")
    if int(call.parameters.get("pageSize", 0)) < 0:
        raise invalid("The field [page_size] cannot be negative.")
    kept = [one for one in found if not expression or matches(expression, one)]
    some, token = page(call, kept, "pageSize", LONGEST_PAGE)
    return {
        **({noun: some} if some else {}),
        **({"nextPageToken": token} if token else {}),
        **({"totalSize": len(kept)} if kept and not expression else {}),
    }


def _touched(call: Call, record: Record) -> Record:
    record["etag"] = f'"{int(call.world.id()):x}"'
    return told(record)


def _current(record: Record, etag: Any) -> None:
    if etag is not None and etag != record["etag"]:
        raise _unfit(f"The etag [{etag}] is not the one of [{record['name']}], which has changed since.")


def _unfit(message: str) -> Problem:
    return Problem(400, "failedPrecondition", message, status="FAILED_PRECONDITION")


def _id(secret: Record) -> str:
    return str(secret["name"]).rpartition("/")[2]


def _secret(call: Call) -> Record:
    id_ = (call.text("name") or call.text("parent")).split("/")[3]
    found = call.project.secrets.get(id_)
    if found is None:
        raise Problem(404, "notFound", f"Secret [projects/{call.project.number}/secrets/{id_}] not found.")
    return found


def _version(call: Call) -> Record:
    secret, asked = _secret(call), call.text("name").split("/")[5]
    name = f"{secret['name']}/versions/{asked}"
    if asked == LATEST and secret["_versions"]:
        newest: Record = secret["_versions"][-1]
        return newest
    for version in secret["_versions"]:
        if version["name"] == name:
            found: Record = version
            return found
    if asked == LATEST:
        raise Problem(404, "notFound", f"Secret [{secret['name']}] not found or has no versions.")
    raise Problem(404, "notFound", f"Secret Version [{name}] not found.")
