"""The printed role is enough, and each of its actions is needed: in a subscription where roles are enforced."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable

import pytest
from azure_account import DESTROY, AzureAccount, AzureEnvironment, Document, Outcome, section

from paver import api
from paver.contract.errors import PaverError

UNASKED = {
    "Microsoft.Authorization/permissions/read": "whoever may do nothing may ask what that is",
    "Microsoft.Network/privateDnsZones/A/read": "one record is read only before it is changed",
    "Microsoft.Resources/subscriptions/resources/read": "it is asked for once something is in the way",
}
"""What a life without mishap does not miss on the emulator, and why."""
LOOKED_FOR = frozenset(
    {
        "Microsoft.Compute/locations/usages/read",
        "Microsoft.Compute/skus/read",
        "Microsoft.Network/locations/usages/read",
        "Microsoft.Resources/subscriptions/locations/read",
        "Microsoft.Resources/subscriptions/providers/read",
        "Microsoft.Storage/checknameavailability/read",
        "Microsoft.Storage/locations/usages/read",
    }
)
"""What only preflight does."""
PARTS, SLOW_PARTS = 30, 12
"""A run in CI takes one of so many parts, another one every day."""


def printed(azure: AzureAccount) -> Document:
    role = api.permissions(azure.environment("printed").loaded())
    assert isinstance(role, dict)
    return dict(role)


def allows(role: Document, but: str = "") -> list[Document]:
    actions = [action for action in role["Actions"] if action != but]
    return [{"actions": actions, "dataActions": [action for action in role["DataActions"] if action != but]}]


def restricted(azure: AzureAccount, label: str, permissions: Iterable[Document]) -> AzureEnvironment:
    client = azure.application(f"{label}-secret", permissions)
    return azure.environment(label, section(client=client, client_secret=f"file:{label}-secret"))


def part(actions: Iterable[str], number: int, parts: int) -> list[str]:
    return sorted(actions)[number % parts :: parts]


def test_with_exactly_the_printed_role_a_whole_life_is_lived(azure: AzureAccount) -> None:
    environment = restricted(azure, "exactly", allows(printed(azure)))
    before = azure.there()
    for line in (
        ("preflight",),
        ("plan",),
        ("pave", "-y"),
        ("verify",),
        ("plan", "--detailed-exitcode"),
        ("status",),
        ("outputs",),
        ("destroy", *DESTROY),
    ):
        done = environment.run(*line)
        assert done.code == 0, (line, done.text)
    assert azure.there() - before == Counter()


def missed_by_preflight(azure: AzureAccount, role: Document, actions: Iterable[str]) -> None:
    environment = restricted(azure, "looking", allows(role))
    principal = azure.world.authority.tenants[azure.estate.tenant][-1].principal
    for action in actions:
        azure.allow(principal, allows(role, action))
        done = environment.run("preflight")
        assert done.code == 3, action
        assert action in done.out, action


def test_without_an_action_of_todays_part_preflight_is_3_and_names_it(azure: AzureAccount) -> None:
    role = printed(azure)
    missed_by_preflight(azure, role, part(role["Actions"], today(), 10))


@pytest.mark.slow
def test_without_any_one_action_preflight_is_3_and_names_it(azure: AzureAccount) -> None:
    role = printed(azure)
    missed_by_preflight(azure, role, role["Actions"])


def today() -> int:
    return dt.datetime.now(dt.UTC).date().toordinal()


def denied(azure: AzureAccount, role: Document, action: str, number: int) -> None:
    """Without an action, and without a look beforehand, the first call that takes it ends the run, exit 3."""
    label = f"less-{number}"
    environment = restricted(azure, label, allows(role, action))
    principal = azure.world.authority.tenants[azure.estate.tenant][-1].principal
    found = next((one for one in (unjudged(environment), environment.run("destroy", *DESTROY)) if one.code), None)
    azure.allow(principal, allows(role))
    ended = environment.run("destroy", *DESTROY)
    assert ended.code == 0, ended.text
    assert {one for one in azure.there() if "roleDefinitions" not in one} == set(), action
    if action in UNASKED or action in LOOKED_FOR:
        assert found is None, (action, found)
        return
    assert found is not None, f"nobody missed {action}"
    assert found.code == 3, (action, found)
    assert action in found.text, (action, found)


def unjudged(environment: AzureEnvironment) -> Outcome:
    """Pave, whatever preflight finds."""
    try:
        api.pave(environment.loaded(), environment.options(), environment.events.append, judge=lambda findings: None)
    except PaverError as error:
        said = " ".join([str(error), *(f"{label} {value}" for label, value in error.facts)])
        return Outcome(error.exit_code, said, " ".join(map(str, environment.events)))
    return Outcome(0, "", "")


@pytest.mark.timeout(600)
def test_without_an_action_of_todays_part_a_run_is_3_and_names_it(azure: AzureAccount) -> None:
    role = printed(azure)
    for number, action in enumerate(part(role["Actions"], today(), PARTS)):
        denied(azure, role, action, number)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("of", range(SLOW_PARTS))
def test_without_any_one_action_a_run_is_3_and_names_it(azure: AzureAccount, of: int) -> None:
    role = printed(azure)
    for number, action in enumerate(part(role["Actions"], of, SLOW_PARTS)):
        denied(azure, role, action, number)
