"""`validate --resolved` shows what nobody wrote: every default and every derived address."""

from __future__ import annotations

import json
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from paver.contract.addresses import static_span, text
from paver.settings import check_spec, load_spec, resolved


@pytest.fixture
def shown(example):
    Path("environment.yml").write_text(example)
    return resolved(load_spec("environment.yml", iaas="memory", environ={}))


def test_networks_show_their_blocks_and_static_ranges(shown):
    assert shown["networks"]["workload"] == {
        "purpose": "workload",
        "cidr": "10.20.64.0/18",
        "egress": "nat",
        "existing": False,
        "reserved": [],
        "assigned": {},
        "zones": {
            "z1": {"block": "10.20.64.0/20", "static": ["10.20.64.10-10.20.67.255"]},
            "z2": {"block": "10.20.80.0/20", "static": ["10.20.80.10-10.20.83.255"]},
            "z3": {"block": "10.20.96.0/20", "static": ["10.20.96.10-10.20.99.255"]},
        },
    }


def test_reserved_ranges_are_cut_out_of_the_static_ones(shown, example):
    static = shown["networks"]["services"]["zones"]["z1"]["static"]
    assert static == ["10.20.16.10-10.20.16.199", "10.20.16.221-10.20.16.255"]


def test_pavers_own_machines_have_their_addresses(shown):
    assert shown["networks"]["management"]["assigned"] == {"director": "10.20.0.6"}
    assert (shown["jumpbox"]["network"], shown["jumpbox"]["address"]) == ("lb", "10.20.32.5")


def test_defaults_stand_where_nothing_was_written(shown):
    assert shown["zones"] == ["z1", "z2", "z3"]
    assert shown["load_balancers"]["concourse"]["allow"] == ["10.20.0.0/16"]
    assert shown["load_balancers"]["concourse"]["ports"] == [{"listen": 443, "target": 443, "protocol": "tcp"}]
    assert shown["load_balancers"]["ssh"]["allow"] == ["198.51.100.0/24"]
    assert shown["certificates"]["authorities"]["root"]["key"] == "ecdsa-p384"
    assert shown["datastores"]["vms"]["encrypted"] is None
    assert shown["proxy"]["no_proxy"][:3] == [".example.com", ".staging.example.com", "10.20.0.0/16"]
    assert shown["dns"]["servers"] == ["10.1.0.53"]


def test_a_public_balancer_that_names_nobody_is_open_to_everyone(example):
    Path("environment.yml").write_text(example.replace("    allow: [198.51.100.0/24]\n", ""))
    shown = resolved(load_spec("environment.yml", iaas="memory", environ={}))
    assert shown["load_balancers"]["ssh"]["allow"] == ["0.0.0.0/0"]


def test_a_secret_is_shown_by_its_place(shown):
    assert shown["secrets"] == "vault:kv/paver/staging"


def test_only_the_chosen_section_is_shown(shown):
    assert list(shown["iaas"]) == ["memory"]
    assert shown["iaas"]["memory"]["pending"] == 0.2


def test_it_is_plain_json(shown):
    assert json.loads(json.dumps(shown)) == shown


def test_a_spec_that_is_only_checked_is_resolved_too(example, shown):
    assert resolved(check_spec(["environment.yml"], environ={})) == shown


def test_a_spec_with_mistakes_is_not_resolved(example):
    Path("environment.yml").write_text(example.replace("name: staging", "name: Staging"))
    with pytest.raises(ValueError, match="not valid"):
        resolved(check_spec(["environment.yml"], environ={}))


def test_the_static_ranges_are_those_of_the_rule(shown):
    for zone in shown["networks"]["lb"]["zones"].values():
        assert zone["static"] == [text(static_span(IPv4Network(zone["block"])))]
