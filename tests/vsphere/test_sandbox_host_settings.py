"""A sandbox's host keeps its settings as an ESXi host does, whether it is asked itself or through its vCenter."""

# ruff: noqa: F811  a fixture is imported and then an argument
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from populated import Paved, paved  # noqa: F401  the fixture
from pyVmomi import vim, vmodl
from sandboxes import Server

pytestmark = pytest.mark.sandbox

Refused = Callable[[Any], object]


def sides(paved: Paved) -> list[tuple[Server, Any]]:
    """The host itself, and the host in the vCenter."""
    esxi = paved.sandboxed.esxi(0)
    return [(esxi, esxi.host), (paved.vcenter, paved.host)]


def services(server: Server, host: Any) -> dict[str, tuple[bool, str]]:  # noqa: ANN401  pyVmomi makes its types at run time
    found = server.read(server.manager("serviceSystem", host), "serviceInfo").service
    assert [one.key for one in found] == [one.key for one in server.read(host, "config.service.service")]
    return {one.key: (one.running, one.policy) for one in found}


def group(name: str, vlan: int, switch: str = "vSwitch0") -> vim.host.PortGroup.Specification:
    return vim.host.PortGroup.Specification(name=name, vlanId=vlan, vswitchName=switch, policy=vim.host.NetworkPolicy())


@pytest.mark.parametrize("through", [0, 1], ids=["the host", "the vCenter"])
def test_a_port_group_is_on_both_sides_and_its_network_too(paved: Paved, through: int) -> None:
    server, host = sides(paved)[through]
    server.manager("networkSystem", host).AddPortGroup(group("both", 7))
    for other, seen in sides(paved):
        assert ("both", 7) in {(one.spec.name, one.spec.vlanId) for one in other.read(seen, "config.network").portgroup}
        assert "both" in other.all(vim.Network)
    back, place = sides(paved)[1 - through]
    back.manager("networkSystem", place).UpdatePortGroup("both", group("both", 8))
    assert ("both", 8) in {(one.spec.name, one.spec.vlanId) for one in server.read(host, "config.network").portgroup}
    back.manager("networkSystem", place).RemovePortGroup("both")
    for other, seen in sides(paved):
        assert "both" not in {one.spec.name for one in other.read(seen, "config.network").portgroup}
        assert "both" not in other.all(vim.Network)


@pytest.mark.parametrize("through", [0, 1], ids=["the host", "the vCenter"])
def test_what_one_side_sets_both_sides_show(paved: Paved, through: int) -> None:
    server, host = sides(paved)[through]
    servers = [f"ntp-{through}.example.com"]
    clock = vim.host.DateTimeConfig(ntpConfig=vim.host.NtpConfig(server=servers))
    server.manager("dateTimeSystem", host).UpdateDateTimeConfig(clock)
    dns = vim.host.DnsConfig(dhcp=False, hostName="one", domainName="example.com", address=[f"10.1.{through}.53"])
    server.manager("networkSystem", host).UpdateDnsConfig(dns)
    system = server.manager("serviceSystem", host)
    if services(server, host)["TSM-SSH"][0]:
        system.StopService("TSM-SSH")
    system.UpdateServicePolicy("TSM-SSH", "automatic")
    system.StartService("TSM-SSH")
    for other, seen in sides(paved):
        assert other.read(other.manager("dateTimeSystem", seen), "dateTimeInfo").ntpConfig.server == servers
        assert other.read(seen, "config.dateTimeInfo").ntpConfig.server == servers
        assert other.read(seen, "config.network.dnsConfig").address == [f"10.1.{through}.53"]
        assert services(other, seen)["TSM-SSH"] == (True, "automatic")


def test_a_list_of_no_time_servers_empties_it_and_a_call_without_one_leaves_it(paved: Paved) -> None:
    server, host = sides(paved)[1]
    system = server.manager("dateTimeSystem", host)
    system.UpdateDateTimeConfig(vim.host.DateTimeConfig(ntpConfig=vim.host.NtpConfig(server=["a.example.com"])))
    system.UpdateDateTimeConfig(vim.host.DateTimeConfig(timeZone="UTC"))
    assert server.read(host, "config.dateTimeInfo").ntpConfig.server == ["a.example.com"]
    system.UpdateDateTimeConfig(vim.host.DateTimeConfig(ntpConfig=vim.host.NtpConfig(server=[])))
    assert not server.read(host, "config.dateTimeInfo").ntpConfig.server


@pytest.mark.parametrize(
    ("manager", "send", "fault"),
    [
        ("serviceSystem", lambda it: it.StartService("no-such-service"), vim.fault.NotFound),
        ("serviceSystem", lambda it: it.StopService("ntpd"), vim.fault.InvalidState),
        ("serviceSystem", lambda it: it.StartService("lbtd"), vim.fault.InvalidState),
        ("serviceSystem", lambda it: it.UpdateServicePolicy("ntpd", "always"), vmodl.fault.InvalidArgument),
        (
            "networkSystem",
            lambda it: it.UpdateDnsConfig(vim.host.DnsConfig(dhcp=False, hostName="", domainName="")),
            vmodl.fault.InvalidArgument,
        ),
        (
            "networkSystem",
            lambda it: it.UpdateDnsConfig(
                vim.host.DnsConfig(dhcp=False, hostName="one", domainName="", address=["ns.example.com"])
            ),
            vmodl.fault.InvalidArgument,
        ),
        (
            "networkSystem",
            lambda it: it.UpdateDnsConfig(vim.host.DnsConfig(dhcp=True, hostName="one", domainName="")),
            vmodl.fault.InvalidArgument,
        ),
        ("networkSystem", lambda it: it.AddPortGroup(group("VM Network", 0)), vim.fault.AlreadyExists),
        ("networkSystem", lambda it: it.AddPortGroup(group("one", 4096)), vmodl.fault.InvalidArgument),
        ("networkSystem", lambda it: it.AddPortGroup(group("one", 0, "vSwitch9")), vim.fault.NotFound),
        ("networkSystem", lambda it: it.UpdatePortGroup("two", group("two", 0)), vim.fault.NotFound),
        ("networkSystem", lambda it: it.RemovePortGroup("two"), vim.fault.NotFound),
        ("networkSystem", lambda it: it.RemovePortGroup("Management Network"), vim.fault.ResourceInUse),
        (
            "dateTimeSystem",
            lambda it: it.UpdateDateTimeConfig(vim.host.DateTimeConfig(timeZone="Europe/Paris")),
            vmodl.fault.InvalidArgument,
        ),
    ],
)
def test_what_a_host_refuses_it_refuses(paved: Paved, manager: str, send: Refused, fault: type[Exception]) -> None:
    server, host = sides(paved)[1]
    with pytest.raises(fault):
        send(server.manager(manager, host))
