"""Buckets and objects of the emulator: generations, versions, and three ways to upload."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gcp_emulated import Asking, Refused

from paver_gcp.sandbox.example import PROJECT

BUCKET = {"name": "some-bucket", "location": "europe-west1"}
OBJECTS = "/storage/v1/b/some-bucket/o"
UPLOAD = "/upload/storage/v1/b/some-bucket/o"


def bucket(asking: Asking, **more: Any) -> None:
    asking("POST", "/storage/v1/b", {**BUCKET, **more}, project=PROJECT)


def put(asking: Asking, name: str, data: bytes, query: str = "") -> dict[str, Any]:
    status, _, body = asking.raw("POST", f"{UPLOAD}?uploadType=media&name={name}{query}", data)
    found: dict[str, Any] = json.loads(body)
    if status >= 400:
        raise Refused(status, found)
    return found


def test_an_object_is_read_back_as_it_was_put(asking: Asking) -> None:
    bucket(asking)
    put(asking, "a%2Fb", b"data")
    status, headers, body = asking.raw("GET", f"{OBJECTS}/a%2Fb?alt=media")
    assert (status, body) == (200, b"data")
    assert headers["X-Goog-Generation"] == asking("GET", f"{OBJECTS}/a%2Fb")["generation"]


def test_of_two_writers_who_saw_nothing_one_is_refused(asking: Asking) -> None:
    bucket(asking)
    first = put(asking, "slip", b"1", "&ifGenerationMatch=0")
    with pytest.raises(Refused) as refused:
        put(asking, "slip", b"2", "&ifGenerationMatch=0")
    assert refused.value.status == 412
    second = put(asking, "slip", b"2", f"&ifGenerationMatch={first['generation']}")
    with pytest.raises(Refused):
        asking("DELETE", f"{OBJECTS}/slip", ifGenerationMatch=first["generation"])
    asking("DELETE", f"{OBJECTS}/slip", ifGenerationMatch=second["generation"])


def test_a_versioned_bucket_keeps_what_was_there(asking: Asking) -> None:
    bucket(asking, versioning={"enabled": True})
    put(asking, "a", b"1")
    put(asking, "a", b"2")
    asking("DELETE", f"{OBJECTS}/a")
    assert "items" not in asking("GET", OBJECTS)
    versions = asking("GET", OBJECTS, versions="true")["items"]
    assert [one["size"] for one in versions] == ["1", "1"]
    with pytest.raises(Refused, match="not empty"):
        asking("DELETE", "/storage/v1/b/some-bucket")
    for one in versions:
        asking("DELETE", f"{OBJECTS}/a", generation=one["generation"])
    asking("DELETE", "/storage/v1/b/some-bucket")


def test_an_upload_with_its_metadata_comes_in_two_parts(asking: Asking) -> None:
    bucket(asking)
    said = json.dumps({"name": "two", "metadata": {"by": "hand"}})
    body = (
        f"--line\r\nContent-Type: application/json\r\n\r\n{said}\r\n"
        "--line\r\nContent-Type: text/plain\r\n\r\nthe text\r\n--line--"
    )
    kind = 'multipart/related; boundary="line"'
    status, _, _ = asking.raw("POST", f"{UPLOAD}?uploadType=multipart", body.encode(), content_type=kind)
    told = asking("GET", f"{OBJECTS}/two")
    assert (status, told["size"], told["contentType"], told["metadata"]) == (200, "8", "text/plain", {"by": "hand"})


def test_a_long_upload_goes_on_where_it_was(asking: Asking) -> None:
    bucket(asking)
    status, headers, _ = asking.raw("POST", f"{UPLOAD}?uploadType=resumable&name=long")
    where = headers["Location"].partition("127.0.0.1:1")[2]
    assert status == 200
    status, headers, _ = asking.raw("PUT", where, b"12345", content_range="bytes 0-4/8")
    assert (status, headers["Range"]) == (308, "bytes=0-4")
    status, _, _ = asking.raw("PUT", where, b"678", content_range="bytes 5-7/8")
    assert status == 200
    assert asking.raw("GET", f"{OBJECTS}/long?alt=media")[2] == b"12345678"


def test_a_label_that_is_null_is_taken_away_and_the_others_stay(asking: Asking) -> None:
    bucket(asking, labels={"a": "1", "b": "2"})
    asking("PATCH", "/storage/v1/b/some-bucket", {"labels": {"a": None, "c": "3"}})
    assert asking("GET", "/storage/v1/b/some-bucket")["labels"] == {"b": "2", "c": "3"}


def test_a_name_that_anybody_has_is_taken(asking: Asking) -> None:
    bucket(asking)
    with pytest.raises(Refused, match="you already own it") as refused:
        bucket(asking)
    assert refused.value.status == 409
