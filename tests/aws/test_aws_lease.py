"""The lease in the account: one paver at a time, wherever the pavers are, and no bucket left behind."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from accounts import Account, Environment

from paver import api
from paver.conformance.wire.rates import Rates
from paver.contract.errors import Locked, Transient
from paver.contract.lease import Slip
from paver.contract.types import Owner
from paver.engine.lease import Holding
from paver_aws.api import Api
from paver_aws.lease import OBJECT, BucketLease, bucket_name
from paver_aws.settings import AwsSettings

OWNER = Owner(id=UUID(int=7), name="leased")


def lease(account: Account, owner: Owner = OWNER) -> BucketLease:
    """A way of its own to the lease, as another paver has."""
    section = account.environment("lease").section
    settings = {**section, "config_file": str(account.directory / "wire-config")}
    return BucketLease(Api(AwsSettings.model_validate(settings)), owner)


def buckets(account: Account) -> list[str]:
    return [one["Name"] for one in account.client("s3").list_buckets()["Buckets"]]


def held_elsewhere(account: Account, environment: Environment) -> Holding:
    """Somebody on another machine works on the environment."""
    now = datetime.now(UTC)
    holding = Holding(
        serial=4,
        holder=uuid4(),
        by="ada@elsewhere",
        machine="another",
        pid=4711,
        verb="pave",
        since=now - timedelta(minutes=2),
        expires=now + timedelta(seconds=50),
    )
    place = lease(account, Owner(id=environment.id, name="sandbox"))
    assert place.write(holding.model_dump_json(), None) is not None
    return holding


@pytest.fixture
def clean(account: Account) -> Iterator[None]:
    before = buckets(account)
    yield
    assert buckets(account) == before


def test_it_is_compared_and_exchanged(account: Account, clean: None) -> None:
    one, other = lease(account), lease(account)
    assert one.read() is None
    first = one.write("a", None)
    assert first is not None
    assert other.write("b", None) is None
    assert other.read() == Slip("a", first)
    second = other.write("a", first)
    assert second not in {None, first}, "the same text is another version"
    assert one.write("c", first) is None
    assert not one.clear(first)
    assert second is not None
    assert one.clear(second)
    assert other.read() is None
    assert other.write("d", second) is None, "what was to be replaced has gone"


def test_a_slip_that_breaks_off_is_asked_for_again_and_is_no_other_slip(account: Account, clean: None) -> None:
    place = lease(account)
    version = place.write("a", None)
    account.wire.faults(Rates(truncated=1.0))
    try:
        with pytest.raises(Transient):
            place.read()
    finally:
        account.wire.reset()
    assert place.read() == Slip("a", str(version))
    assert place.clear(str(version))


def test_of_eight_at_once_one_is_first(account: Account, clean: None) -> None:
    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(lambda n: lease(account).write(f"{n}", None), range(8)))
    [winner] = [n for n, version in enumerate(versions) if version is not None]
    assert lease(account).read() == Slip(f"{winner}", str(versions[winner]))
    assert lease(account).clear(str(versions[winner]))


def test_every_call_but_the_first_says_whose_bucket_it_must_be(account: Account, clean: None) -> None:
    place = lease(account)
    sent: list[tuple[str, Any]] = []

    def noted(params: dict[str, Any], model: Any, **_: Any) -> None:
        sent.append((model.name, params["headers"].get("x-amz-expected-bucket-owner")))

    for mutating in (True, False):
        client = place._api._client("s3", mutating=mutating)  # what is sent is seen nowhere else
        client.meta.events.register("before-call.s3", noted)
    version = place.write("a", None)
    assert place.read() is not None
    assert place.clear(str(version))
    assert [name for name, owner in sent if owner != "123456789012"] == ["CreateBucket"]
    assert len(sent) == 6


def test_the_bucket_is_marked_and_nothing_in_it_is_public(account: Account, clean: None) -> None:
    version = lease(account).write("a", None)
    s3 = account.client("s3")
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=bucket_name(OWNER))["TagSet"]}
    assert tags == {"Name": bucket_name(OWNER), "paver-owner": str(OWNER.id), "paver-environment": "leased"}
    assert [
        grant["Grantee"]["Type"] for grant in s3.get_object_acl(Bucket=bucket_name(OWNER), Key=OBJECT)["Grants"]
    ] == ["CanonicalUser"]
    assert lease(account).clear(str(version))


def test_a_bucket_with_something_else_in_it_is_left(account: Account) -> None:
    version = lease(account).write("a", None)
    s3 = account.client("s3")
    s3.put_object(Bucket=bucket_name(OWNER), Key="theirs", Body=b"")
    assert lease(account).clear(str(version))
    assert bucket_name(OWNER) in buckets(account)
    s3.delete_object(Bucket=bucket_name(OWNER), Key="theirs")
    s3.delete_bucket(Bucket=bucket_name(OWNER))


def test_who_meets_it_is_told_at_the_first_look_who_holds_it_and_unlock_frees_it(account: Account, clean: None) -> None:
    environment = account.environment("held")
    held = held_elsewhere(account, environment)
    for verb in (environment.pave, environment.destroy):
        with account.unchanged(), pytest.raises(Locked) as caught:
            verb()
        assert account.counts().reading <= 3  # who calls, and the slip: nothing is waited for
        assert caught.value.exit_code == 5
        said = dict(caught.value.facts)
        assert said["holder"].startswith("ada@elsewhere, pid 4711, pave since ")
        assert said["lease"] == f"s3:paver-lease-{environment.id}/lease.json"
    freed = api.unlock(environment.loaded(), environment.options(), lambda holding: None)
    assert freed == held
    environment.pave()
    slip = lease(account, Owner(id=environment.id, name="sandbox")).read()
    assert slip is not None
    assert Holding.model_validate_json(slip.text).serial == held.serial + 2
    environment.destroy()


def test_looking_takes_no_lease(account: Account, clean: None) -> None:
    environment = account.environment("looked-at")
    with account.unchanged():
        environment.plan()
    assert bucket_name(Owner(id=environment.id, name="sandbox")) not in buckets(account)
