"""`paver verify --for bosh` on Azure: as the site's application, or by a managed identity's role assignments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from azure_account import AzureAccount, AzureEnvironment, Document, section

from paver import api
from paver.contract.environment import PavedEnvironment
from paver.contract.findings import Cause, Finding, Severity
from paver.engine.findings import exit_code
from paver_azure.resources.noun import AzureKind
from paver_azure.roles import BLOBS, CPI, ROLES

PARTS = 3
"""A run in CI takes one of so many parts, another one every day."""
ACTIONS = [*ROLES[CPI].actions, *ROLES[BLOBS].actions, *ROLES[BLOBS].data_actions]
GROUP = "resourceGroups/sandbox"
NETWORK, STORAGE = f"{GROUP}/providers/Microsoft.Network", f"{GROUP}/providers/Microsoft.Storage"


class Paved:
    """One environment in one subscription, and the look at it."""

    def __init__(self, azure: AzureAccount, label: str, **fields: Any) -> None:
        def change(document: Document) -> None:
            document["networks"] = {"management": {}, "workload": {}, "lb": {}}
            section(locks=False, **fields)(document)

        self.azure = azure
        self.environment: AzureEnvironment = azure.environment(label, change)
        self.document = self.environment.pave()

    def look(self, kept: PavedEnvironment | None = None) -> tuple[Finding, ...]:
        return api.verify_bosh(self.environment.loaded(), self.environment.options(), kept or self.document)

    @contextmanager
    def without(self, path: str) -> Iterator[None]:
        """Somebody has taken it away, with all that is in it."""
        store = self.azure.world.store
        found = store.get(f"{self.azure.root}/{path}")
        assert found is not None, path
        gone = [found, *store.below(found.key)]
        store.drop(found)
        try:
            yield
        finally:
            for one in gone:
                store.add(one)

    @contextmanager
    def denied(self, action: str) -> Iterator[None]:
        """The roles that have this action have it no more: two may."""
        lists: list[list[str]] = [
            permissions[name]
            for one in self.azure.world.store
            if one.type.endswith("/roledefinitions")
            for permissions in one.body["properties"]["permissions"]
            for name in ("actions", "dataActions")
            if action in permissions[name]
        ]
        assert lists
        for one in lists:
            one.remove(action)
        try:
            yield
        finally:
            for one in lists:
                one.append(action)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AzureAccount]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AzureKind, "settle", 0.2)  # the emulator shows at once what it was told
        one = AzureAccount(tmp_path_factory.mktemp("azure"))
        yield one
        one.close()


@pytest.fixture(scope="module")
def managed(account: AzureAccount) -> Paved:
    return Paved(account, "managed")


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paved]:
    """In a subscription of its own: the CPI is an application that the site gave."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AzureKind, "settle", 0.2)
        account = AzureAccount(tmp_path_factory.mktemp("applied"))
        application = account.world.authority.application(account.estate.tenant)
        account.write("cpi-secret", application.secret)
        given = {"client_id": application.client, "object_id": application.principal, "secret": "file:cpi-secret"}
        yield Paved(account, "applied", service_principals={"bosh-cpi": given})
        account.close()


