"""How often Azure is asked how far something is: as soon as may be, and never before it said."""

from __future__ import annotations

from uuid import uuid4

import pytest
from azure_account import AzureAccount, section
from pydantic import SecretStr

from paver.contract.answers import FIRST
from paver.contract.resource import Attempt, Key, Waiting
from paver.contract.types import Owner
from paver_azure.api import Api
from paver_azure.resources.application_group import ApplicationGroup, ApplicationGroupKind
from paver_azure.resources.noun import AzureKind
from paver_azure.sandbox.message import Refusal
from paver_azure.sandbox.transport import session
from paver_azure.sandbox.world import Fault
from paver_azure.settings import AzureSettings

OWNER = Owner(id=uuid4(), name="some-group")
KEY = Key(kind="application-group", name="internal")
WANT = ApplicationGroup(key=KEY, name="some-group-internal")


def looks(azure: AzureAccount, pending: float) -> tuple[Waiting, Waiting]:
    """What a PUT and the first look after it came to, where Azure takes so many seconds."""
    settings = azure.environment(change=section()).loaded().settings
    assert isinstance(settings, AzureSettings)
    api = Api(settings, lambda: SecretStr(azure.estate.owner.secret), session(azure.world))
    api.put("Microsoft.Resources/resourceGroups", api.group(OWNER), {"location": settings.location})
    azure.world.pending = pending
    kind, attempt = ApplicationGroupKind(api), Attempt(owner=OWNER, name=WANT.name, token=uuid4(), key=KEY)
    begun = kind.create(WANT, attempt)
    assert isinstance(begun, Waiting)
    later = kind.advance(WANT, begun.ticket, attempt)
    assert isinstance(later, Waiting)
    api.close()
    return begun, later


def test_what_takes_seconds_is_asked_about_when_azure_said(azure: AzureAccount) -> None:
    begun, later = looks(azure, pending=7.9)
    assert begun.again == 7
    assert later.again == 7


def test_where_azure_says_nothing_it_is_soon_and_then_less_often(azure: AzureAccount) -> None:
    begun, later = looks(azure, pending=0.9)
    assert begun.again == FIRST
    assert later.again == 1.5 * FIRST


def test_a_spec_says_how_long_a_listing_may_lack_what_was_sent(
    azure: AzureAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AzureKind, "settle", 3600.0)
    lost = Refusal(504, "GatewayTimeout", "The gateway did not receive a response.")
    azure.world.faults.append(Fault("PUT", "*/applicationsecuritygroups/sandbox-internal", lost))
    azure.environment(change=section(settle=0.5)).pave(timeout=120)
    assert azure.there()["applicationSecurityGroups sandbox-internal"] == 1
