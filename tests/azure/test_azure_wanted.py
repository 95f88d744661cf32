"""What a spec becomes on Azure, on paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from papers import ROOT, both, to, wanted

from paver.contract.addresses import static_span
from paver_azure import roles
from paver_azure.permissions import needed, role

ANYBODY = {"*", "0.0.0.0/0", "Internet", "Any"}


def rules(directory: Path, group: str, **parts: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = wanted(directory, **parts)[f"security-group/{group}"].model_dump()["rules"]
    return found


def sources(directory: Path) -> Iterator[tuple[str, str, str]]:
    for key, want in wanted(directory).items():
        if key.startswith("security-group/"):
            for name, rule in want.model_dump()["rules"].items():
                if rule["access"] == "Allow":
                    yield from ((key, name, source) for source in rule["sources"])


def test_nothing_is_open_to_everybody_but_what_the_spec_calls_public(tmp_path: Path) -> None:
    found = [(key, name) for key, name, source in sources(tmp_path) if source in ANYBODY]
    assert {name for _, name in found} == {"web-tcp", "web-udp"}
    assert ("security-group/web", "web-tcp") in found


def test_every_group_refuses_what_azure_would_let_in_by_itself(tmp_path: Path) -> None:
    for key, want in wanted(tmp_path).items():
        if key.startswith("security-group/"):
            last = want.model_dump()["rules"]["rest-of-network"]
            assert (last["access"], last["priority"], last["sources"]) == ("Deny", 4096, ("VirtualNetwork",))


def test_priorities_are_unique_by_direction(tmp_path: Path) -> None:
    for key, want in wanted(tmp_path).items():
        if key.startswith("security-group/"):
            found = Counter((r["direction"], r["priority"]) for r in want.model_dump()["rules"].values())
            assert max(found.values()) == 1, key
            assert all(100 <= priority <= 4096 for _, priority in found)


def test_a_network_without_a_way_out_has_none(tmp_path: Path) -> None:
    found = wanted(tmp_path)
    subnet = found["subnet/services"].model_dump()
    assert subnet["nat_gateway"] is None
    assert subnet["route_table"] == to("route-table", "services").model_dump()
    assert found["route-table/services"].model_dump()["next_hop"] is None
    outbound = rules(tmp_path, "subnet/services")["internet"]
    assert (outbound["access"], outbound["direction"], outbound["destinations"]) == ("Deny", "Outbound", ("Internet",))
    assert "internet" not in rules(tmp_path, "subnet/workload")


def test_an_appliance_of_the_site_takes_the_place_of_the_gateway(tmp_path: Path) -> None:
    hops = {"workload": "10.1.0.4", "management": "10.1.0.4"}
    found = wanted(tmp_path, {"next_hops": hops})
    assert found["route-table/workload"].model_dump()["next_hop"] == "10.1.0.4"
    assert not any(key.startswith("nat-gateway/") for key in found)
    assert "public-address/nat" not in found


def test_a_balancer_lets_its_senders_reach_its_own_machines_only(tmp_path: Path) -> None:
    rule = rules(tmp_path, "subnet/workload")["ssh-tcp"]
    assert rule["sources"] == ("198.51.100.0/24",)
    assert rule["ports"] == ("2222",)
    assert rule["groups"] == (to("application-group", "ssh").model_dump(),)
    assert rule["destinations"] == ()


def test_an_inner_balancer_stands_where_bosh_numbers_nothing(tmp_path: Path) -> None:
    spec, _ = both(tmp_path)
    address = IPv4Address(str(wanted(tmp_path)["load-balancer/concourse"].model_dump()["address"]))
    assert address in spec.cidr("lb")
    for block in spec.blocks("lb").values():
        first, last = static_span(block)
        assert not first <= int(address) <= last


def test_a_further_balancer_moves_none(tmp_path: Path) -> None:
    before = wanted(tmp_path)["load-balancer/concourse"]
    after = wanted(tmp_path, load_balancers={"another": {"ports": [80]}, "zz": {"ports": [81]}})
    assert after["load-balancer/concourse"] == before
    assert len({str(after[f"load-balancer/{name}"].model_dump()["address"]) for name in ("another", "zz")}) == 2


def test_roles_have_no_wildcards(tmp_path: Path) -> None:
    for name, allows in roles.ROLES.items():
        assert allows.actions or allows.data_actions
        assert not [action for action in (*allows.actions, *allows.data_actions) if "*" in action], name
    spec, settings = both(tmp_path)
    assert not [action for action in needed(spec, settings).actions if "*" in action]


def test_what_paving_takes_follows_the_spec(tmp_path: Path) -> None:
    spec, settings = both(tmp_path)
    whole = role(spec, settings)
    assert "Microsoft.Network/loadBalancers/write" in whole["Actions"]
    assert whole["AssignableScopes"] == [ROOT]
    assert "Microsoft.Authorization/locks/write" not in whole["Actions"]
    spec, settings = both(tmp_path, {"locks": True}, load_balancers=None)
    less = role(spec, settings)
    assert "Microsoft.Network/loadBalancers/write" not in less["Actions"]
    assert "Microsoft.Network/loadBalancers/read" in less["Actions"], "what was wanted before may still be there"
    assert "Microsoft.Authorization/locks/write" in less["Actions"]


def test_what_is_adopted_is_only_read(tmp_path: Path) -> None:
    given = {"resource_group": "hub", "private_zone": None}
    spec, settings = both(tmp_path, given)
    actions = role(spec, settings)["Actions"]
    assert "Microsoft.Resources/subscriptions/resourceGroups/write" not in actions
    assert "Microsoft.Resources/subscriptions/resourceGroups/read" in actions


def test_an_application_of_the_site_gets_the_roles_instead_of_an_identity(tmp_path: Path) -> None:
    who = "5f8fad5b-d9cb-469f-a165-70867728950e"
    found = wanted(tmp_path, {"service_principals": {"bosh-cpi": {"client_id": who, "object_id": who}}})
    assert "identity/bosh-cpi" not in found
    assert found["role-assignment/bosh-cpi/cpi"].model_dump()["principal"] == who


def test_locks_stand_on_what_would_be_missed_most(tmp_path: Path) -> None:
    found = {key for key in wanted(tmp_path, {"locks": True}) if key.startswith("lock/")}
    assert found == {
        "lock/virtual-network",
        "lock/storage-account",
        "lock/public-address/nat",
        "lock/public-address/jumpbox",
        "lock/public-address/balancer/ssh",
        "lock/public-address/balancer/web",
    }


def test_changes_to_the_virtual_network_come_one_at_a_time(tmp_path: Path) -> None:
    serials = {str(want.serial) for key, want in wanted(tmp_path).items() if key.startswith(("subnet/", "virtual-"))}
    assert len(serials) == 1
    assert "None" not in serials


def test_subnets_cover_the_network_in_all_zones(tmp_path: Path) -> None:
    assert wanted(tmp_path)["subnet/workload"].model_dump()["cidr"] == str(IPv4Network("10.20.64.0/18"))
