"""What the emulator refuses, and in which of Azure's words: passing it is to mean something."""

from __future__ import annotations

import json
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from azure_account import AzureAccount

Body = dict[str, Any]
HERE = {"location": "westeurope"}


@contextmanager
def refused(status: int, code: str, said: str = "") -> Iterator[None]:
    """Within, a request is refused so."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        yield
    with caught.value as answer:
        error = json.loads(answer.read())["error"]
    assert (caught.value.code, error["code"]) == (status, code), error
    assert said in error["message"]


@pytest.fixture
def group(azure: AzureAccount) -> str:
    id_ = f"{azure.root}/resourceGroups/Some-Group"
    azure.hand.put(id_, HERE)
    return id_


def network(azure: AzureAccount, group: str, *subnets: Body, space: str = "10.0.0.0/16") -> str:
    id_ = f"{group}/providers/Microsoft.Network/virtualNetworks/net"
    properties = {"addressSpace": {"addressPrefixes": [space]}, "subnets": list(subnets)}
    azure.hand.put(id_, {**HERE, "properties": properties})
    return id_


def subnet(name: str, cidr: str, **more: Any) -> Body:
    return {"name": name, "properties": {"addressPrefix": cidr, **more}}


def guard(azure: AzureAccount, group: str, *rules: Body, name: str = "guard") -> str:
    id_ = f"{group}/providers/Microsoft.Network/networkSecurityGroups/{name}"
    azure.hand.put(id_, {**HERE, "properties": {"securityRules": list(rules)}})
    return id_


def rule(name: str, priority: int, direction: str = "Inbound") -> Body:
    told = {"access": "Allow", "direction": direction, "protocol": "Tcp", "priority": priority}
    ports = {"sourcePortRange": "*", "destinationPortRange": "22"}
    addresses = {"sourceAddressPrefix": "10.0.0.0/8", "destinationAddressPrefix": "*"}
    return {"name": name, "properties": {**told, **ports, **addresses}}


def interface(azure: AzureAccount, group: str, subnet_id: str, address: str = "", name: str = "nic") -> str:
    id_ = f"{group}/providers/Microsoft.Network/networkInterfaces/{name}"
    where: Body = {"subnet": {"id": subnet_id}, "privateIPAllocationMethod": "Static" if address else "Dynamic"}
    where |= {"privateIPAddress": address} if address else {}
    azure.hand.put(id_, {**HERE, "properties": {"ipConfigurations": [{"name": "primary", "properties": where}]}})
    return id_


def test_a_range_that_is_none_outside_or_over_another_is_refused(azure: AzureAccount, group: str) -> None:
    with refused(400, "InvalidCIDRNotation"):
        network(azure, group, space="10.0.0.1/16")
    with refused(400, "NetcfgInvalidSubnet"):
        network(azure, group, subnet("a", "10.1.0.0/24"))
    with refused(400, "NetcfgSubnetRangesOverlap"):
        network(azure, group, subnet("a", "10.0.0.0/24"), subnet("b", "10.0.0.128/25"))
    net = network(azure, group, subnet("a", "10.0.0.0/24"))
    with refused(400, "NetcfgSubnetRangesOverlap"):
        azure.hand.put(f"{net}/subnets/b", subnet("b", "10.0.0.0/25"))


def test_a_child_that_is_put_leaves_its_siblings_and_a_parent_without_one_deletes_it(
    azure: AzureAccount, group: str
) -> None:
    net = network(azure, group, subnet("a", "10.0.0.0/24"))
    azure.hand.put(f"{net}/subnets/b", subnet("b", "10.0.1.0/24"))
    assert [one["name"] for one in azure.hand.get(net)["properties"]["subnets"]] == ["a", "b"]
    network(azure, group, subnet("b", "10.0.1.0/24"))
    assert [one["name"] for one in azure.hand.all(f"{net}/subnets")] == ["b"]


def test_the_five_addresses_that_azure_keeps_and_those_of_others_are_refused(azure: AzureAccount, group: str) -> None:
    at = network(azure, group, subnet("a", "10.0.0.0/24")) + "/subnets/a"
    for kept in ("10.0.0.0", "10.0.0.3", "10.0.0.255"):
        with refused(400, "PrivateIPAddressInReservedRange"):
            interface(azure, group, at, kept)
    with refused(400, "PrivateIPAddressNotInSubnet"):
        interface(azure, group, at, "10.0.1.7")
    interface(azure, group, at, "10.0.0.4")
    with refused(400, "PrivateIPAddressIsAllocated"):
        interface(azure, group, at, "10.0.0.4", "other")
    dynamic = azure.hand.get(interface(azure, group, at, name="other"))
    assert dynamic["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"] == "10.0.0.5"


def test_priorities_are_within_bounds_and_one_of_a_kind_a_direction(azure: AzureAccount, group: str) -> None:
    for wrong in (99, 4097):
        with refused(400, "SecurityRuleInvalidPriority"):
            guard(azure, group, rule("a", wrong))
    with refused(400, "SecurityRuleConflict"):
        guard(azure, group, rule("a", 100), rule("b", 100))
    guard(azure, group, rule("a", 100), rule("b", 100, "Outbound"))
    with refused(400, "InvalidRequestFormat"):
        guard(azure, group, rule("a", 100), rule("A", 110))


def test_what_is_referred_to_must_be_there_and_is_named_in_capitals(azure: AzureAccount, group: str) -> None:
    nowhere = f"{group}/providers/Microsoft.Network/networkSecurityGroups/nowhere"
    with refused(404, "NotFound", nowhere.upper()):
        network(azure, group, subnet("a", "10.0.0.0/24", networkSecurityGroup={"id": nowhere}))


def test_what_is_in_use_stays_and_its_users_are_named_and_told_back(azure: AzureAccount, group: str) -> None:
    nsg = guard(azure, group)
    net = network(azure, group, subnet("a", "10.0.0.0/24", networkSecurityGroup={"id": nsg}))
    assert azure.hand.get(nsg)["properties"]["subnets"] == [{"id": f"{net}/subnets/a"}]
    with refused(400, "InUseNetworkSecurityGroupCannotBeDeleted", f"{net}/subnets/a"):
        azure.hand.delete(nsg)
    nic = interface(azure, group, f"{net}/subnets/a")
    with refused(400, "InUseSubnetCannotBeDeleted", nic):
        azure.hand.delete(f"{net}/subnets/a")
    with refused(400, "InUseSubnetCannotBeDeleted", nic):
        azure.hand.delete(net)
    azure.hand.delete(nic)
    azure.hand.delete(net)
    azure.hand.delete(nsg)


def test_what_changed_since_it_was_seen_is_not_overwritten(azure: AzureAccount, group: str) -> None:
    nsg = guard(azure, group)
    seen = azure.hand.get(nsg)["etag"]
    guard(azure, group, rule("a", 100))
    url = f"{azure.server.url}{nsg}?api-version=2025-07-01"
    body = json.dumps({**HERE, "properties": {}}).encode()
    with refused(412, "PreconditionFailed"):
        azure.hand._call("PUT", url, body, azure.server.url, {"If-Match": seen})
    with refused(412, "PreconditionFailed"):
        azure.hand._call("PUT", url, body, azure.server.url, {"If-None-Match": "*"})
    now = azure.hand.get(nsg)["etag"]
    azure.hand._call("PUT", url, body, azure.server.url, {"If-Match": now})
    assert azure.hand.wait(nsg)["properties"].get("securityRules", []) == []


def test_case_counts_neither_in_ids_nor_in_names_of_tags(azure: AzureAccount, group: str) -> None:
    nsg = f"{group}/providers/Microsoft.Network/networkSecurityGroups/guard"
    azure.hand.put(nsg, {**HERE, "tags": {"Paver-Owner": "me"}, "properties": {}})
    assert azure.hand.get(nsg.upper().replace("/SUBSCRIPTIONS", "/subscriptions"))["id"] == nsg
    wanted = "tagName eq 'paver-owner' and tagValue eq 'me'"
    [found] = azure.hand.all(f"{azure.root}/resources", **{"$filter": wanted})
    assert found["id"] == nsg


def test_a_lock_keeps_deletion_out_of_all_below_it_and_read_only_keeps_out_all(azure: AzureAccount, group: str) -> None:
    net = network(azure, group, subnet("a", "10.0.0.0/24"))
    lock = f"{net}/providers/Microsoft.Authorization/locks/keep"
    azure.hand.put(lock, {"properties": {"level": "CanNotDelete"}})
    for kept in (f"{net}/subnets/a", net, group):
        with refused(409, "ScopeLocked"):
            azure.hand.delete(kept)
    azure.hand.put(f"{net}/subnets/b", subnet("b", "10.0.1.0/24"))
    azure.hand.put(lock, {"properties": {"level": "ReadOnly"}})
    with refused(409, "ScopeLocked"):
        azure.hand.put(f"{net}/subnets/b", subnet("b", "10.0.2.0/24"))
    azure.hand.delete(lock)
    azure.hand.delete(group)


def test_a_group_takes_all_that_is_in_it_with_it(azure: AzureAccount, group: str) -> None:
    network(azure, group, subnet("a", "10.0.0.0/24"))
    guard(azure, group)
    azure.hand.delete(group)
    assert azure.there() == {}


def test_what_takes_a_while_says_so_and_where_to_look(azure: AzureAccount, group: str) -> None:
    azure.world.pending = 0.3
    address = f"{group}/providers/Microsoft.Network/publicIPAddresses/one"
    azure.hand._json("PUT", address, {**HERE, "properties": {"publicIPAllocationMethod": "Static"}}, {})
    begun = azure.hand.get(address)["properties"]
    assert begun["provisioningState"] == "Updating"
    assert "ipAddress" not in begun
    [number] = azure.world.operations
    at = f"{azure.root}/providers/Microsoft.Network/locations/westeurope/operations/{number}"
    assert azure.hand.get(at)["status"] == "InProgress"
    time.sleep(0.4)
    assert azure.hand.get(at)["status"] == "Succeeded"
    assert azure.hand.get(address)["properties"]["ipAddress"].startswith("203.0.113.")


def test_a_patch_changes_what_it_names_and_leaves_the_rest(azure: AzureAccount, group: str) -> None:
    account = f"{group}/providers/Microsoft.Storage/storageAccounts/account1"
    closed = {"allowBlobPublicAccess": False, "minimumTlsVersion": "TLS1_2"}
    sku = {"name": "Standard_LRS"}
    body = {**HERE, "kind": "StorageV2", "sku": sku, "tags": {"a": "1", "b": "2"}, "properties": closed}
    azure.hand.put(account, body)
    azure.hand._json("PATCH", account, {"tags": {"c": "3"}, "properties": {"allowBlobPublicAccess": True}}, {})
    now = azure.hand.get(account)
    assert now["tags"] == {"c": "3"}
    assert now["sku"] == sku
    assert now["properties"]["allowBlobPublicAccess"] is True
    assert now["properties"]["minimumTlsVersion"] == "TLS1_2"
    assert now["properties"]["provisioningState"] == "Succeeded"


def test_a_patch_is_held_to_the_rules_of_its_type(azure: AzureAccount, group: str) -> None:
    disk = f"{group}/providers/Microsoft.Compute/disks/one"
    empty = {"creationData": {"createOption": "Empty"}, "diskSizeGB": 20}
    azure.hand.put(disk, {**HERE, "sku": {"name": "Standard_LRS"}, "properties": empty})
    with refused(409, "OperationNotAllowed"):
        azure.hand._json("PATCH", disk, {"properties": {"diskSizeGB": 10}}, {})
    with refused(400, "InvalidRequestContent"):
        azure.hand._json("PATCH", disk, {"zones": ["1"]}, {})
    azure.hand._json("PATCH", disk, {"properties": {"diskSizeGB": 40}}, {})
    assert azure.hand.wait(disk)["properties"]["diskSizeGB"] == 40


def test_networks_are_patched_by_their_tags_only_and_subnets_not_at_all(azure: AzureAccount, group: str) -> None:
    net = network(azure, group, subnet("a", "10.0.0.0/24"))
    azure.hand._json("PATCH", net, {"tags": {"a": "1"}}, {})
    assert azure.hand.get(net)["tags"] == {"a": "1"}
    assert [one["name"] for one in azure.hand.get(net)["properties"]["subnets"]] == ["a"]
    with refused(400, "InvalidRequestContent"):
        azure.hand._json("PATCH", net, {"properties": {}}, {})
    with refused(405, "MethodNotAllowed"):
        azure.hand._json("PATCH", f"{net}/subnets/a", {"properties": {"addressPrefix": "10.0.1.0/24"}}, {})


def test_one_network_is_changed_once_at_a_time(azure: AzureAccount, group: str) -> None:
    net = network(azure, group)
    azure.world.pending = 5.0
    azure.hand._json("PUT", f"{net}/subnets/a", subnet("a", "10.0.0.0/24"), {})
    with refused(429, "AnotherOperationInProgress"):
        azure.hand._json("PUT", f"{net}/subnets/b", subnet("b", "10.0.1.0/24"), {})


def test_a_role_that_somebody_has_stays_and_one_person_has_it_once(azure: AzureAccount, group: str) -> None:
    at = f"{group}/providers/Microsoft.Authorization"
    role = f"{at}/roleDefinitions/{uuid4()}"
    allows = {"roleName": "reader", "permissions": [{"actions": ["*/read"]}], "assignableScopes": [group]}
    azure.hand.put(role, {"properties": allows})
    given = {"roleDefinitionId": role, "principalId": str(uuid4()), "principalType": "ServicePrincipal"}
    azure.hand.put(f"{at}/roleAssignments/{uuid4()}", {"properties": given})
    with refused(409, "RoleAssignmentExists"):
        azure.hand.put(f"{at}/roleAssignments/{uuid4()}", {"properties": given})
    with refused(400, "PrincipalNotFound"):
        stranger = {**given, "principalId": str(uuid4())}
        del stranger["principalType"]
        azure.hand.put(f"{at}/roleAssignments/{uuid4()}", {"properties": stranger})
    with refused(400, "RoleDefinitionHasAssignments"):
        azure.hand.delete(role)
    with refused(409, "RoleDefinitionWithSameNameExists"):
        azure.hand.put(f"{at}/roleDefinitions/{uuid4()}", {"properties": allows})


def test_a_quota_is_an_end(azure: AzureAccount, group: str) -> None:
    azure.estate.subscription.limits["NetworkSecurityGroups"] = 1
    guard(azure, group)
    with refused(400, "NetworkSecurityGroupsCountLimitReached"):
        guard(azure, group, name="another")


def test_a_request_without_a_version_or_with_one_that_nobody_knows_is_refused(
    azure: AzureAccount, group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refused(400, "MissingApiVersionParameter"):
        azure.hand._call("GET", f"{azure.server.url}{group}", None, azure.server.url, {})
    nsg = f"{azure.server.url}{group}/providers/Microsoft.Network/networkSecurityGroups/x?api-version=1999-01-01"
    with refused(400, "NoRegisteredProviderFound"):
        azure.hand._call("GET", nsg, None, azure.server.url, {})


def test_a_token_that_ran_out_and_one_for_something_else_are_refused(azure: AzureAccount, group: str) -> None:
    azure.hand.get(group)
    azure.world.authority.expire()
    with refused(401, "ExpiredAuthenticationToken"):
        azure.hand.get(group)
    azure.hand._tokens = {azure.server.url: azure.hand._token("https://storage.azure.com")}
    with refused(401, "InvalidAuthenticationTokenAudience"):
        azure.hand.get(group)


def test_what_the_emulator_does_not_know_is_501(azure: AzureAccount, group: str) -> None:
    with refused(501, "NotImplemented"):
        azure.hand.get(f"{group}/providers/Microsoft.Network/applicationGateways")


def test_a_container_of_a_closed_account_cannot_be_opened(azure: AzureAccount, group: str) -> None:
    account = f"{group}/providers/Microsoft.Storage/storageAccounts/closed"
    body = {**HERE, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    azure.hand.put(account, {**body, "properties": {"allowBlobPublicAccess": False}})
    with refused(409, "PublicAccessNotPermitted"):
        opened = {"properties": {"publicAccess": "Blob"}}
        azure.hand.put(f"{account}/blobServices/default/containers/pictures", opened)
    azure.hand.put(f"{account}/blobServices/default/containers/pictures", {"properties": {}})
    azure.hand.blob("PUT", "closed/pictures/one", b"1")
    assert azure.hand.blob("GET", "closed/pictures/one") == b"1"


def test_an_account_without_the_keys_signature_shows_nothing(azure: AzureAccount, group: str) -> None:
    account = f"{group}/providers/Microsoft.Storage/storageAccounts/closed"
    azure.hand.put(account, {**HERE, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}})
    forged = {"Authorization": "SharedKey closed:Zm9yZ2Vk"}
    url = f"{azure.server.url}/blob/closed/lease?restype=container&comp=list"
    with pytest.raises(urllib.error.HTTPError, match="403") as caught:
        azure.hand._call("GET", url, None, "https://storage.azure.com", forged)
    caught.value.close()
