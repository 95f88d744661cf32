"""The lease in a bucket: one writer wins, a bucket of others is no lease, and nothing is left of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from gcp_projects import Project

from paver.contract.errors import NotOurs
from paver.contract.types import Owner
from paver_gcp.api import Api
from paver_gcp.lease import BucketLease, bucket_name
from paver_gcp.sandbox.example import ELSEWHERE, PROJECT, REGION
from paver_gcp.settings import GcpSettings


def settings(project: Project, id_: str = PROJECT) -> GcpSettings:
    return GcpSettings.model_validate(
        {
            "project": id_,
            "region": REGION,
            "zones": {"z1": f"{REGION}-b"},
            "credentials_file": str(project.stage.credentials),
            "endpoint": project.stage.url,
        }
    )


@pytest.fixture
def api(project: Project) -> Iterator[Api]:
    found = Api(settings(project))
    yield found
    found.close()


@pytest.fixture
def owner() -> Owner:
    return Owner(id=uuid4(), name="sandbox")


def test_a_slip_is_written_read_and_cleared_with_its_bucket(project: Project, api: Api, owner: Owner) -> None:
    lease = BucketLease(api, owner)
    assert lease.read() is None
    version = lease.write("one", None)
    assert version is not None
    slip = lease.read()
    assert slip is not None
    assert (slip.text, slip.version) == ("one", version)
    bucket = project.client("GET", f"storage/v1/b/{bucket_name(owner)}")
    assert bucket["labels"]["paver-owner"] == str(owner.id)
    assert lease.clear(version)
    assert f"bucket {bucket_name(owner)}" not in project.census()


def test_of_two_who_saw_the_same_one_writes(api: Api, owner: Owner) -> None:
    first, second = BucketLease(api, owner), BucketLease(api, owner)
    version = first.write("first", None)
    assert version is not None
    assert second.write("second", None) is None
    newer = first.write("first again", version)
    assert newer is not None
    assert newer != version
    assert second.write("second", version) is None
    assert not second.clear(version)
    assert first.clear(newer)


def test_what_lies_in_a_bucket_of_another_project_is_no_lease(project: Project, api: Api, owner: Owner) -> None:
    name = bucket_name(owner)
    project.client("POST", "storage/v1/b", {"name": name, "location": REGION}, project=ELSEWHERE)
    project.client("POST", f"upload/storage/v1/b/{name}/o", data=b"{}", uploadType="media", name="lease.json")
    lease = BucketLease(api, owner)
    assert lease.read() is None
    with pytest.raises(NotOurs, match="belongs to another project"):
        lease.write("mine", None)


def test_a_slip_of_somebody_in_the_bucket_keeps_the_bucket(project: Project, api: Api, owner: Owner) -> None:
    lease = BucketLease(api, owner)
    version = lease.write("one", None)
    assert version is not None
    path = f"upload/storage/v1/b/{bucket_name(owner)}/o"
    project.client("POST", path, data=b"x", uploadType="media", name="other")
    assert lease.clear(version)
    assert project.census()[f"bucket {bucket_name(owner)}"] == 1


def test_the_last_call_of_an_environment_is_sent_again(project: Project, api: Api, owner: Owner) -> None:
    lease = BucketLease(api, owner)
    version = lease.write("one", None)
    assert version is not None
    project.client.behave(faults=[{"method": "storage.buckets.delete", "code": 503, "times": 2}])
    assert lease.clear(version)
    assert f"bucket {bucket_name(owner)}" not in project.census()


def test_the_place_is_told_without_a_secret(api: Api, owner: Owner, tmp_path: Path) -> None:
    assert BucketLease(api, owner).place == f"gs:{bucket_name(owner)}/lease.json"
