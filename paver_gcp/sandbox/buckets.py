"""Cloud Storage: buckets, whose names the whole world shares, and their objects, by generation."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from typing import Any

from paver_gcp.sandbox.call import Answer, Call, answers, page
from paver_gcp.sandbox.problem import Problem, invalid, unmade
from paver_gcp.sandbox.rules import check_labels
from paver_gcp.sandbox.world import Project, Record, World, fingerprint, moment, told

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]")
DEFAULTS: Record = {
    "storageClass": "STANDARD",
    "locationType": "region",
    "rpo": "DEFAULT",
    "softDeletePolicy": {"retentionDurationSeconds": "604800"},
}


@answers("storage.buckets.insert")
def insert(call: Call) -> Record:
    """Make one."""
    name, project = str(call.body.get("name", "")), call.project
    if not NAME.fullmatch(name) or "goog" in name:
        raise invalid(f"Invalid bucket name: '{name}'")
    if name in call.world.buckets:
        ours = call.world.buckets[name]["projectNumber"] == project.number
        said = "Your previous request to create the named bucket succeeded and you already own it."
        other = "The requested bucket name is not available. The bucket namespace is shared by all users of the system."
        raise Problem(409, "conflict", said if ours else other)
    check_labels(call.body.get("labels", {}))
    bucket: Record = {
        **DEFAULTS,
        "kind": "storage#bucket",
        "id": name,
        "projectNumber": project.number,
        "timeCreated": moment(),
        "metageneration": "1",
        **call.body,
        "location": str(call.body.get("location", "US")).upper(),
        "_objects": [],
        "_policy": {"version": 1, "bindings": _own(project)},
    }
    _settled(bucket)
    call.world.buckets[name] = bucket
    return _shown(bucket)


@answers("storage.buckets.get")
def get(call: Call) -> Record:
    """One."""
    return _shown(_bucket(call))


@answers("storage.buckets.list")
def listed(call: Call) -> Record:
    """All of a project, or those whose names begin alike."""
    number, prefix = call.project.number, call.text("prefix")
    found = [
        _shown(bucket)
        for name, bucket in sorted(call.world.buckets.items())
        if bucket["projectNumber"] == number and name.startswith(prefix)
    ]
    some, token = page(call, found, "maxResults", 1000)
    return {
        "kind": "storage#buckets",
        **({"items": some} if some else {}),
        **({"nextPageToken": token} if token else {}),
    }


@answers("storage.buckets.patch")
def patch(call: Call) -> Record:
    """Change what the body has, members of an object each by itself."""
    bucket = _bucket(call)
    seen = call.text("ifMetagenerationMatch")
    if seen and seen != bucket["metageneration"]:
        raise Problem(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")
    for name, value in call.body.items():
        if name in {"name", "location", "projectNumber"} and bucket.get(name) != value:
            raise invalid(f"The {name} of a bucket cannot be changed")
        merged = {**bucket.get(name, {}), **value} if isinstance(value, dict) else value
        # What is null in a map goes (Cloud Storage JSON API, "Performance tips", patch semantics).
        bucket[name] = {n: v for n, v in merged.items() if v is not None} if isinstance(merged, dict) else merged
    check_labels(bucket.get("labels", {}))
    _settled(bucket)
    bucket["metageneration"] = str(int(bucket["metageneration"]) + 1)
    return _shown(bucket)


@answers("storage.buckets.delete")
def delete(call: Call) -> Any:
    """Delete it, once it is empty."""
    bucket = _bucket(call)
    if bucket["_objects"]:
        raise Problem(409, "conflict", "The bucket you tried to delete is not empty.")
    del call.world.buckets[bucket["name"]]
    return Answer(status=204)


@answers("storage.objects.list")
def objects(call: Call) -> Record:
    """Those that are live, or all versions."""
    versions, prefix = call.parameters.get("versions"), call.text("prefix")
    found = [
        told(one)
        for one in sorted(_bucket(call)["_objects"], key=lambda one: (one["name"], int(one["generation"])))
        if (versions or "timeDeleted" not in one) and one["name"].startswith(prefix)
    ]
    some, token = page(call, found, "maxResults", 1000)
    return {
        "kind": "storage#objects",
        **({"items": some} if some else {}),
        **({"nextPageToken": token} if token else {}),
    }


@answers("storage.objects.get")
def read(call: Call) -> Any:
    """What it is, or with `alt=media` what is in it."""
    found = _object(call, _bucket(call))
    if call.text("alt") == "media":
        headers = {"X-Goog-Generation": found["generation"], "Content-Type": found["contentType"]}
        return Answer(body=found["_data"], headers=headers)
    return told(found)


@answers("storage.objects.insert")
def upload(call: Call) -> Any:
    """In one piece, with its metadata in a part of its own, or piece by piece."""
    kind = call.text("uploadType")
    if kind == "media":
        return put(call.world, call, call.text("name"), call.data, call.headers.get("content-type", ""))
    if kind == "multipart":
        said, data, content = _parts(call)
        return put(call.world, call, str(said.get("name") or call.text("name")), data, content, said)
    if kind == "resumable":
        return _begin(call)
    raise unmade(f"uploads of type '{kind}'")


@answers("storage.objects.delete")
def remove(call: Call) -> Any:
    """A version that is named, else the live one: which in a versioned bucket is only not live any more."""
    bucket = _bucket(call)
    found = _object(call, bucket)
    _expected(call, found)
    if call.text("generation") or not bucket.get("versioning", {}).get("enabled"):
        bucket["_objects"].remove(found)
    else:
        found["timeDeleted"] = moment()
    return Answer(status=204)


def resume(world: World, call: Call) -> Any:
    """The next piece of an upload: 308 until the last."""
    begun = world.uploads.get(call.text("upload_id"))
    if begun is None:
        raise Problem(404, "notFound", "No such upload")
    match = re.fullmatch(
        r"bytes (\d+)-(\d+)/(\d+|\*)", call.headers.get("content-range", f"bytes 0-0/{len(call.data)}")
    )
    if match is None:
        raise invalid("Invalid Content-Range")
    begun["data"] += call.data
    if match[3] == "*" or len(begun["data"]) < int(match[3]):
        return Answer(status=308, headers={"Range": f"bytes=0-{len(begun['data']) - 1}"})
    first: Call = begun["call"]
    del world.uploads[call.text("upload_id")]
    return put(world, first, begun["name"], begun["data"], first.headers.get("x-upload-content-type", ""))


def put(world: World, call: Call, name: str, data: bytes, content: str, said: Record | None = None) -> Record:
    """Make an object, or a new generation of it, where the caller saw what is there now."""
    bucket = _bucket(call)
    if not name:
        raise Problem(400, "required", "Required parameter: name")
    live = next((one for one in bucket["_objects"] if one["name"] == name and "timeDeleted" not in one), None)
    _expected(call, live)
    if live is not None:
        if bucket.get("versioning", {}).get("enabled"):
            live["timeDeleted"] = moment()
        else:
            bucket["_objects"].remove(live)
    digest = hashlib.md5(data, usedforsecurity=False).digest()
    made: Record = {
        "kind": "storage#object",
        **{field: value for field, value in (said or {}).items() if field in {"metadata", "cacheControl"}},
        "name": name,
        "bucket": bucket["name"],
        "generation": world.id(),
        "metageneration": "1",
        "size": str(len(data)),
        "contentType": content or "application/octet-stream",
        "md5Hash": base64.b64encode(digest).decode(),
        "timeCreated": moment(),
        "_data": data,
    }
    bucket["_objects"].append(made)
    return told(made)


def _begin(call: Call) -> Answer:
    id_ = secrets.token_urlsafe(16)
    said = json.loads(call.data) if call.data else {}
    name = str(said.get("name") or call.text("name"))
    _bucket(call)
    call.world.uploads[id_] = {"call": call, "name": name, "data": b""}
    where = f"{call.url}/upload/storage/v1/b/{call.text('bucket')}/o?uploadType=resumable&upload_id={id_}"
    return Answer(body={}, headers={"Location": where})


def _parts(call: Call) -> tuple[Record, bytes, str]:
    """The two parts of a multipart/related body (RFC 2387)."""
    match = re.search(r'boundary="?([^";]+)"?', call.headers.get("content-type", ""))
    pieces = call.data.split(b"--" + match[1].encode()) if match else []
    if len(pieces) != 4:  # noqa: PLR2004  before, metadata, data, after
        raise invalid("Invalid multipart request")
    head, _, first = pieces[1].partition(b"\r\n\r\n")
    inner, _, data = pieces[2].partition(b"\r\n\r\n")
    del head
    content = re.search(rb"content-type:\s*([^\r\n]+)", inner, re.IGNORECASE)
    return json.loads(first), data.removesuffix(b"\r\n"), content[1].decode() if content else ""


def _expected(call: Call, live: Record | None) -> None:
    wanted = call.text("ifGenerationMatch")
    if wanted and wanted != (live["generation"] if live is not None else "0"):
        raise Problem(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")


def _object(call: Call, bucket: Record) -> Record:
    name, generation = call.text("object"), call.text("generation")
    for one in bucket["_objects"]:
        fits = generation == one["generation"] if generation else "timeDeleted" not in one
        if one["name"] == name and fits:
            found: Record = one
            return found
    raise Problem(404, "notFound", f"No such object: {bucket['name']}/{name}")


def _bucket(call: Call) -> Record:
    found = call.world.buckets.get(call.text("bucket"))
    if found is None:
        raise Problem(404, "notFound", "The specified bucket does not exist.")
    return found


def _settled(bucket: Record) -> None:
    access = dict(bucket.get("iamConfiguration", {}))
    uniform = {"enabled": False, **access.get("uniformBucketLevelAccess", {})}
    access["uniformBucketLevelAccess"] = uniform
    access.setdefault("publicAccessPrevention", "inherited")
    bucket["iamConfiguration"] = access


def _shown(bucket: Record) -> Record:
    return {**told(bucket), "etag": fingerprint(told(bucket))}


def _own(project: Project) -> list[Record]:
    roles = ("roles/storage.legacyBucketOwner", "roles/storage.legacyBucketReader")
    return [{"role": role, "members": [f"projectOwner:{project.id}"]} for role in roles]
