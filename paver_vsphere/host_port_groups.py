"""Port groups of a host's standard switches: a name, a switch, a VLAN. One that was not there is taken away again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from paver.contract.errors import Rejected
from paver_vsphere.sdk import vim
from paver_vsphere.setting_call import SettingCall

PREFIX = "port-group/"
PROPERTIES = ("config.network.portgroup", "config.network.vswitch", "config.network.vnic")
"""What a listing reads of a HostSystem."""


def port_group(name: str) -> str:
    """The setting of a port group."""
    return f"{PREFIX}{name}"


class HostPortGroups:
    """Those of one host, as they were read.

    Args:
        where: The host, for people.
        props: The properties of its HostSystem.
        system: Its network system.
    """

    def __init__(self, where: str, props: Mapping[str, Any], system: Any) -> None:  # noqa: ANN401  pyVmomi makes its types at run time
        self._where, self._system = where, system
        self._groups = {str(one.spec.name): one.spec for one in props.get("config.network.portgroup") or ()}
        self._switches = {str(one.name) for one in props.get("config.network.vswitch") or ()}
        self._nics = {str(one.portgroup): str(one.device) for one in props.get("config.network.vnic") or ()}

    def value(self, setting: str) -> JsonValue:
        """Switch and VLAN; None where it is not there."""
        spec = self._groups.get(setting.removeprefix(PREFIX))
        return None if spec is None else {"switch": str(spec.vswitchName), "vlan": int(spec.vlanId)}

    def refusal(self, name: str, wanted: JsonValue) -> str:
        """Why a port group cannot be as wanted; empty: it can."""
        assert isinstance(wanted, Mapping)  # noqa: S101  it holds by construction
        found = self._groups.get(name)
        if wanted["switch"] not in self._switches:
            return f"{self._where} has no standard switch {wanted['switch']}"
        if found is None or self.value(port_group(name)) == wanted:
            return ""
        if str(found.vswitchName) != wanted["switch"]:
            return f"{self._where} has a port group {name} on {found.vswitchName}: it is not moved"
        if name in self._nics:
            return f"{self._where} is reached by {self._nics[name]} on port group {name}: its VLAN is not changed"
        return ""

    def calls(self, target: Mapping[str, JsonValue]) -> Iterator[SettingCall]:
        """One each, for those that differ. Raises Rejected."""
        for setting, wanted in target.items():
            if setting.startswith(PREFIX) and wanted != self.value(setting):
                yield self._call(setting.removeprefix(PREFIX), wanted)

    def _call(self, name: str, wanted: JsonValue) -> SettingCall:
        setting, found = port_group(name), self._groups.get(name)
        if wanted is None:
            return SettingCall(setting, f"remove port group {name}", self._system.RemovePortGroup, (name,))
        assert isinstance(wanted, Mapping)  # noqa: S101  it holds by construction
        if refusal := self.refusal(name, wanted):
            raise Rejected(refusal, hint="choose another name in host_settings.port_groups")
        # An empty policy inherits everything from the switch.
        policy = found.policy if found is not None else vim().host.NetworkPolicy()
        spec = vim().host.PortGroup.Specification(
            name=name, vlanId=wanted["vlan"], vswitchName=wanted["switch"], policy=policy
        )
        if found is None:
            return SettingCall(setting, f"add port group {name}", self._system.AddPortGroup, (spec,))
        return SettingCall(setting, f"change port group {name}", self._system.UpdatePortGroup, (name, spec))
