"""Changes of Compute: answered at once, done later, sent twice, and ending in errors."""

from __future__ import annotations

from uuid import uuid4

import pytest
from gcp_emulated import COMPUTE, REGION, Asking, Refused

NETWORK = {"name": "net", "autoCreateSubnetworks": False}


def test_an_operation_is_running_first_and_done_once_its_time_is_over(asking: Asking) -> None:
    begun = asking("POST", f"{COMPUTE}/global/networks", NETWORK)
    assert (begun["status"], begun["progress"]) == ("RUNNING", 0)
    path = f"{COMPUTE}/global/operations/{begun['name']}"
    assert asking("GET", path)["status"] == "RUNNING"
    assert asking("POST", f"{path}/wait")["status"] == "RUNNING"
    asking.wait(0.9)
    assert asking("GET", path)["status"] == "RUNNING"
    asking.wait(0.1)
    done = asking("GET", path)
    assert (done["status"], done["progress"], "error" in done) == ("DONE", 100, False)


def test_what_is_being_made_is_listed_and_not_ready(asking: Asking) -> None:
    asking("POST", f"{COMPUTE}/global/networks", NETWORK)
    assert [one["name"] for one in asking("GET", f"{COMPUTE}/global/networks")["items"]] == ["net"]
    subnet = {"name": "sub", "network": "global/networks/net", "ipCidrRange": "10.0.0.0/24"}
    with pytest.raises(Refused, match="is not ready") as refused:
        asking("POST", f"{REGION}/subnetworks", subnet)
    assert refused.value.reason == "resourceNotReady"
    with pytest.raises(Refused, match="is not ready"):
        asking("DELETE", f"{COMPUTE}/global/networks/net")
    asking.wait()
    asking("POST", f"{REGION}/subnetworks", subnet)


def test_a_request_that_is_sent_again_with_its_id_is_one_request(asking: Asking) -> None:
    id_ = str(uuid4())
    first = asking("POST", f"{COMPUTE}/global/networks", NETWORK, requestId=id_)
    assert asking("POST", f"{COMPUTE}/global/networks", NETWORK, requestId=id_)["name"] == first["name"]
    asking.wait()
    assert asking("POST", f"{COMPUTE}/global/networks", NETWORK, requestId=id_)["status"] == "DONE"
    with pytest.raises(Refused, match="of another request"):
        asking("DELETE", f"{COMPUTE}/global/networks/net", requestId=id_)
    with pytest.raises(Refused, match="zero UUID"):
        asking("DELETE", f"{COMPUTE}/global/networks/net", requestId="00000000-0000-0000-0000-000000000000")


def test_a_network_that_is_in_use_says_so_when_the_operation_ends(asking: Asking) -> None:
    network = asking.network()
    subnet = asking.subnet(network)
    done = asking.done(asking("DELETE", f"{COMPUTE}/global/networks/net"))
    [error] = done["error"]["errors"]
    assert error["code"] == "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE"
    assert subnet in error["message"]
    assert done["httpErrorStatusCode"] == 400
    assert asking("GET", f"{COMPUTE}/global/networks/net")["name"] == "net"


def test_a_subnet_that_is_in_use_says_so_at_once(asking: Asking) -> None:
    subnet = asking.subnet(asking.network())
    machine = asking.machine(subnet)
    with pytest.raises(Refused, match=machine) as refused:
        asking("DELETE", f"{REGION}/subnetworks/sub")
    assert (refused.value.status, refused.value.reason) == (400, "resourceInUseByAnotherResource")


def test_a_quota_that_is_met_ends_the_operation_and_leaves_nothing(asking: Asking) -> None:
    asking.emulator.behave({"quotas": {"networks": 1}})
    asking.network("one")
    done = asking.done(asking("POST", f"{COMPUTE}/global/networks", NETWORK))
    assert (done["error"]["errors"][0]["code"], done["httpErrorStatusCode"]) == ("QUOTA_EXCEEDED", 403)
    assert [one["name"] for one in asking("GET", f"{COMPUTE}/global/networks")["items"]] == ["one"]


def test_a_machine_tells_its_host_key_once_it_has_booted_and_may(asking: Asking) -> None:
    subnet = asking.subnet(asking.network())
    switch = {"items": [{"key": "enable-guest-attributes", "value": "TRUE"}]}
    asking.machine(subnet, "open", metadata=switch)
    asking.machine(subnet, "closed")
    path = f"{COMPUTE}/zones/europe-west1-b/instances"
    asking.wait()
    told = asking("GET", f"{path}/open/getGuestAttributes", queryPath="hostkeys/")["queryValue"]["items"]
    assert [one["key"] for one in told] == ["ssh-ed25519"]
    with pytest.raises(Refused) as refused:
        asking("GET", f"{path}/closed/getGuestAttributes", queryPath="hostkeys/")
    assert refused.value.status == 404


def test_a_disk_goes_with_its_machine(asking: Asking) -> None:
    asking.machine(asking.subnet(asking.network()))
    path = f"{COMPUTE}/zones/europe-west1-b"
    assert len(asking("GET", f"{path}/disks")["items"]) == 1
    asking.done(asking("DELETE", f"{path}/instances/vm"))
    assert "items" not in asking("GET", f"{path}/disks")


def test_an_aggregated_list_has_every_zone_that_has_any(asking: Asking) -> None:
    asking.machine(asking.subnet(asking.network()))
    items = asking("GET", f"{COMPUTE}/aggregated/instances")["items"]
    assert [one["name"] for one in items["zones/europe-west1-b"]["instances"]] == ["vm"]
