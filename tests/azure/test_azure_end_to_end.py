"""Whole lives of environments in an emulated subscription."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from azure_account import DESTROY, AzureAccount, AzureEnvironment, Document, section
from closed_world import findings, types_file

from paver.contract.errors import PaverError
from paver_azure.sandbox import console
from paver_azure.sandbox.kinds import KINDS
from paver_azure.sandbox.message import Answer, Refusal, Request
from paver_azure.sandbox.place import place
from paver_azure.sandbox.world import Fault

NETWORK = "Microsoft.Network/virtualNetworks"


@contextmanager
def heard(azure: AzureAccount, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[Request, Answer]]]:
    """Everything that is asked within, with its answer."""
    found: list[tuple[Request, Answer]] = []
    serve = azure.world.serve

    def recorded(request: Request) -> Answer:
        answer = serve(request)
        found.append((request, answer))
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(azure.world, "serve", recorded)
        yield found


def steps(environment: AzureEnvironment) -> list[str]:
    return [f"{step.action} {step.key}" for step in environment.plan().steps if step.action not in {"keep", "adopt"}]


def test_what_is_paved_is_as_planned_and_destroy_leaves_nothing(azure: AzureAccount) -> None:
    environment = azure.environment()
    document = environment.pave()
    assert steps(environment) == []
    assert environment.run("verify").code == 0
    assert document.jumpbox is not None
    assert document.jumpbox.host_key.startswith("ssh-ed25519 AAAA")
    environment.destroy()
    assert azure.there() == Counter()
    # The lease's group is going: nobody waits for an environment's last call.
    assert [container for container in azure.world.blobs if "/resourcegroups/paver-lease-" not in container] == []


@pytest.mark.skipif(types_file() is None, reason="the type definitions do not come with the sources")
def test_every_body_that_is_sent_in_a_whole_life_is_one_that_azures_own_types_allow(
    azure: AzureAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = azure.environment()
    with heard(azure, monkeypatch) as asked:
        environment.pave()
        environment.edit(lambda document: document.update(labels={"team": "platform"}))
        environment.pave()
        environment.destroy()
    wrong: dict[str, list[str]] = {}
    puts = [request for request, _ in asked if request.verb == "PUT" and request.path.startswith("/subscriptions/")]
    assert len(puts) > 80
    for request in puts:
        kind = KINDS[place(request.path).type]
        wrong[request.path] = findings(kind.name, kind.version, request.json())
    assert {path: found for path, found in wrong.items() if found} == {}


def test_a_second_pave_changes_nothing_and_takes_no_lease(azure: AzureAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = azure.environment()
    environment.pave()
    with heard(azure, monkeypatch) as asked:
        environment.pave()
    changes = [f"{one.verb} {one.path}" for one, _ in asked if one.verb in {"PUT", "PATCH", "DELETE"}]
    assert changes == []


def given(azure: AzureAccount) -> Document:
    """A group, a network with a subnet, and a zone, of the site's."""
    group = f"{azure.root}/resourceGroups/theirs"
    azure.hand.put(group, {"location": "westeurope"})
    network = f"{group}/providers/{NETWORK}/corporate"
    subnets = [{"name": "mgmt", "properties": {"addressPrefix": "10.20.0.0/20"}}]
    properties = {"addressSpace": {"addressPrefixes": ["10.20.0.0/16"]}, "subnets": subnets}
    azure.hand.put(network, {"location": "westeurope", "properties": properties})
    zone = f"{group}/providers/Microsoft.Network/privateDnsZones/sandbox.example.com"
    azure.hand.put(zone, {"location": "global", "properties": {}})
    return {
        "resource_group": "theirs",
        "virtual_network": network,
        "private_zone": zone,
        "subnets": {"management": "mgmt"},
    }


def test_a_given_group_network_subnet_and_zone_are_used_and_never_changed(azure: AzureAccount) -> None:
    sections = given(azure)
    before = azure.there()
    shown = {path: azure.hand.get(path)["properties"] for path in (sections["virtual_network"],)}

    def adopt(document: Document) -> None:
        document["iaas"]["azure"] |= sections
        document["networks"]["management"] = {"existing": True}
        document["dns"] = {"zone": "sandbox.example.com", "existing": True}

    environment = azure.environment(change=adopt)
    environment.pave()
    assert steps(environment) == []
    paved = azure.there()
    assert paved["resourceGroups sandbox"] == 0
    assert paved["A jumpbox"] == 1
    assert paved["subnets sandbox-lb"] == 1
    environment.destroy()
    assert azure.there() == before
    for path, properties in shown.items():
        assert azure.hand.get(path)["properties"] == properties


