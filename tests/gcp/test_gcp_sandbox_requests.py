"""What the emulator refuses: whatever Google's own description of its APIs does not know, and what Google refuses."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from gcp_emulated import COMPUTE, REGION, Asking, Refused

from paver_gcp.sandbox.example import PROJECT

NETWORK = {"name": "net", "autoCreateSubnetworks": False}
FIREWALL = {"name": "fw", "network": "global/networks/net", "allowed": [{"IPProtocol": "tcp", "ports": ["22"]}]}
ROLE = {"roleId": "some_role", "role": {"title": "a", "includedPermissions": ["storage.objects.get"]}}


@pytest.mark.parametrize(
    ("verb", "path", "body", "said", "why"),
    [
        ("POST", "global/networks", {**NETWORK, "colour": "red"}, 'Unknown name "colour"', "a field that is none"),
        ("POST", "global/networks", {**NETWORK, "name": "Net_1"}, "Must be a match of regex", "a name out of pattern"),
        ("POST", "global/networks", {"autoCreateSubnetworks": False}, "Required field", "no name"),
        ("POST", "global/networks", {**NETWORK, "mtu": "big"}, "an integer is wanted", "a text for a number"),
        ("POST", "global/networks", {**NETWORK, "autoCreateSubnetworks": "no"}, "true or false", "a text for a switch"),
        ("POST", "global/firewalls", {**FIREWALL, "direction": "SIDEWAYS"}, "Must be one of", "a word out of its list"),
        ("POST", "global/firewalls", {**FIREWALL, "denied": FIREWALL["allowed"]}, "exactly one of", "both at once"),
        (
            "POST",
            "global/firewalls",
            {**FIREWALL, "direction": "EGRESS", "sourceTags": ["a"]},
            "EGRESS",
            "tags outward",
        ),
        (
            "POST",
            "global/firewalls",
            {**FIREWALL, "sourceRanges": ["10.0.0.1/24"]},
            "host bits",
            "a range that is none",
        ),
        ("POST", "global/firewalls", {**FIREWALL, "priority": 70000}, "priority", "a number too high"),
        (
            "POST",
            "global/firewalls",
            {**FIREWALL, "network": "global/networks/no"},
            "was not found",
            "a link to nothing",
        ),
        ("GET", "global/networks?maxResult=1", None, "there is none of that name", "a parameter that is none"),
        ("GET", "global/networks?maxResults=many", None, "integer parameter", "a parameter of another type"),
        ("GET", "global/networks?maxResults=-1", None, "integer parameter", "a parameter out of range"),
        ("GET", "global/networks?filter=name%20like%20a", None, "Invalid list filter", "a filter that is none"),
        ("GET", "regions/mars-1/addresses", None, "Unknown region", "a region that is none"),
        ("GET", "zones/europe-west1-a/instances", None, "Unknown zone", "a zone that the region lacks"),
    ],
)
def test_a_request_that_does_not_fit_is_refused(
    asking: Asking, verb: str, path: str, body: Any, said: str, why: str
) -> None:
    asking.network()
    with pytest.raises(Refused, match=r".") as refused:
        asking(verb, f"{COMPUTE}/{path}", body)
    assert said in refused.value.message, why
    assert refused.value.status in {400, 404}


@pytest.mark.parametrize(
    ("verb", "path", "why"),
    [
        ("GET", f"{COMPUTE}/global/urlMaps", "no balancers of the seventh layer"),
        ("POST", f"{COMPUTE}/global/networks/net/addPeering", "no peerings"),
        ("GET", f"/v1/projects/{PROJECT}/locations", "no secrets of a region"),
        ("POST", "/storage/v1/b/bucket/lockRetentionPolicy?ifMetagenerationMatch=1", "no retention"),
    ],
)
def test_what_the_emulator_does_not_do_is_never_said_to_be_done(asking: Asking, verb: str, path: str, why: str) -> None:
    asking.network()
    with pytest.raises(Refused) as refused:
        asking(verb, path, {"name": "peer"} if "Peering" in path else None)
    assert refused.value.status == 501, why


def test_null_means_absent(asking: Asking) -> None:
    asking("POST", f"{COMPUTE}/global/networks", {**NETWORK, "description": None})
    asking.wait()
    assert "description" not in asking("GET", f"{COMPUTE}/global/networks/net")


def test_a_path_of_no_api_is_not_found(asking: Asking) -> None:
    with pytest.raises(Refused, match="was not found on this server"):
        asking("GET", "/compute/v2/projects/a/global/networks")


def test_without_a_token_nobody_gets_in(asking: Asking) -> None:
    status, _, _ = asking.raw("GET", f"{COMPUTE}/global/networks", authorization="Bearer another")
    assert status == 401


def test_a_service_that_is_not_enabled_says_so(asking: Asking) -> None:
    asking.world.projects[PROJECT].services.discard("dns.googleapis.com")
    with pytest.raises(Refused, match="has not been used in project") as refused:
        asking("GET", f"/dns/v1/projects/{PROJECT}/managedZones")
    assert (refused.value.status, refused.value.reason) == (403, "accessNotConfigured")


def test_a_permission_that_is_missing_is_named(asking: Asking) -> None:
    asking("POST", f"/v1/projects/{PROJECT}/roles", ROLE)
    role = f"projects/{PROJECT}/roles/some_role"
    asking.world.projects[PROJECT].policy["bindings"][0]["role"] = role
    with pytest.raises(Refused, match=r"Required 'compute\.networks\.create' permission") as refused:
        asking("POST", f"{COMPUTE}/global/networks", NETWORK)
    assert refused.value.status == 403


def test_a_name_that_is_taken_is_a_conflict(asking: Asking) -> None:
    asking.network()
    with pytest.raises(Refused, match="already exists") as refused:
        asking("POST", f"{COMPUTE}/global/networks", NETWORK)
    assert (refused.value.status, refused.value.reason) == (409, "alreadyExists")


def test_ranges_of_one_network_do_not_overlap(asking: Asking) -> None:
    network = asking.network()
    asking.subnet(network, "one", "10.0.0.0/24")
    with pytest.raises(Refused, match="conflicts with existing subnetwork 'one'"):
        asking("POST", f"{REGION}/subnetworks", {"name": "two", "network": network, "ipCidrRange": "10.0.0.128/25"})
    other = asking.network("other")
    asking.subnet(other, "three", "10.0.0.0/24")


def test_labels_of_an_address_come_by_a_call_of_their_own(asking: Asking) -> None:
    with pytest.raises(Refused, match="setLabels"):
        asking("POST", f"{REGION}/addresses", {"name": "ip", "labels": {"a": "b"}})


def test_a_stale_fingerprint_is_refused(asking: Asking) -> None:
    asking.made("regions/europe-west1/addresses", "ip")
    seen = asking("GET", f"{REGION}/addresses/ip")["labelFingerprint"]
    change = {"labels": {"a": "b"}, "labelFingerprint": seen}
    asking.done(asking("POST", f"{REGION}/addresses/ip/setLabels", change))
    with pytest.raises(Refused) as refused:
        asking("POST", f"{REGION}/addresses/ip/setLabels", change)
    assert (refused.value.status, refused.value.reason) == (412, "conditionNotMet")


def test_the_id_of_a_deleted_role_stays_taken(asking: Asking) -> None:
    asking("POST", f"/v1/projects/{PROJECT}/roles", ROLE)
    asking("DELETE", f"/v1/projects/{PROJECT}/roles/some_role")
    with pytest.raises(Refused, match="in a deleted state") as refused:
        asking("POST", f"/v1/projects/{PROJECT}/roles", ROLE)
    assert refused.value.reason == "FAILED_PRECONDITION"
    assert "roles" not in asking("GET", f"/v1/projects/{PROJECT}/roles")
    [gone] = asking("GET", f"/v1/projects/{PROJECT}/roles", showDeleted="true")["roles"]
    assert gone["deleted"]


def test_a_policy_that_somebody_changed_meanwhile_is_not_overwritten(asking: Asking) -> None:
    path = f"/v3/projects/{PROJECT}"
    policy = asking("POST", f"{path}:getIamPolicy", {})
    member = {"role": "roles/viewer", "members": ["user:a@example.com"]}
    asking("POST", f"{path}:setIamPolicy", {"policy": {**policy, "bindings": [*policy["bindings"], member]}})
    with pytest.raises(Refused, match="concurrent policy changes") as refused:
        asking("POST", f"{path}:setIamPolicy", {"policy": policy})
    assert (refused.value.status, refused.value.reason) == (409, "ABORTED")


def test_faults_come_as_often_as_they_were_ordered(asking: Asking) -> None:
    asking.emulator.behave({"faults": [{"method": "compute.networks.*", "code": 503, "times": 1}]})
    with pytest.raises(Refused) as refused:
        asking("GET", f"{COMPUTE}/global/networks")
    assert refused.value.status == 503
    assert asking("GET", f"{COMPUTE}/global/networks")["kind"] == "compute#networkList"


def test_a_token_of_no_page_is_refused(asking: Asking) -> None:
    with pytest.raises(Refused, match="pageToken") as refused:
        asking("GET", f"{COMPUTE}/global/networks", pageToken="next")
    assert refused.value.status == 400


def test_a_list_comes_in_pages_and_by_filter(asking: Asking) -> None:
    for number in range(5):
        asking.network(f"net-{number}")
    first = asking("GET", f"{COMPUTE}/global/networks", maxResults=2, filter="name eq net-[0-3]")
    rest = asking(
        "GET", f"{COMPUTE}/global/networks", maxResults=2, filter="name eq net-[0-3]", pageToken=first["nextPageToken"]
    )
    assert [one["name"] for one in (*first["items"], *rest["items"])] == [f"net-{number}" for number in range(4)]
    assert "nextPageToken" not in rest
    assert [one["name"] for one in asking("GET", f"{COMPUTE}/global/networks", filter="name = net-4")["items"]] == [
        "net-4"
    ]


def test_what_the_api_adds_is_told(asking: Asking) -> None:
    network = asking.network()
    asking.subnet(network)
    asking.made("global/firewalls", "fw", network=network, allowed=[{"IPProtocol": "all"}])
    rule = asking("GET", f"{COMPUTE}/global/firewalls/fw")
    assert (rule["direction"], rule["priority"], rule["sourceRanges"]) == ("INGRESS", 1000, ["0.0.0.0/0"])
    subnet = asking("GET", f"{REGION}/subnetworks/sub")
    assert (subnet["gatewayAddress"], subnet["state"], subnet["privateIpGoogleAccess"]) == ("10.0.0.1", "READY", False)
    told = asking("GET", f"{COMPUTE}/global/networks/net")
    assert told["subnetworks"] == [subnet["selfLink"]]
    assert told["id"].isdigit()


def test_no_name_but_loopback_is_resolved_by_any_of_these_tests() -> None:
    with pytest.raises(AssertionError, match="wanted to resolve"):
        socket.getaddrinfo("compute.googleapis.com", 443)
    with pytest.raises(AssertionError, match="wanted to resolve"):
        socket.create_connection(("192.0.2.1", 443), timeout=0.1)