def failures(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{found.check}: {found.what}" for found in findings if found.severity is Severity.FAIL]


def warnings(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{found.check}: {found.what}" for found in findings if found.severity is Severity.WARN]


LOOKED_AT = {
    *("login", "resource group", "network", "subnet", "security group", "application group", "storage account"),
    *("container", "load balancer", "permission"),
}


def test_a_managed_identity_was_no_login_and_that_is_said(managed: Paved) -> None:
    before = managed.azure.there()
    found = managed.look()
    assert failures(found) == []
    assert warnings(found) == [
        "login: a managed identity logs in from its own machines only: all was looked up with paver's own login"
    ]
    assert {one.check for one in found} == {*LOOKED_AT, "identity"}
    assert all("by its role assignments" in one.what for one in found if one.check == "permission")
    assert managed.azure.there() == before


def test_an_application_of_the_sites_logs_in_itself(applied: Paved) -> None:
    found = applied.look()
    assert (failures(found), warnings(found)) == ([], [])
    assert {one.check for one in found} == LOOKED_AT
    client = applied.document.credentials["bosh-cpi"].principal
    assert [one.what for one in found if one.check == "login"] == [f"application {client} logs in"]


def test_with_a_kept_document_nobody_but_the_application_logs_in(applied: Paved) -> None:
    applied.azure.write("client-secret", "not-the-secret")
    try:
        assert exit_code(applied.look()) == 0
    finally:
        applied.azure.write("client-secret", applied.azure.estate.owner.secret)


def test_the_document_names_the_place_of_the_sites_secret(applied: Paved) -> None:
    secret = applied.document.credentials["bosh-cpi"].secret
    assert secret is not None
    assert Path(secret.path).name == "cpi-secret"


def test_an_application_whose_secret_nobody_names_was_no_login_and_that_is_said(
    account: AzureAccount, managed: Paved
) -> None:
    client = managed.document.credentials["bosh-cpi"].principal
    del account
    document = managed.document.model_dump(mode="json")
    identity = managed.azure.hand.get(document["credentials"]["bosh-cpi"]["driver"]["identity"]["id"])
    document["credentials"]["bosh-cpi"]["driver"] = {
        "identity": None,
        "object_id": identity["properties"]["principalId"],
    }
    found = managed.look(PavedEnvironment.model_validate(document))
    assert warnings(found) == [
        f"login: the section names no secret of application {client}: paver's own login was used"
    ]
    assert failures(found) == []


CASES = {
    GROUP: "resource group: sandbox is not there",
    f"{NETWORK}/virtualNetworks/sandbox": "network: sandbox is not there",
    **{
        f"{NETWORK}/virtualNetworks/sandbox/subnets/sandbox-{name}": f"subnet: sandbox-{name} of {name} is not there"
        for name in ("management", "workload", "lb")
    },
    **{
        f"{NETWORK}/networkSecurityGroups/sandbox-{name}": f"security group: sandbox-{name} is not there"
        for name in ("internal", "jumpbox")
    },
    **{
        f"{NETWORK}/applicationSecurityGroups/sandbox-{name}": f"application group: sandbox-{name} is not there"
        for name in ("internal", "director", "jumpbox")
    },
    **{
        f"{NETWORK}/{type_}/sandbox-{name}": f"{check}: sandbox-{name} of {of}{name} is not there"
        for name in ("concourse", "ssh")
        for type_, check, of in (
            ("networkSecurityGroups", "security group", "load balancer "),
            ("applicationSecurityGroups", "application group", "load balancer "),
            ("loadBalancers", "load balancer", ""),
        )
    },
}


@pytest.mark.parametrize("path", CASES)
@pytest.mark.parametrize("who", ["managed", "applied"])
def test_what_is_not_there_is_seven_and_named(path: str, who: str, request: pytest.FixtureRequest) -> None:
    paved: Paved = request.getfixturevalue(who)
    with paved.without(path):
        found = paved.look()
    assert exit_code(found) == 7
    if (path, who) == (GROUP, "applied"):
        # Its roles went with the group, so that it may not look; what it may do there Azure says it cannot tell.
        assert any("Resource group 'sandbox' could not be found" in one for one in failures(found)), failures(found)
        return
    assert CASES[path] in failures(found), failures(found)


@pytest.mark.parametrize("name", ["bosh", "stemcell", "blobs"])
def test_a_container_that_is_not_there_is_seven_and_named(name: str, applied: Paved) -> None:
    account = applied.document.driver["storage_account"]
    with applied.without(f"{STORAGE}/storageAccounts/{account}/blobServices/default/containers/{name}"):
        found = applied.look()
    assert failures(found) == [f"container: {name} is not there"]
    assert exit_code(found) == 7


def test_without_the_storage_account_it_and_all_that_is_in_it_is_named(applied: Paved) -> None:
    account = applied.document.driver["storage_account"]
    with applied.without(f"{STORAGE}/storageAccounts/{account}"):
        found = applied.look()
    assert f"storage account: {account} is not there" in failures(found)
    assert exit_code(found) == 7


@pytest.mark.parametrize("name", ["bosh-cpi", "director"])
def test_an_identity_that_is_not_there_is_seven_and_named(name: str, managed: Paved) -> None:
    with managed.without(f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/sandbox-{name}"):
        found = managed.look()
    assert failures(found) == [f"identity: sandbox-{name} is not there"]
    assert exit_code(found) == 7


def test_a_balancer_without_its_pool_is_seven(managed: Paved) -> None:
    document = managed.document.model_dump(mode="json")
    document["load_balancers"]["ssh"]["driver"]["backend_pool"] = "other"
    found = managed.look(PavedEnvironment.model_validate(document))
    assert failures(found) == ["load balancer: sandbox-ssh of ssh has no pool other"]


def test_what_the_look_missed_is_named_without_a_kept_document(managed: Paved) -> None:
    with managed.without(f"{NETWORK}/applicationSecurityGroups/sandbox-director"):
        done = managed.environment.run("verify", "--for", "bosh")
    assert done.code == 7, done.text
    assert "(sandbox-director) is not there" in done.out


def lacking(paved: Paved, part: int) -> None:
    for action in ACTIONS[part::PARTS]:
        with paved.denied(action):
            found = paved.look()
        assert exit_code(found) == 3, (action, failures(found))
        assert all(action in one for one in failures(found)), (action, failures(found))
    assert failures(paved.look()) == []


@pytest.mark.parametrize("who", ["managed", "applied"])
def test_without_an_action_of_todays_part_it_is_three_and_named(who: str, request: pytest.FixtureRequest) -> None:
    lacking(request.getfixturevalue(who), dt.datetime.now(dt.UTC).date().toordinal() % PARTS)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("who", ["managed", "applied"])
def test_without_any_one_action_it_is_three_and_named(who: str, part: int, request: pytest.FixtureRequest) -> None:
    lacking(request.getfixturevalue(who), part)


@pytest.mark.parametrize("who", ["managed", "applied"])
def test_without_a_role_assignment_everything_of_it_is_named(who: str, request: pytest.FixtureRequest) -> None:
    paved: Paved = request.getfixturevalue(who)
    driver = paved.document.credentials["bosh-cpi"].driver
    principal = driver["object_id"] or paved.azure.hand.get(driver["identity"]["id"])["properties"]["principalId"]
    root = paved.azure.root
    for one in list(paved.azure.world.store):
        if not one.type.endswith("/roleassignments") or one.body["properties"]["principalId"] != principal:
            continue
        with paved.without(one.id.removeprefix(f"{root}/")):
            found = paved.look()
        assert exit_code(found) == 3, failures(found)
        assert any(" lacks " in line for line in failures(found))


def test_a_wrong_secret_is_three_and_so_is_one_that_has_run_out(applied: Paved) -> None:
    [application] = [
        one
        for one in applied.azure.world.authority.tenants[applied.azure.estate.tenant]
        if one.client == applied.document.credentials["bosh-cpi"].principal
    ]
    applied.azure.write("cpi-secret", "not-the-secret")
    try:
        found = applied.look()
    finally:
        applied.azure.write("cpi-secret", application.secret)
    assert [one.cause for one in found] == [Cause.DENIED]
    assert exit_code(found) == 3
    assert "not-the-secret" not in str(found)
    application.expired = True
    try:
        assert exit_code(applied.look()) == 3
    finally:
        application.expired = False


def test_a_network_in_another_group_is_looked_for_there_and_its_role_too(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    account = AzureAccount(tmp_path_factory.mktemp("hub"))
    try:
        group = f"{account.root}/resourceGroups/hub"
        account.hand.put(group, {"location": "westeurope"})
        network = f"{group}/providers/Microsoft.Network/virtualNetworks/hub"
        properties = {"addressSpace": {"addressPrefixes": ["10.20.0.0/16"]}}
        account.hand.put(network, {"location": "westeurope", "properties": properties})
        paved = Paved(account, "hub", virtual_network=network)
        found = paved.look()
        assert failures(found) == []
        assert any("on virtual network hub" in one.what for one in found if one.check == "permission")
        bosh = paved.environment.loaded().driver.bosh()
        assert bosh is not None
        subnet = next(iter(paved.document.networks["management"].subnets))
        assert bosh.subnet(paved.document, "management", subnet)["resource_group_name"] == "hub"
        operations = bosh.director(paved.document).operations
        assert [one.value for one in operations if one.path.endswith("/resource_group_name?")] == ["hub"]
    finally:
        account.close()