def test_a_lock_of_others_stops_destroy_names_itself_and_is_never_taken_away(azure: AzureAccount) -> None:
    environment = azure.environment()
    environment.pave()
    network = f"{azure.root}/resourceGroups/sandbox/providers/{NETWORK}/sandbox"
    lock = f"{network}/providers/Microsoft.Authorization/locks/audit"
    azure.hand.put(lock, {"properties": {"level": "CanNotDelete", "notes": "of the auditors"}})
    done = environment.run("destroy", *DESTROY)
    assert done.code == 4, done.text
    assert "locked" in done.text
    left = azure.there()
    assert left["locks audit"] == 1
    assert left["virtualNetworks sandbox"] == 1
    assert left["virtualMachines sandbox-jumpbox"] == 0
    azure.hand.delete(lock)
    assert environment.run("destroy", *DESTROY).code == 0
    assert azure.there() == Counter()


def test_a_network_and_a_container_leave_the_spec_although_our_own_locks_are_on_what_they_are_in(
    azure: AzureAccount,
) -> None:
    environment = azure.environment()
    environment.pave()
    before = azure.there()
    environment.edit(
        lambda document: (
            document["networks"].update(extra={"purpose": "workload"}),
            document["datastores"].update(more={"purpose": "object"}),
        )
    )
    environment.pave()
    assert azure.there()["containers more"] == 1

    def shrink(document: Document) -> None:
        del document["networks"]["extra"], document["datastores"]["more"]

    environment.edit(shrink)
    environment.pave()
    assert azure.there() == before
    assert before["locks sandbox-virtual-network"] == before["locks sandbox-storage-account"] == 1
    assert steps(environment) == []


def test_blobs_stop_destroy_before_anything_goes_unless_it_is_told_to_delete_data(azure: AzureAccount) -> None:
    environment = azure.environment()
    environment.pave()
    before = azure.there()
    azure.hand.blob("PUT", f"sandbox{environment.id.hex[:10]}/blobs/backup.tar", b"data")
    done = environment.run("destroy", *DESTROY)
    assert done.code == 6, done.text
    assert "1 blob" in done.text
    assert azure.there() - before == Counter({"blobs blobs/backup.tar": 1})
    assert environment.run("destroy", *DESTROY, "--delete-data").code == 0
    assert azure.there() == Counter()


def test_containers_are_private_and_the_account_lets_none_be_opened(azure: AzureAccount) -> None:
    environment = azure.environment()
    environment.pave()
    account = f"{azure.root}/resourceGroups/sandbox/providers/Microsoft.Storage/storageAccounts"
    [found] = azure.hand.all(account)
    assert found["properties"]["allowBlobPublicAccess"] is False
    assert found["properties"]["minimumTlsVersion"] == "TLS1_2"
    containers = azure.hand.all(f"{found['id']}/blobServices/default/containers")
    assert {one["name"]: one["properties"]["publicAccess"] for one in containers} == {
        "blobs": "None",
        "bosh": "None",
        "stemcell": "None",
    }


def test_the_jumpbox_is_waited_for_until_its_console_tells_its_host_key(azure: AzureAccount) -> None:
    silent = Refusal(404, "BlobNotFound", "The specified blob does not exist.")
    azure.world.faults.append(Fault("GET", f"{console.PATH}*", silent, times=2))
    environment = azure.environment()
    document = environment.pave()
    assert azure.world.faults[0].times == 0
    machine = azure.hand.all(f"{azure.root}/resourceGroups/sandbox/providers/Microsoft.Compute/virtualMachines")[0]
    assert document.jumpbox is not None
    assert machine["tags"]["paver-host-key"] == document.jumpbox.host_key
    assert steps(environment) == []


