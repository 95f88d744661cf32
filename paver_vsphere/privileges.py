"""What paver itself must be allowed on a vCenter that exists, by the nouns that a spec makes there.

Source: vSphere Web Services API Reference, "Required Privileges" of each method, by the privileges' API names.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from paver.contract.spec import EnvironmentSpec
from paver_vsphere.host_configuration import DNS, NTP, SEARCH, SERVICES, service
from paver_vsphere.host_port_groups import PREFIX
from paver_vsphere.licences import PRIVILEGE
from paver_vsphere.resources.host_settings import HostSettings
from paver_vsphere.roots import PRIVILEGES
from paver_vsphere.settings import VsphereSettings
from paver_vsphere.wanted import vcenter_resources

LOOK = frozenset({"System.Anonymous", "System.Read", "System.View"})
"""Every role has them."""

NOUNS: Mapping[str, frozenset[str]] = {
    "attribute": frozenset({"Global.ManageCustomFields"}),
    "register": frozenset({"Global.SetCustomField"}),
    "register-ids": frozenset({"Global.SetCustomField"}),
    "datacenter": frozenset({"Datacenter.Create", "Datacenter.Delete"}),
    "folder": frozenset({"Folder.Create", "Folder.Delete"}),
    "cluster": frozenset({"Host.Inventory.CreateCluster", "Host.Inventory.DeleteCluster"}),
    "host": frozenset(
        {"Host.Inventory.AddHostToCluster", "Host.Inventory.RemoveHostFromCluster", "Host.Config.Connection"}
    ),
    "host-group": frozenset({"Host.Inventory.EditCluster"}),
    "anti-affinity": frozenset({"Host.Inventory.EditCluster"}),
    # The note of what a host was set to is a file.
    "host-settings": frozenset({"Datastore.Browse", "Datastore.FileManagement"}),
    # A switch reaches into its hosts: as a member each of them gives up NICs.
    "switch": frozenset(
        {"DVSwitch.Create", "DVSwitch.Delete", "DVSwitch.Modify", "DVSwitch.HostOp", "Host.Config.Network"}
    ),
    "port-group": frozenset({"DVPortgroup.Create", "DVPortgroup.Delete", "DVPortgroup.Modify"}),
    "datastore": frozenset({"Host.Config.Storage", "Datastore.Delete"}),
    "resource-pool": frozenset({"Resource.CreatePool", "Resource.DeletePool"}),
    # An import writes disks and settings; a machine is resized, plugged in again and switched.
    "machine": frozenset(
        {
            *("VApp.Import", "Resource.AssignVMToPool", "Datastore.AllocateSpace", "Network.Assign"),
            *("VirtualMachine.Config.AddNewDisk", "VirtualMachine.Config.AdvancedConfig"),
            *("VirtualMachine.Config.CPUCount", "VirtualMachine.Config.Memory", "VirtualMachine.Config.EditDevice"),
            *("VirtualMachine.Interact.PowerOn", "VirtualMachine.Interact.PowerOff", "VirtualMachine.Inventory.Delete"),
        }
    ),
    "role": frozenset({"Authorization.ModifyRoles"}),
    "permission": frozenset({"Authorization.ModifyPermissions"}),
    "trusted-root": frozenset(PRIVILEGES),
    "licence": frozenset({PRIVILEGE}),
    "licence-key": frozenset({PRIVILEGE}),
    "group-permission": frozenset({"Authorization.ModifyPermissions"}),
}

SETTINGS: Mapping[str, frozenset[str]] = {
    NTP: frozenset({"Host.Config.DateTime", "Host.Config.NetService"}),  # ntpd is told of other servers by a restart
    DNS: frozenset({"Host.Config.Network"}),
    SEARCH: frozenset({"Host.Config.Network"}),
    PREFIX: frozenset({"Host.Config.Network"}),
    **{service(name): frozenset({"Host.Config.NetService"}) for name in SERVICES},
}
"""What changing a host's setting asks for, beside the note of its earlier value."""

USERS = "user"
ADMINISTRATORS = "Administrators"
"""The SSO group whose members make users; no privilege of a role does."""


def needed(spec: EnvironmentSpec, settings: VsphereSettings) -> frozenset[str]:
    """The privileges, on the root folder and propagated or where grants.py says. What the spec adopts asks for none."""
    wanted = [want for want in vcenter_resources(spec, settings) if want.adopt is None]
    made = {want.key.kind for want in wanted}
    managed = {
        PREFIX if setting.startswith(PREFIX) else setting
        for want in wanted
        if isinstance(want, HostSettings)
        for setting in want.noted
    }
    return LOOK.union(
        *(NOUNS.get(kind, frozenset()) for kind in made), *(SETTINGS.get(setting, frozenset()) for setting in managed)
    )


def role(spec: EnvironmentSpec, settings: VsphereSettings) -> JsonValue:
    """The role, where it is granted, and the SSO groups beside it; on ESXi hosts that paver adds, who it comes as.

    Where paver makes the vCenter it comes as its administrator, who needs no role.
    """
    document: dict[str, JsonValue] = {}
    if settings.appliance is None:
        makes_users = any(want.key.kind == USERS for want in vcenter_resources(spec, settings))
        document = {
            "vcenter": settings.vcenter,
            "role": {"name": "paver", "privileges": list[JsonValue](sorted(needed(spec, settings)))},
            "granted_on": "the root folder, propagated",
            "sso_groups": [ADMINISTRATORS] if makes_users else [],
        }
    hosts = [str(endpoint) for zone in settings.zones.values() for endpoint in zone.hosts]
    if hosts:
        document["esxi"] = {"hosts": list[JsonValue](hosts), "user": settings.esxi_user, "role": "Administrator"}
    return document
