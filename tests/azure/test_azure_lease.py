"""The shared lease: one blob, replaced by comparison, in an account that comes and goes with it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
from azure_account import AzureAccount, section
from pydantic import SecretStr

from paver.contract.errors import Throttled
from paver.contract.lease import LeasePlace
from paver.contract.types import Owner
from paver_azure import lease as module
from paver_azure.api import Api
from paver_azure.lease import BlobLease, account_name, group_name
from paver_azure.sandbox.message import Refusal
from paver_azure.sandbox.transport import session
from paver_azure.sandbox.world import Fault
from paver_azure.settings import AzureSettings

OWNER = Owner(id=uuid4(), name="sandbox")
LEASED = {f"resourceGroups {group_name(OWNER)}", f"storageAccounts {account_name(OWNER)}", "containers lease"}


@pytest.fixture
def api(azure: AzureAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setattr(module, "FIRST", 0.05)
    made = connected(azure)
    yield made
    made.close()


def connected(azure: AzureAccount, **fields: str) -> Api:
    settings = azure.environment(change=section(**fields)).loaded().settings
    assert isinstance(settings, AzureSettings)
    return Api(settings, lambda: SecretStr(azure.estate.owner.secret), session(azure.world))


def written(place: LeasePlace, text: str, over: str | None) -> str | None:
    """As the engine does: patiently, while it is being made."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            return place.write(text, over)
        except Throttled as error:
            time.sleep(error.retry_after or 0.02)
    raise TimeoutError(text)


def there(azure: AzureAccount) -> set[str]:
    from paver_azure.sandbox.census import census  # noqa: PLC0415  the account's own leaves out the lease

    return {f"{one.noun} {one.name}" for one in census(azure.hand, azure.estate.subscription.id)}


def test_the_first_slip_makes_its_place_and_the_last_one_takes_it_away(azure: AzureAccount, api: Api) -> None:
    place = BlobLease(api, OWNER)
    assert place.read() is None
    version = written(place, "mine", None)
    assert version is not None
    assert there(azure) == LEASED
    found = BlobLease(api, OWNER).read()
    assert found is not None
    assert (found.text, found.version) == ("mine", version)
    assert place.clear(version)
    time.sleep(0.2)
    assert there(azure) == set()


def test_whoever_saw_an_older_slip_or_none_is_too_late(azure: AzureAccount, api: Api) -> None:
    place = BlobLease(api, OWNER)
    first = written(place, "first", None)
    assert first is not None
    assert written(place, "second", None) is None
    later = written(place, "later", first)
    assert later is not None
    assert written(place, "too late", first) is None
    assert not place.clear(first)
    found = place.read()
    assert found is not None
    assert found.text == "later"


def test_in_a_given_group_only_the_account_goes(azure: AzureAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST", 0.05)
    azure.hand.put(f"{azure.root}/resourceGroups/theirs", {"location": "westeurope"})
    place = BlobLease(connected(azure, resource_group="theirs"), OWNER)
    version = written(place, "mine", None)
    assert version is not None
    assert there(azure) == {"resourceGroups theirs", f"storageAccounts {account_name(OWNER)}", "containers lease"}
    assert place.clear(version)
    assert there(azure) == {"resourceGroups theirs"}


def test_the_last_calls_are_sent_again_until_nothing_is_left(azure: AzureAccount, api: Api) -> None:
    place = BlobLease(api, OWNER)
    version = written(place, "mine", None)
    assert version is not None
    later = Refusal(503, "ServiceUnavailable", "later")
    azure.world.faults += [
        Fault("DELETE", "/blob/*", later, times=2),
        Fault("DELETE", "*/resourcegroups/paver-lease-*", later, times=2),
        Fault("DELETE", "/blob/*", Refusal(500, "InternalError", "it was done"), acts=True),
    ]
    assert place.clear(version)
    assert [fault.times for fault in azure.world.faults] == [0, 0, 0]
    time.sleep(0.2)
    assert there(azure) == set()


def test_a_place_that_still_goes_is_waited_for(azure: AzureAccount, api: Api) -> None:
    place = BlobLease(api, OWNER)
    version = written(place, "mine", None)
    assert version is not None
    azure.world.pending = 0.5
    assert place.clear(version)
    assert written(BlobLease(api, OWNER), "the next one's", None) is not None
    assert there(azure) == LEASED
