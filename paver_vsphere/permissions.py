"""The least that a BOSH director's service user may do, on three levels.

Source: docs/required_vcenter_privileges.md of cloudfoundry/bosh-vsphere-cpi-release, with the API names of the
privileges. What a server does not know is left out when the role is made, and named.
"""

from __future__ import annotations

from types import MappingProxyType

ROOT = (
    "System.Anonymous",
    "System.Read",
    "System.View",
    "Global.ManageCustomFields",
    "Extension.Register",
)

DATACENTER = ("Datastore.FileManagement", "Network.Assign")

OBJECTS = (
    "Datastore.AllocateSpace",
    "Datastore.Browse",
    "Datastore.DeleteFile",
    "Datastore.UpdateVirtualMachineFiles",
    "Folder.Create",
    "Folder.Delete",
    "Folder.Move",
    "Folder.Rename",
    "InventoryService.Tagging.CreateTag",
    "InventoryService.Tagging.DeleteTag",
    "InventoryService.Tagging.EditTag",
    "Resource.AssignVMToPool",
    "Resource.ColdMigrate",
    "Resource.HotMigrate",
    "VirtualMachine.Config.AddExistingDisk",
    "VirtualMachine.Config.AddNewDisk",
    "VirtualMachine.Config.AddRemoveDevice",
    "VirtualMachine.Config.AdvancedConfig",
    "VirtualMachine.Config.CPUCount",
    "VirtualMachine.Config.Resource",
    "VirtualMachine.Config.ManagedBy",
    "VirtualMachine.Config.ChangeTracking",
    "VirtualMachine.Config.DiskLease",
    "VirtualMachine.Config.MksControl",
    "VirtualMachine.Config.DiskExtend",
    "VirtualMachine.Config.Memory",
    "VirtualMachine.Config.EditDevice",
    "VirtualMachine.Config.RawDevice",
    "VirtualMachine.Config.ReloadFromPath",
    "VirtualMachine.Config.RemoveDisk",
    "VirtualMachine.Config.Rename",
    "VirtualMachine.Config.ResetGuestInfo",
    "VirtualMachine.Config.Annotation",
    "VirtualMachine.Config.Settings",
    "VirtualMachine.Config.SwapPlacement",
    "VirtualMachine.Config.Unlock",
    "VirtualMachine.Config.UpgradeVirtualHardware",
    "VirtualMachine.Interact.AnswerQuestion",
    "VirtualMachine.Interact.SetCDMedia",
    "VirtualMachine.Interact.DeviceConnection",
    "VirtualMachine.Interact.PowerOff",
    "VirtualMachine.Interact.PowerOn",
    "VirtualMachine.Interact.Reset",
    "VirtualMachine.Interact.Suspend",
    "VirtualMachine.Interact.ToolsInstall",
    "VirtualMachine.Inventory.CreateFromExisting",
    "VirtualMachine.Inventory.Create",
    "VirtualMachine.Inventory.Move",
    "VirtualMachine.Inventory.Delete",
    "VirtualMachine.Provisioning.DiskRandomAccess",
    "VirtualMachine.Provisioning.DiskRandomRead",
    "VirtualMachine.Provisioning.GetVmFiles",
    "VirtualMachine.Provisioning.PutVmFiles",
    "VirtualMachine.Provisioning.CloneTemplate",
    "VirtualMachine.Provisioning.Clone",
    "VirtualMachine.Provisioning.Customize",
    "VirtualMachine.Provisioning.DeployTemplate",
    "VirtualMachine.Provisioning.MarkAsTemplate",
    "VirtualMachine.Provisioning.MarkAsVM",
    "VirtualMachine.Provisioning.ModifyCustSpecs",
    "VirtualMachine.Provisioning.PromoteDisks",
    "VirtualMachine.Provisioning.ReadCustSpecs",
    "VirtualMachine.State.CreateSnapshot",
    "VirtualMachine.State.RemoveSnapshot",
    "VirtualMachine.State.RenameSnapshot",
    "VirtualMachine.State.RevertToSnapshot",
    "VApp.Import",
    "VApp.ApplicationConfig",
)

CLUSTERS = "clusters"
"""The level of clusters in which zones are host groups."""

LEVELS = MappingProxyType(
    {
        "root": ROOT,
        "datacenter": DATACENTER,
        "objects": DATACENTER + OBJECTS,
        CLUSTERS: (*DATACENTER, "Host.Inventory.EditCluster"),
    }
)
"""Role by level: on the root folder (not propagated), on the datacenter, on what the CPI works with, on clusters.

A permission on an object hides the one that the object would inherit, so the others repeat the second.
"""
