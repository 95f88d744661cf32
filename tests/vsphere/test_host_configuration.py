"""A host's settings and the calls that set them, without a host."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from pydantic import JsonValue

from paver.contract.errors import Rejected
from paver_vsphere.host_configuration import HostConfiguration, resolvers, switched
from paver_vsphere.sdk import vim


def host(**changed: Any) -> HostConfiguration:  # noqa: ANN401  any property of a host
    """One with a resolver, no time server, SSH off and ntpd on."""
    dns: dict[str, Any] = {"dhcp": False, "virtualNicDevice": "vmk0", "hostName": "esxi", "domainName": "example.com"}
    dns |= {"address": ["192.0.2.53"], "searchDomain": ["example.com"]} | changed.pop("dns", {})
    services = changed.pop("services", {"TSM-SSH": (False, "off"), "ntpd": (True, "on")})
    props = {
        "configManager": MagicMock(),
        "config.dateTimeInfo": SimpleNamespace(ntpConfig=SimpleNamespace(server=changed.pop("ntp", []))),
        "config.network.dnsConfig": SimpleNamespace(**dns),
        "config.service.service": [
            SimpleNamespace(key=key, running=running, policy=policy) for key, (running, policy) in services.items()
        ],
    }
    assert not changed
    return HostConfiguration("esxi-1", props)


def calls(now: HostConfiguration, target: dict[str, JsonValue]) -> list[str]:
    """The names of all calls, each of which is without effect on what is read."""
    sent: list[str] = []
    while call := now.next_call(target, sent):
        sent.append(call.name)
    return sent


def test_what_is_as_it_should_be_takes_no_call() -> None:
    now = host()
    every = ("ntp", "dns-servers", "search-domains", "service-ssh", "service-ntpd")
    assert calls(now, {setting: now.value(setting) for setting in every}) == []


@pytest.mark.parametrize(
    ("now", "target", "sent"),
    [
        ({}, {"ntp": ["ntp.example.com"]}, ["ntp", "restart"]),
        ({}, {"ntp": ["ntp.example.com"], "service-ntpd": switched(on=False)}, ["ntp", "ntpd-policy", "ntpd-stop"]),
        ({"services": {}}, {"ntp": ["ntp.example.com"]}, ["ntp"]),
        ({}, {"dns-servers": resolvers(["10.1.0.53"]), "search-domains": ["example.org"]}, ["dns-servers"]),
        ({}, {"search-domains": ["example.org"]}, ["dns-servers"]),
        ({}, {"service-ssh": switched(on=True)}, ["ssh-policy", "ssh-start"]),
        ({"services": {"TSM-SSH": (True, "off")}}, {"service-ssh": switched(on=True)}, ["ssh-policy"]),
        ({"services": {"TSM-SSH": (False, "on")}}, {"service-ssh": switched(on=True)}, ["ssh-start"]),
    ],
)
def test_each_setting_takes_its_calls_once(now: dict[str, Any], target: dict[str, JsonValue], sent: list[str]) -> None:
    assert calls(host(**now), target) == sent


def test_a_call_replaces_the_whole_dns_configuration_and_keeps_what_is_not_asked_for() -> None:
    call = host().next_call({"search-domains": ["example.org"]}, ())
    assert call is not None
    (config,) = call.arguments
    assert isinstance(config, vim().host.DnsConfig)
    assert (config.dhcp, config.hostName, config.domainName) == (False, "esxi", "example.com")
    assert (list(config.address), list(config.searchDomain)) == (["192.0.2.53"], ["example.org"])


def test_resolvers_by_dhcp_are_a_nics_and_their_addresses_are_nobodys_earlier_value() -> None:
    now = host(dns={"dhcp": True, "virtualNicDevice": "vmk1", "address": ["198.51.100.1"]})
    assert now.value("dns-servers") == {"servers": [], "dhcp": "vmk1"}
    assert now.value("search-domains") == []
    call = host().next_call({"dns-servers": now.value("dns-servers")}, ())
    assert call is not None
    (config,) = call.arguments
    assert (config.dhcp, config.virtualNicDevice, list(config.address)) == (True, "vmk1", [])


def test_an_empty_list_of_time_servers_is_put_back_as_one() -> None:
    call = host(ntp=["ntp.example.com"]).next_call({"ntp": []}, ())
    assert call is not None
    (config,) = call.arguments
    assert list(config.ntpConfig.server) == []


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ((True, "on"), "on"),
        ((False, "off"), "off"),
        ((True, "off"), "running, policy off"),
        ((False, "on"), "stopped, policy on"),
        ((False, "automatic"), "stopped, policy automatic"),
        ((True, "automatic"), "running, policy automatic"),
    ],
)
def test_a_service_is_on_or_off_where_it_is_so_for_good(state: tuple[bool, str], said: str) -> None:
    assert host(services={"TSM-SSH": state}).state("ssh") == said


def test_a_service_that_a_host_has_not_is_refused_by_its_name_in_the_spec() -> None:
    now = host(services={})
    assert now.state("ssh") == "missing"
    with pytest.raises(Rejected, match="no service ssh"):
        now.next_call({"service-ssh": switched(on=True)}, ())
