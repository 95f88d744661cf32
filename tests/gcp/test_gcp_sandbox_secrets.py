"""Secret Manager of the emulator: numbered versions, their states, etags, and who may do what."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from gcp_emulated import Asking, Refused

from paver_gcp.sandbox.crc32c import crc32c
from paver_gcp.sandbox.example import NUMBER, PROJECT

SECRETS = f"/v1/projects/{PROJECT}/secrets"
NAME = f"projects/{NUMBER}/secrets/some"
AUTOMATIC = {"automatic": {}}


def secret(asking: Asking, name: str = "some", **more: Any) -> dict[str, Any]:
    return asking("POST", SECRETS, {"replication": AUTOMATIC, **more}, secretId=name)


def version(asking: Asking, data: bytes, **more: Any) -> dict[str, Any]:
    payload = {"data": base64.b64encode(data).decode(), **more}
    return asking("POST", f"{SECRETS}/some:addVersion", {"payload": payload})


def read(asking: Asking, which: str = "latest") -> bytes:
    return base64.b64decode(asking("GET", f"{SECRETS}/some/versions/{which}:access")["payload"]["data"])


def permitted(asking: Asking, *permissions: str) -> None:
    """From now on the caller may do these alone."""
    role = {"title": "some", "includedPermissions": list(permissions)}
    asking("POST", f"/v1/projects/{PROJECT}/roles", {"roleId": "some_role", "role": role})
    asking.world.projects[PROJECT].policy["bindings"][0]["role"] = f"projects/{PROJECT}/roles/some_role"


def test_a_secret_is_told_by_the_number_of_its_project_and_has_no_version_yet(asking: Asking) -> None:
    made = secret(asking, labels={"team": "a"})
    assert (made["name"], made["replication"], made["labels"]) == (NAME, AUTOMATIC, {"team": "a"})
    assert asking("GET", f"{SECRETS}/some") == asking("GET", f"/v1/{NAME}") == made
    assert asking("GET", f"{SECRETS}/some/versions") == {}
    with pytest.raises(Refused, match="not found or has no versions") as refused:
        read(asking)
    assert refused.value.status == 404


def test_versions_count_from_one_and_the_latest_is_the_last(asking: Asking) -> None:
    secret(asking)
    names = [version(asking, data)["name"] for data in (b"one", b"\x00two\xff")]
    assert names == [f"{NAME}/versions/1", f"{NAME}/versions/2"]
    assert (read(asking, "1"), read(asking, "2"), read(asking)) == (b"one", b"\x00two\xff", b"\x00two\xff")
    assert asking("GET", f"{SECRETS}/some/versions/latest")["name"] == names[1]
    listed = asking("GET", f"{SECRETS}/some/versions")
    assert [one["name"] for one in listed["versions"]] == names[::-1]
    assert "data" not in str(listed)


def test_the_checksum_is_the_castagnoli_one() -> None:
    assert crc32c(b"123456789") == 0xE3069283


def test_a_payload_that_came_over_broken_is_not_kept(asking: Asking) -> None:
    secret(asking)
    assert version(asking, b"one", dataCrc32c=str(crc32c(b"one")))["clientSpecifiedPayloadChecksum"]
    with pytest.raises(Refused, match="checksum") as refused:
        version(asking, b"two", dataCrc32c=str(crc32c(b"one")))
    assert (refused.value.status, refused.value.reason) == (400, "INVALID_ARGUMENT")
    assert "clientSpecifiedPayloadChecksum" not in version(asking, b"three")
    told = asking("GET", f"{SECRETS}/some/versions/2:access")
    assert told["payload"]["dataCrc32c"] == str(crc32c(b"three"))


@pytest.mark.parametrize(
    ("data", "said"),
    [("", "cannot be empty"), ("YQ=A", "is wanted"), ("YWJjZ", "data"), ("YQ" * 43700 + "YQ==", "larger than 65536")],
)
def test_a_payload_that_is_none_is_refused(asking: Asking, data: str, said: str) -> None:
    secret(asking)
    with pytest.raises(Refused, match=said) as refused:
        asking("POST", f"{SECRETS}/some:addVersion", {"payload": {"data": data}})
    assert refused.value.status == 400


def test_a_disabled_version_is_not_read_until_it_is_enabled_and_a_destroyed_one_never(asking: Asking) -> None:
    secret(asking)
    version(asking, b"one")
    path = f"{SECRETS}/some/versions/1"
    assert asking("POST", f"{path}:disable", {})["state"] == "DISABLED"
    with pytest.raises(Refused, match=r"versions/1\] is in DISABLED state") as refused:
        read(asking)
    assert (refused.value.status, refused.value.reason) == (400, "FAILED_PRECONDITION")
    assert asking("POST", f"{path}:enable", {})["state"] == "ENABLED"
    assert read(asking) == b"one"
    gone = asking("POST", f"{path}:destroy", {})
    assert (gone["state"], "destroyTime" in gone) == ("DESTROYED", True)
    assert b"one" not in str(asking.world.projects[PROJECT].secrets).encode()
    with pytest.raises(Refused, match="is in DESTROYED state"):
        read(asking)
    for verb in ("enable", "disable", "destroy"):
        with pytest.raises(Refused, match="already DESTROYED") as refused:
            asking("POST", f"{path}:{verb}", {})
        assert refused.value.reason == "FAILED_PRECONDITION"
    assert version(asking, b"two")["name"].endswith("/2")


def test_of_two_who_saw_the_same_secret_the_second_changes_nothing(asking: Asking) -> None:
    seen = secret(asking, labels={"team": "a"})["etag"]
    changed = asking("PATCH", f"{SECRETS}/some", {"labels": {"team": "b"}, "etag": seen}, updateMask="labels")
    assert changed["etag"] != seen
    for verb, body, query in (
        ("PATCH", {"labels": {}, "etag": seen}, {"updateMask": "labels"}),
        ("DELETE", None, {"etag": seen}),
    ):
        with pytest.raises(Refused, match="has changed since") as refused:
            asking(verb, f"{SECRETS}/some", body, **query)
        assert (refused.value.status, refused.value.reason) == (400, "FAILED_PRECONDITION")
    assert asking("GET", f"{SECRETS}/some") == changed
    asking("DELETE", f"{SECRETS}/some", etag=changed["etag"])
    with pytest.raises(Refused, match="not found") as refused:
        asking("GET", f"{SECRETS}/some")
    assert (refused.value.status, refused.value.reason) == (404, "NOT_FOUND")


def test_a_version_has_an_etag_of_its_own_that_any_change_replaces(asking: Asking) -> None:
    before = secret(asking)["etag"]
    seen = version(asking, b"one")["etag"]
    path = f"{SECRETS}/some/versions/1"
    now = asking("POST", f"{path}:enable", {})["etag"]
    assert now != seen
    with pytest.raises(Refused, match="has changed since"):
        asking("POST", f"{path}:destroy", {"etag": seen})
    assert read(asking) == b"one"
    asking("POST", f"{path}:disable", {"etag": now})
    assert asking("GET", f"{SECRETS}/some")["etag"] == before


def test_a_name_that_is_taken_is_a_conflict_until_it_is_deleted_with_all_versions(asking: Asking) -> None:
    secret(asking)
    version(asking, b"one")
    with pytest.raises(Refused, match=rf"Secret \[{NAME}\] already exists") as refused:
        secret(asking)
    assert (refused.value.status, refused.value.reason) == (409, "ALREADY_EXISTS")
    asking("DELETE", f"{SECRETS}/some")
    secret(asking)
    assert version(asking, b"two")["name"] == f"{NAME}/versions/1"


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("some", {}, r"secret\.replication"),
        ("some", {"replication": {}}, "one of automatic and user_managed"),
        ("some", {"replication": {**AUTOMATIC, "userManaged": {}}}, "one of automatic and user_managed"),
        ("some", {"replication": {"userManaged": {"replicas": []}}}, "one or more locations"),
        ("some", {"replication": {"userManaged": {"replicas": [{"location": "mars-1"}]}}}, "each known"),
        ("some", {"replication": AUTOMATIC, "labels": {"Team": "a"}}, "labels"),
        ("some", {"replication": AUTOMATIC, "colour": "red"}, "Cannot find field"),
        ("so.me", {"replication": AUTOMATIC}, "does not match"),
        ("", {"replication": AUTOMATIC}, "does not match"),
    ],
)
def test_a_secret_that_does_not_fit_is_refused(asking: Asking, name: str, body: Any, said: str) -> None:
    with pytest.raises(Refused, match=said) as refused:
        asking("POST", SECRETS, body, secretId=name)
    assert refused.value.status == 400
    assert asking("GET", SECRETS) == {}


@pytest.mark.parametrize(
    ("mask", "body", "said"),
    [
        ("", {"labels": {}}, "update_mask"),
        ("replication", {"replication": {"userManaged": {"replicas": [{"location": "us-central1"}]}}}, "be updated"),
        ("name", {}, "be updated"),
        ("colour", {}, "no field"),
        ("labels", {"labels": {"team": None}}, "a string is wanted"),
    ],
)
def test_what_may_not_change_does_not(asking: Asking, mask: str, body: Any, said: str) -> None:
    made = secret(asking, labels={"team": "a"})
    with pytest.raises(Refused, match=said) as refused:
        asking("PATCH", f"{SECRETS}/some", body, updateMask=mask)
    assert refused.value.status == 400
    assert asking("GET", f"{SECRETS}/some") == made


def test_only_what_the_mask_names_changes_and_labels_change_all_at_once(asking: Asking) -> None:
    secret(asking, labels={"team": "a", "stage": "b"})
    changed = asking("PATCH", f"{SECRETS}/some", {"labels": {"team": "c"}}, updateMask="labels")
    assert changed["labels"] == {"team": "c"}
    assert "labels" not in asking("PATCH", f"{SECRETS}/some", {}, updateMask="labels")


def test_lists_come_in_pages_by_label_and_by_state_the_newest_first(asking: Asking) -> None:
    for number in range(3):
        secret(asking, f"secret-{number}", labels={"odd": str(number % 2)})
    first = asking("GET", SECRETS, pageSize=2)
    rest = asking("GET", SECRETS, pageSize=2, pageToken=first["nextPageToken"])
    names = [one["name"].rpartition("/")[2] for one in (*first["secrets"], *rest["secrets"])]
    assert (names, first["totalSize"]) == (["secret-2", "secret-1", "secret-0"], 3)
    assert "nextPageToken" not in rest
    [odd] = asking("GET", SECRETS, filter="labels.odd=1")["secrets"]
    assert odd["name"].endswith("/secret-1")
    secret(asking)
    version(asking, b"one")
    version(asking, b"two")
    asking("POST", f"{SECRETS}/some/versions/2:disable", {})
    [enabled] = asking("GET", f"{SECRETS}/some/versions", filter="state:ENABLED")["versions"]
    assert enabled["name"] == f"{NAME}/versions/1"


def test_replicas_are_told_of_the_secret_and_of_its_versions(asking: Asking) -> None:
    replication = {"userManaged": {"replicas": [{"location": "europe-west1"}, {"location": "us-central1"}]}}
    assert secret(asking, replication=replication)["replication"] == replication
    assert version(asking, b"one")["replicationStatus"] == replication


@pytest.mark.parametrize(
    ("verb", "path", "body", "why"),
    [
        ("POST", f"{SECRETS}?secretId=other", {"replication": AUTOMATIC, "ttl": "60s"}, "no end by itself"),
        ("POST", f"{SECRETS}?secretId=other", {"replication": AUTOMATIC, "annotations": {"a": "b"}}, "no annotations"),
        (
            "POST",
            f"{SECRETS}?secretId=other",
            {"replication": {"automatic": {"customerManagedEncryption": {"kmsKeyName": "key"}}}},
            "no keys of others",
        ),
        ("PATCH", f"{SECRETS}/some?updateMask=labels,rotation", {}, "no rotation"),
        ("GET", f"{SECRETS}?filter=labels.a=1%20AND%20labels.b=2", None, "no filter of two conditions"),
        ("GET", f"{SECRETS}/some:getIamPolicy", None, "no policies of a secret"),
        ("POST", f"{SECRETS}/some:setIamPolicy", {"policy": {}}, "the same"),
        ("POST", f"{SECRETS}/some:testIamPermissions", {"permissions": []}, "the same"),
        ("POST", f"{SECRETS}/some/versions/latest:destroy", {}, "no change by an alias"),
        ("GET", f"/v1/projects/{PROJECT}/locations/europe-west1/secrets", None, "no secrets of a region"),
    ],
)
def test_what_the_emulator_does_not_do_is_never_said_to_be_done(
    asking: Asking, verb: str, path: str, body: Any, why: str
) -> None:
    made = secret(asking)
    with pytest.raises(Refused) as refused:
        asking(verb, path, body)
    assert (refused.value.status, refused.value.reason) == (501, "UNIMPLEMENTED"), why
    assert asking("GET", SECRETS)["secrets"] == [made]


@pytest.mark.parametrize(
    ("permission", "verb", "path", "body"),
    [
        ("secretmanager.secrets.create", "POST", "?secretId=other", {"replication": AUTOMATIC}),
        ("secretmanager.secrets.get", "GET", "/some", None),
        ("secretmanager.secrets.list", "GET", "", None),
        ("secretmanager.secrets.update", "PATCH", "/some?updateMask=labels", {}),
        ("secretmanager.secrets.delete", "DELETE", "/some", None),
        ("secretmanager.versions.add", "POST", "/some:addVersion", {"payload": {"data": "YQ=="}}),
        ("secretmanager.versions.access", "GET", "/some/versions/1:access", None),
        ("secretmanager.versions.get", "GET", "/some/versions/1", None),
        ("secretmanager.versions.list", "GET", "/some/versions", None),
        ("secretmanager.versions.enable", "POST", "/some/versions/1:enable", {}),
        ("secretmanager.versions.disable", "POST", "/some/versions/1:disable", {}),
        ("secretmanager.versions.destroy", "POST", "/some/versions/1:destroy", {}),
    ],
)
def test_each_method_has_one_permission_which_is_enough(
    asking: Asking, permission: str, verb: str, path: str, body: Any
) -> None:
    secret(asking)
    version(asking, b"one")
    permitted(asking, "secretmanager.versions.getPayload")
    with pytest.raises(Refused, match=f"Required '{permission}' permission") as refused:
        asking(verb, SECRETS + path, body)
    assert (refused.value.status, refused.value.reason) == (403, "PERMISSION_DENIED")
    asking.world.projects[PROJECT].roles["some_role"]["includedPermissions"] = [permission]
    asking(verb, SECRETS + path, body)


def test_a_service_that_is_not_enabled_says_so(asking: Asking) -> None:
    asking.world.projects[PROJECT].services.discard("secretmanager.googleapis.com")
    with pytest.raises(Refused, match=r"secretmanager\.googleapis\.com has not been used in project") as refused:
        asking("GET", SECRETS)
    assert (refused.value.status, refused.value.reason) == (403, "PERMISSION_DENIED")
