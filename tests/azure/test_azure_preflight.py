"""What would fail later is found before anything is made: by the command line, in an emulated subscription."""

from __future__ import annotations

from uuid import uuid4

from azure_account import DESTROY, AzureAccount, Change, Document, Outcome, section

from paver.contract import names

NETWORK = "Microsoft.Network/virtualNetworks"


def preflight(azure: AzureAccount, change: Change | None = None) -> Outcome:
    """Nothing may be changed by it."""
    before = azure.there()
    done = azure.environment(change=change).run("preflight")
    assert azure.there() == before
    return done


def test_a_subscription_that_can_have_it_passes(azure: AzureAccount) -> None:
    done = preflight(azure)
    assert done.code == 0, done.text
    assert "subscription sandbox answers" in done.out
    assert "actions are allowed" in done.out


def test_another_directory_than_the_subscriptions_is_6(azure: AzureAccount) -> None:
    theirs = azure.world.authority.tenant()
    azure.world.authority.tenants[theirs].append(azure.estate.owner)
    done = preflight(azure, section(tenant=theirs))
    assert done.code == 6, done.text
    assert "is from the wrong issuer" in done.out


def test_a_directory_that_nobody_knows_is_6(azure: AzureAccount) -> None:
    nowhere = str(uuid4())
    done = preflight(azure, section(tenant=nowhere))
    assert done.code == 6, done.text
    assert nowhere in done.out


def test_a_subscription_that_nobody_knows_is_6(azure: AzureAccount) -> None:
    nowhere = str(uuid4())
    done = preflight(azure, section(subscription=nowhere))
    assert done.code == 6, done.text
    assert nowhere in done.out


def test_an_expired_secret_is_3_and_says_so(azure: AzureAccount) -> None:
    azure.estate.owner.expired = True
    done = azure.environment().run("preflight")
    assert done.code == 3
    assert "AADSTS7000222" in done.out
    assert "has expired: make a new one" in done.out


def test_a_wrong_secret_is_3_and_is_not_shown(azure: AzureAccount) -> None:
    azure.write("client-secret", "not-this-one")
    done = preflight(azure)
    assert done.code == 3
    assert "AADSTS7000215" in done.out
    assert "not-this-one" not in done.text


def test_whoever_may_do_nothing_is_3_before_anything_is_made(azure: AzureAccount) -> None:
    client = azure.application("nobody")
    environment = azure.environment(change=section(client=client, client_secret="file:nobody"))
    before = azure.there()
    for line in (("preflight",), ("pave", "-y"), ("destroy", *DESTROY)):
        done = environment.run(*line)
        assert done.code == 3, (line, done.text)
    assert "Microsoft.Resources/subscriptions/read" in environment.run("preflight").text
    assert azure.there() == before


def test_a_location_that_is_none_is_7_and_what_follows_from_it_is_not_told(azure: AzureAccount) -> None:
    done = preflight(azure, section(location="westnowhere"))
    assert done.code == 7
    assert "this subscription has no location westnowhere" in done.out
    assert "westeurope" in done.out
    assert done.out.count("FAIL") == 1


def given_network(azure: AzureAccount, space: str, *subnets: tuple[str, str]) -> str:
    group = f"{azure.root}/resourceGroups/theirs"
    azure.hand.put(group, {"location": "westeurope"})
    inside = [{"name": name, "properties": {"addressPrefix": cidr}} for name, cidr in subnets]
    properties = {"addressSpace": {"addressPrefixes": [space]}, "subnets": inside}
    id_ = f"{group}/providers/{NETWORK}/theirs"
    azure.hand.put(id_, {"location": "westeurope", "properties": properties})
    return id_


def test_a_range_that_others_have_in_a_given_network_is_7_and_names_both(azure: AzureAccount) -> None:
    given = given_network(azure, "10.20.0.0/16", ("theirs", "10.20.0.0/24"))
    done = preflight(azure, section(virtual_network=given))
    assert done.code == 7
    assert "management (10.20.0.0/20) overlaps subnet theirs (10.20.0.0/24)" in done.out


def test_a_given_network_without_room_is_7(azure: AzureAccount) -> None:
    given = given_network(azure, "192.168.0.0/16")
    done = preflight(azure, section(virtual_network=given))
    assert done.code == 7
    assert "management (10.20.0.0/20) is outside the virtual network's 192.168.0.0/16" in done.out


def test_a_given_network_that_is_not_there_is_7(azure: AzureAccount) -> None:
    nowhere = f"{azure.root}/resourceGroups/theirs/providers/{NETWORK}/nowhere"
    done = preflight(azure, section(virtual_network=nowhere))
    assert done.code == 7
    assert "there is no virtual network" in done.out