def test_what_failed_half_way_is_sent_once_more(azure: AzureAccount) -> None:
    environment = azure.environment()
    at = f"{azure.root}/resourceGroups/sandbox/providers/Microsoft.Network/natGateways/sandbox"
    azure.world.spoil[at.lower()] = ("InternalServerError", "An error occurred.")
    first = environment.run("pave", "-y")
    assert first.code == 0, first.text
    environment.pave()
    assert azure.hand.get(at)["properties"]["provisioningState"] == "Succeeded"
    assert steps(environment) == []


def test_a_busy_authority_is_no_refusal(azure: AzureAccount) -> None:
    busy = Refusal(429, "TooManyRequests", "Rate exceeded", {"Retry-After": "0"})
    azure.world.faults += [
        Fault("*", "*/openid-configuration", busy),
        Fault("POST", "*/token", Refusal(503, "ServiceUnavailable", "later")),
    ]
    assert azure.environment().run("preflight").code == 0
    assert [fault.times for fault in azure.world.faults] == [0, 0]


def test_a_quota_that_is_reached_after_the_look_is_told_with_what_to_do(azure: AzureAccount) -> None:
    environment = azure.environment()
    at = "*/natgateways/sandbox"
    full = Refusal(400, "NatGatewayCountLimitReached", "Cannot create more than 0 NAT gateways.")
    azure.world.faults.append(Fault("PUT", at, full, times=99))
    done = environment.run("pave", "-y")
    assert done.code == 4, done.text
    assert "raise the quota" in done.text
    azure.world.faults.clear()
    environment.pave()
    environment.destroy()
    assert azure.there() == Counter()


def test_an_application_of_the_sites_gets_the_roles_and_is_not_made(azure: AzureAccount) -> None:
    theirs = {"client_id": str(uuid4()), "object_id": str(uuid4())}
    environment = azure.environment(change=section(service_principals={"bosh-cpi": theirs}))
    document = environment.pave()
    assert document.credentials["bosh-cpi"].principal == theirs["client_id"]
    group = f"{azure.root}/resourceGroups/sandbox"
    assigned = azure.hand.all(f"{group}/providers/Microsoft.Authorization/roleAssignments")
    mine = [one for one in assigned if one["properties"]["principalId"] == theirs["object_id"]]
    assert len(mine) == 2
    assert azure.there()["userAssignedIdentities sandbox-bosh-cpi"] == 0
    environment.destroy()
    assert azure.there() == Counter()


def test_without_zones_machines_are_in_an_availability_set(azure: AzureAccount) -> None:
    def unzoned(document: Document) -> None:
        azure_section: dict[str, Any] = document["iaas"]["azure"]
        del azure_section["zones"]
        azure_section |= {"availability_set": True, "redundancy": "Standard_LRS"}

    environment = azure.environment(change=unzoned)
    document = environment.pave()
    assert azure.there()["availabilitySets sandbox"] == 1
    assert json.loads(document.model_dump_json())["driver"]["availability_set"] == "sandbox"
    assert steps(environment) == []
    environment.destroy()
    assert azure.there() == Counter()


def test_a_machine_of_others_in_a_subnet_keeps_that_and_is_named(azure: AzureAccount) -> None:
    environment = azure.environment()
    environment.pave()
    subnet = f"{azure.root}/resourceGroups/sandbox/providers/{NETWORK}/sandbox/subnets/sandbox-management"
    azure.hand.put(f"{azure.root}/resourceGroups/theirs", {"location": "westeurope"})
    nic = f"{azure.root}/resourceGroups/theirs/providers/Microsoft.Network/networkInterfaces/theirs"
    where = {"privateIPAllocationMethod": "Dynamic", "subnet": {"id": subnet}}
    configurations = [{"name": "primary", "properties": where}]
    azure.hand.put(nic, {"location": "westeurope", "properties": {"ipConfigurations": configurations}})
    done = environment.run("destroy", *DESTROY)
    assert done.code == 4, done.text
    assert nic.lower() in done.text.lower()
    assert azure.there()["networkInterfaces theirs"] == 1


def test_an_error_of_the_library_bears_its_exit_code(azure: AzureAccount) -> None:
    azure.estate.owner.expired = True
    with pytest.raises(PaverError) as caught:
        azure.environment().plan()
    assert caught.value.exit_code == 3
