"""What an ESXi host is set to, one setting at a time, and the calls that set it.

Time servers, resolvers and search domains, services, port groups of its standard switches.

A setting has a name and a plain value, the one in which it is noted before it is changed and put back in the end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from paver.contract.errors import Rejected
from paver_vsphere import host_port_groups as port_groups
from paver_vsphere.sdk import vim
from paver_vsphere.setting_call import SettingCall

NTP, DNS, SEARCH = "ntp", "dns-servers", "search-domains"
SERVICES: Mapping[str, str] = {"ssh": "TSM-SSH", "ntpd": "ntpd"}
"""A service's name in a spec to its key on a host."""
PROPERTIES = (
    *("configManager", "config.dateTimeInfo", "config.network.dnsConfig", "config.service.service"),
    *port_groups.PROPERTIES,
)
"""What a listing reads of a HostSystem."""


def service(name: str) -> str:
    """The setting of a service."""
    return f"service-{name}"


def switched(*, on: bool) -> dict[str, JsonValue]:
    """A service that runs, from the host's start on, or that never does."""
    return {"running": on, "policy": "on" if on else "off"}


def resolvers(servers: Collection[str]) -> dict[str, JsonValue]:
    """Resolvers that are written down; those of DHCP are a NIC's."""
    return {"servers": list[JsonValue](servers), "dhcp": ""}


class HostConfiguration:
    """One host, as it was read.

    Args:
        where: The host, for people.
        props: The properties of its HostSystem.
    """

    def __init__(self, where: str, props: Mapping[str, Any]) -> None:
        self._where = where
        self._managers: Any = props.get("configManager")
        self._ntp = getattr(props.get("config.dateTimeInfo"), "ntpConfig", None)
        self._dns: Any = props.get("config.network.dnsConfig")
        self.port_groups = port_groups.HostPortGroups(where, props, getattr(self._managers, "networkSystem", None))
        self._services = {str(one.key): one for one in props.get("config.service.service") or ()}

    @property
    def by_dhcp(self) -> bool:
        """Whether its resolvers and search domains come by DHCP."""
        return bool(self._dns is not None and self._dns.dhcp)

    @property
    def servers(self) -> JsonValue:
        """Its resolvers, or how they come."""
        return ["by DHCP"] if self.by_dhcp else self._listed("address")

    def knows(self, name: str) -> bool:
        """Whether it has a service, by its name in a spec."""
        return SERVICES[name] in self._services

    def value(self, setting: str) -> JsonValue:
        """What a setting is now. Raises Rejected for a service that the host has not."""
        if setting == NTP:
            return [str(server) for server in getattr(self._ntp, "server", None) or ()]
        if setting == DNS:
            nic = str(self._dns.virtualNicDevice or "vmk0") if self.by_dhcp else ""
            return {"servers": [] if nic else self._listed("address"), "dhcp": nic}
        if setting == SEARCH:
            return [] if self.by_dhcp else self._listed("searchDomain")
        if setting.startswith(port_groups.PREFIX):
            return self.port_groups.value(setting)
        found = self._service(setting.removeprefix("service-"))
        return {"running": bool(found.running), "policy": str(found.policy)}

    def state(self, name: str) -> str:
        """A service in a word or two: `on` and `off` are what a spec asks for."""
        if not self.knows(name):
            return "missing"
        found = self._service(name)
        running, policy = bool(found.running), str(found.policy)
        if running == (policy == "on") and policy in {"on", "off"}:
            return policy
        return f"{'running' if running else 'stopped'}, policy {policy}"

    def next_call(self, target: Mapping[str, JsonValue], sent: Collection[str]) -> SettingCall | None:
        """The next call towards these values that was not sent yet; None: there is nothing left to send."""
        return next((call for call in self._calls(target, sent) if call.name not in sent), None)

    def _calls(self, target: Mapping[str, JsonValue], sent: Collection[str]) -> Iterator[SettingCall]:
        if self._differs(NTP, target):
            config = vim().host.DateTimeConfig(ntpConfig=vim().host.NtpConfig(server=target[NTP]))
            update = self._managers.dateTimeSystem.UpdateDateTimeConfig
            yield SettingCall(NTP, "set the time servers", update, (config,))
        if NTP in sent and "ntpd-start" not in sent and self._goes_on("ntpd", target):
            # One that runs goes on asking the servers that it was started with.
            yield SettingCall("restart", "restart ntpd", self._managers.serviceSystem.RestartService, ("ntpd",))
        if self._differs(DNS, target) or (self._differs(SEARCH, target) and not _by_dhcp(target)):
            update = self._managers.networkSystem.UpdateDnsConfig
            yield SettingCall(DNS, "set the resolvers", update, (self._dns_config(target),))
        for name, key in SERVICES.items():
            wanted = target.get(service(name))
            if isinstance(wanted, Mapping):
                yield from self._switching(name, key, wanted)
        yield from self.port_groups.calls(target)

    def _switching(self, name: str, key: str, wanted: Mapping[str, JsonValue]) -> Iterator[SettingCall]:
        found, system = self._service(name), self._managers.serviceSystem
        if str(found.policy) != wanted["policy"]:
            policy = (key, wanted["policy"])
            yield SettingCall(f"{name}-policy", f"set the policy of {name}", system.UpdateServicePolicy, policy)
        if bool(found.running) != wanted["running"]:
            verb, method = ("start", system.StartService) if wanted["running"] else ("stop", system.StopService)
            yield SettingCall(f"{name}-{verb}", f"{verb} {name}", method, (key,))

    def _goes_on(self, name: str, target: Mapping[str, JsonValue]) -> bool:
        """Whether a service runs, and shall."""
        wanted = target.get(service(name))
        stops = isinstance(wanted, Mapping) and not wanted["running"]
        return self.knows(name) and bool(self._service(name).running) and not stops

    def _differs(self, setting: str, target: Mapping[str, JsonValue]) -> bool:
        return setting in target and target[setting] != self.value(setting)

    def _dns_config(self, target: Mapping[str, JsonValue]) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        """The whole of it, which is what the call replaces: what is not asked for stays as it is."""
        if self._dns is None:
            raise Rejected(f"{self._where} does not tell its resolvers")
        wanted = target.get(DNS, self.value(DNS))
        assert isinstance(wanted, dict)  # noqa: S101  it holds by construction
        by_dhcp = bool(wanted["dhcp"])
        return vim().host.DnsConfig(
            dhcp=by_dhcp,
            virtualNicDevice=wanted["dhcp"] or self._dns.virtualNicDevice,
            hostName=self._dns.hostName,
            domainName=self._dns.domainName,
            address=wanted["servers"],
            searchDomain=[] if by_dhcp else target.get(SEARCH, self._listed("searchDomain")),
        )

    def _listed(self, name: str) -> list[JsonValue]:
        return [str(one) for one in getattr(self._dns, name, None) or ()]

    def _service(self, name: str) -> Any:  # noqa: ANN401  pyVmomi makes its types at run time
        if not self.knows(name):
            raise Rejected(f"{self._where} has no service {name}", hint=f"leave {name} out of host_settings.services")
        return self._services[SERVICES[name]]


def _by_dhcp(target: Mapping[str, JsonValue]) -> bool:
    wanted = target.get(DNS)
    return isinstance(wanted, Mapping) and bool(wanted["dhcp"])