def test_a_group_that_somebody_locked_is_7_and_names_the_lock(azure: AzureAccount) -> None:
    group = f"{azure.root}/resourceGroups/theirs"
    azure.hand.put(group, {"location": "westeurope"})
    azure.hand.put(
        f"{group}/providers/Microsoft.Authorization/locks/audit",
        {"properties": {"level": "ReadOnly", "notes": "of the auditors"}},
    )
    done = preflight(azure, section(resource_group="theirs"))
    assert done.code == 7
    assert "lock audit (ReadOnly)" in done.out
    assert "keeps every change out" in done.out


def test_a_lock_against_deletion_is_told_and_no_hindrance(azure: AzureAccount) -> None:
    group = f"{azure.root}/resourceGroups/theirs"
    azure.hand.put(group, {"location": "westeurope"})
    lock = f"{group}/providers/Microsoft.Authorization/locks/audit"
    azure.hand.put(lock, {"properties": {"level": "CanNotDelete"}})
    done = preflight(azure, section(resource_group="theirs"))
    assert done.code == 0
    assert "will keep destroy from finishing" in done.out


def test_a_quota_of_zero_is_7_and_is_named(azure: AzureAccount) -> None:
    azure.estate.subscription.limits["StandardSkuPublicIpAddresses"] = 0
    done = preflight(azure)
    assert done.code == 7
    assert "StandardSkuPublicIpAddresses in westeurope: 3 more wanted, 0 of 0 used" in done.out


def test_too_few_cores_are_7(azure: AzureAccount) -> None:
    azure.estate.subscription.limits["cores"] = 1
    done = preflight(azure)
    assert done.code == 7
    assert "cores in westeurope: 2 more wanted, 0 of 1 used" in done.out


def test_what_is_paved_is_not_counted_twice(azure: AzureAccount) -> None:
    environment = azure.environment()
    environment.pave()
    azure.estate.subscription.limits |= {"StandardSkuPublicIpAddresses": 3, "cores": 2, "VirtualNetworks": 1}
    done = environment.run("preflight")
    assert done.code == 0, done.text


def test_a_size_that_the_zone_does_not_offer_is_7(azure: AzureAccount) -> None:
    azure.estate.subscription.closed["Standard_B2s"] = ("1",)
    done = preflight(azure)
    assert done.code == 7
    assert "Standard_B2s is not offered in zone 1 of westeurope: 2, 3" in done.out


def test_a_size_that_nobody_offers_is_7(azure: AzureAccount) -> None:
    done = preflight(azure, section(jumpbox={"size": "Standard_Z99"}))
    assert done.code == 7
    assert "westeurope offers no machine of size Standard_Z99" in done.out


def test_a_provider_that_is_not_registered_is_7_with_the_command_that_does_it(azure: AzureAccount) -> None:
    azure.estate.subscription.unregistered.add("Network")
    done = preflight(azure)
    assert done.code == 7
    assert "resource provider Microsoft.Network is NotRegistered" in done.out
    assert "az provider register --namespace Microsoft.Network --wait" in done.out


def test_a_group_of_another_owner_is_7_and_names_that_owner(azure: AzureAccount) -> None:
    theirs = str(uuid4())
    tags = {names.OWNER: theirs, names.ENVIRONMENT: "sandbox", names.KEY: "group/sandbox"}
    azure.hand.put(f"{azure.root}/resourceGroups/sandbox", {"location": "westeurope", "tags": tags})
    done = preflight(azure)
    assert done.code == 7
    assert f"resource group sandbox is there, and owner {theirs} has it" in done.out


def test_an_account_name_that_somebody_has_is_7(azure: AzureAccount) -> None:
    environment = azure.environment()
    group = f"{azure.root}/resourceGroups/theirs"
    azure.hand.put(group, {"location": "westeurope"})
    name = f"sandbox{environment.id.hex[:10]}"
    body = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    azure.hand.put(f"{group}/providers/Microsoft.Storage/storageAccounts/{name}", body)
    done = environment.run("preflight")
    assert done.code == 7
    assert f"storage account {name} cannot be had" in done.out


def test_a_block_that_is_none_is_2_with_its_line_before_anything_is_asked(azure: AzureAccount) -> None:
    def wrong(document: Document) -> None:
        document["address_space"] = "10.20.0.0/33"

    done = preflight(azure, wrong)
    assert done.code == 2
    assert "environment.yml:" in done.err
    assert "address_space" in done.err
