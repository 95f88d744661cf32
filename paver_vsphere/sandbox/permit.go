package main

import (
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// privileges says which one a call needs on the object that it is made on, after the API reference.
var privileges = map[string]string{
	"CreateDatacenter": "Datacenter.Create", "Datacenter.Destroy_Task": "Datacenter.Delete",
	"CreateFolder": "Folder.Create", "Folder.Destroy_Task": "Folder.Delete",
	"CreateClusterEx": "Host.Inventory.CreateCluster", "AddHost_Task": "Host.Inventory.AddHostToCluster",
	"AddStandaloneHost_Task":              "Host.Inventory.AddStandaloneHost",
	"ReconfigureComputeResource_Task":     "Host.Inventory.EditCluster",
	"ClusterComputeResource.Destroy_Task": "Host.Inventory.DeleteCluster",
	"HostSystem.Destroy_Task":             "Host.Inventory.RemoveHostFromCluster",
	"EnterMaintenanceMode_Task":           "Host.Config.Maintenance", "ExitMaintenanceMode_Task": "Host.Config.Maintenance",
	"DisconnectHost_Task": "Host.Config.Connection", "ReconnectHost_Task": "Host.Config.Connection",
	"UpdateDateTimeConfig": "Host.Config.DateTime", "UpdateDnsConfig": "Host.Config.Network",
	"StartService": "Host.Config.NetService", "StopService": "Host.Config.NetService",
	"RestartService": "Host.Config.NetService", "UpdateServicePolicy": "Host.Config.NetService",
	"CreateNasDatastore": "Host.Config.Storage", "RemoveDatastore": "Host.Config.Storage",
	"CreateLocalDatastore": "Host.Config.Storage", "Datastore.Destroy_Task": "Datastore.Delete",
	"CreateStoragePod": "Folder.Create", "StoragePod.Destroy_Task": "Folder.Delete",
	"CreateDVS_Task": "DVSwitch.Create", "ReconfigureDvs_Task": "DVSwitch.Modify",
	"AddDVPortgroup_Task": "DVPortgroup.Create", "CreateDVPortgroup_Task": "DVPortgroup.Create",
	"ReconfigureDVPortgroup_Task":              "DVPortgroup.Modify",
	"DistributedVirtualPortgroup.Destroy_Task": "DVPortgroup.Delete",
	"DistributedVirtualSwitch.Destroy_Task":    "DVSwitch.Delete",
	"AddVirtualSwitch":                         "Host.Config.Network", "RemoveVirtualSwitch": "Host.Config.Network",
	"AddPortGroup": "Host.Config.Network", "RemovePortGroup": "Host.Config.Network",
	"UpdatePortGroup":    "Host.Config.Network",
	"CreateResourcePool": "Resource.CreatePool", "UpdateConfig": "Resource.EditPool",
	"ResourcePool.Destroy_Task": "Resource.DeletePool", "ImportVApp": "VApp.Import",
	"CreateVM_Task": "VirtualMachine.Inventory.Create", "RegisterVM_Task": "VirtualMachine.Inventory.Register",
	"UnregisterVM": "VirtualMachine.Inventory.Unregister", "CloneVM_Task": "VirtualMachine.Provisioning.Clone",
	"VirtualMachine.Destroy_Task": "VirtualMachine.Inventory.Delete",
	"PowerOnVM_Task":              "VirtualMachine.Interact.PowerOn", "PowerOffVM_Task": "VirtualMachine.Interact.PowerOff",
	"ShutdownGuest": "VirtualMachine.Interact.PowerOff", "ResetVM_Task": "VirtualMachine.Interact.Reset",
	"SuspendVM_Task":  "VirtualMachine.Interact.Suspend",
	"RelocateVM_Task": "Resource.ColdMigrate", "MarkAsTemplate": "VirtualMachine.Provisioning.MarkAsTemplate",
	"MarkAsVirtualMachine":    "VirtualMachine.Provisioning.MarkAsVM",
	"CreateSnapshot_Task":     "VirtualMachine.State.CreateSnapshot",
	"RemoveAllSnapshots_Task": "VirtualMachine.State.RemoveSnapshot",
	"CustomizeVM_Task":        "VirtualMachine.Provisioning.Customize",
	"AddCustomFieldDef":       "Global.ManageCustomFields", "RemoveCustomFieldDef": "Global.ManageCustomFields",
	"RenameCustomFieldDef": "Global.ManageCustomFields", "SetField": "Global.SetCustomField",
	"SetCustomValue":    "Global.SetCustomField",
	"RegisterExtension": "Extension.Register", "UpdateExtension": "Extension.Update",
	"UnregisterExtension":  "Extension.Unregister",
	"AddAuthorizationRole": "Authorization.ModifyRoles", "UpdateAuthorizationRole": "Authorization.ModifyRoles",
	"RemoveAuthorizationRole": "Authorization.ModifyRoles",
	"SetEntityPermissions":    "Authorization.ModifyPermissions", "RemoveEntityPermission": "Authorization.ModifyPermissions",
	"ResetEntityPermissions": "Authorization.ModifyPermissions",
	"MakeDirectory":          "Datastore.FileManagement", "DeleteDatastoreFile_Task": "Datastore.FileManagement",
	"MoveDatastoreFile_Task": "Datastore.FileManagement", "CopyDatastoreFile_Task": "Datastore.FileManagement",
	"CreateVirtualDisk_Task": "Datastore.FileManagement", "DeleteVirtualDisk_Task": "Datastore.FileManagement",
	"MoveVirtualDisk_Task": "Datastore.FileManagement", "CopyVirtualDisk_Task": "Datastore.FileManagement",
	"SearchDatastore_Task": "Datastore.Browse", "SearchDatastoreSubFolders_Task": "Datastore.Browse",
}

// session-bound things that everybody may change.
var free = map[string]bool{"HttpNfcLease": true, "PropertyCollector": true, "PropertyFilter": true, "SessionManager": true,
	"ContainerView": true, "ListView": true, "ViewManager": true, "Task": true, "TaskHistoryCollector": true,
	"EventHistoryCollector": true, "EventManager": true, "TaskManager": true}

// permit refuses what the caller's roles do not allow. Reading is not refused.
func (n *node) permit(ctx *simulator.Context, method *simulator.Method) types.BaseMethodFault {
	if n.vcenter == nil || ctx.Session == nil || n.vcenter.administrator(ctx.Session.UserName) || free[method.This.Type] {
		return nil
	}
	privilege := privileges[method.This.Type+"."+method.Name]
	if privilege == "" {
		privilege = privileges[method.Name]
	}
	if privilege == "" && method.Name == "Rename_Task" {
		privilege = method.This.Type + ".Rename"
	}
	if req, ok := method.Body.(*types.ReconfigVM_Task); ok {
		privilege = reconfiguring(req.Spec)[0]
	}
	if privilege == "" && !changes(method.Name) {
		return nil
	}
	if privilege == "" {
		privilege = "Global.Settings"
	}
	for _, need := range append(n.further(method), requirement{n.entityOf(method), privilege}) {
		if !n.vcenter.allowed(ctx.Session.UserName, need.entity, need.privilege) {
			entity := need.entity
			return &types.NoPermission{Object: &entity, PrivilegeId: need.privilege}
		}
	}
	return nil
}

type requirement struct {
	entity    types.ManagedObjectReference
	privilege string
}

// further lists what a call needs on objects that it only names.
func (n *node) further(method *simulator.Method) []requirement {
	switch req := method.Body.(type) {
	case *types.CreateVM_Task:
		return append([]requirement{{req.Pool, "Resource.AssignVMToPool"}}, n.disks(req.Config)...)
	case *types.CloneVM_Task:
		needs := []requirement{{req.Folder, "VirtualMachine.Inventory.CreateFromExisting"}}
		if pool := req.Spec.Location.Pool; pool != nil {
			needs = append(needs, requirement{*pool, "Resource.AssignVMToPool"})
		}
		if store := req.Spec.Location.Datastore; store != nil {
			needs = append(needs, requirement{*store, "Datastore.AllocateSpace"})
		}
		return needs
	case *types.ReconfigVM_Task:
		needs := append(n.disks(req.Spec), n.cards(req.Spec)...)
		for _, privilege := range reconfiguring(req.Spec) {
			needs = append(needs, requirement{method.This, privilege})
		}
		return needs
	case *types.ImportVApp:
		return n.importing(method.This, req)
	}
	return nil
}

// reconfiguring lists what a change of a VM needs on it, by what it changes; at least one.
func reconfiguring(spec types.VirtualMachineConfigSpec) []string {
	var needs []string
	if spec.NumCPUs != 0 {
		needs = append(needs, "VirtualMachine.Config.CPUCount")
	}
	if spec.MemoryMB != 0 {
		needs = append(needs, "VirtualMachine.Config.Memory")
	}
	if len(spec.ExtraConfig) > 0 {
		needs = append(needs, "VirtualMachine.Config.AdvancedConfig")
	}
	for _, change := range spec.DeviceChange {
		device := change.GetVirtualDeviceConfigSpec()
		_, disk := device.Device.(*types.VirtualDisk)
		switch {
		case device.Operation == types.VirtualDeviceConfigSpecOperationEdit:
			needs = append(needs, "VirtualMachine.Config.EditDevice")
		case disk && device.Operation == types.VirtualDeviceConfigSpecOperationAdd:
			needs = append(needs, "VirtualMachine.Config.AddNewDisk")
		default:
			needs = append(needs, "VirtualMachine.Config.AddRemoveDevice")
		}
	}
	if len(needs) == 0 {
		needs = append(needs, "VirtualMachine.Config.Settings")
	}
	return needs
}

// importing lists what an import needs beside VApp.Import on its pool: the folder, the pool, the datastore, the networks
// that its cards are plugged into, and of what its machine is made with the disks and the settings.
func (n *node) importing(pool types.ManagedObjectReference, req *types.ImportVApp) []requirement {
	needs := []requirement{{pool, "Resource.AssignVMToPool"}}
	folder := pool
	if req.Folder != nil {
		folder = *req.Folder
		needs = append(needs, requirement{folder, "VApp.Import"})
	}
	spec, ok := req.Spec.(*types.VirtualMachineImportSpec)
	if !ok {
		return needs
	}
	for _, change := range spec.ConfigSpec.DeviceChange {
		if _, disk := change.GetVirtualDeviceConfigSpec().Device.(*types.VirtualDisk); disk {
			needs = append(needs, requirement{folder, "VirtualMachine.Config.AddNewDisk"})
		}
	}
	if len(spec.ConfigSpec.ExtraConfig) > 0 {
		needs = append(needs, requirement{folder, "VirtualMachine.Config.AdvancedConfig"})
	}
	return append(append(needs, n.disks(spec.ConfigSpec)...), n.cards(spec.ConfigSpec)...)
}

// cards lists the networks that a VM's cards are plugged into.
func (n *node) cards(spec types.VirtualMachineConfigSpec) []requirement {
	var needs []requirement
	for _, change := range spec.DeviceChange {
		device := change.GetVirtualDeviceConfigSpec()
		if device.Operation == types.VirtualDeviceConfigSpecOperationRemove {
			continue
		}
		backing, ok := device.Device.GetVirtualDevice().Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo)
		if ok {
			group := types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: backing.Port.PortgroupKey}
			needs = append(needs, requirement{group, "Network.Assign"})
		}
	}
	return needs
}

func (n *node) disks(spec types.VirtualMachineConfigSpec) []requirement {
	var needs []requirement
	if spec.Files == nil {
		return nil
	}
	if store := n.datastoreNamed(spec.Files.VmPathName); store != nil {
		needs = append(needs, requirement{store.Self, "Datastore.AllocateSpace"})
	}
	return needs
}

func (n *node) datastoreNamed(path string) *simulator.Datastore {
	var place object.DatastorePath
	if !place.FromString(path) {
		return nil
	}
	for _, entity := range n.registry.All("Datastore") {
		if store, ok := entity.(*simulator.Datastore); ok && store.Name == place.Datastore {
			return store
		}
	}
	return nil
}

// entityOf is the inventory object whose permissions decide over a call.
func (n *node) entityOf(method *simulator.Method) types.ManagedObjectReference {
	if _, ok := n.registry.Get(method.This).(mo.Entity); ok {
		return method.This
	}
	path := ""
	switch req := method.Body.(type) {
	case *types.SetField:
		return req.Entity
	case *types.SetEntityPermissions:
		return req.Entity
	case *types.RemoveEntityPermission:
		return req.Entity
	case *types.MakeDirectory:
		path = req.Name
	case *types.DeleteDatastoreFile_Task:
		path = req.Name
	case *types.MoveDatastoreFile_Task:
		path = req.SourceName
	case *types.CopyDatastoreFile_Task:
		path = req.SourceName
	case *types.CreateVirtualDisk_Task:
		path = req.Name
	case *types.DeleteVirtualDisk_Task:
		path = req.Name
	case *types.MoveVirtualDisk_Task:
		path = req.SourceName
	case *types.CopyVirtualDisk_Task:
		path = req.SourceName
	case *types.SearchDatastore_Task:
		path = req.DatastorePath
	case *types.SearchDatastoreSubFolders_Task:
		path = req.DatastorePath
	}
	if store := n.datastoreNamed(path); store != nil {
		return store.Self
	}
	if system := n.systemOf(method.This); system != nil {
		return system.Self
	}
	return n.content.RootFolder
}

// administrator tells whether this is the SSO administrator, or the sandbox itself.
func (v *vcenter) administrator(user string) bool {
	name, domain, found := strings.Cut(user, "@")
	return user == "" || strings.EqualFold(name, "administrator") && (!found || strings.EqualFold(domain, v.domain))
}

// account spells a user the one way: name@domain, without regard to case.
func (v *vcenter) account(user string) string {
	if domain, name, found := strings.Cut(user, `\`); found {
		user = name + "@" + domain
	}
	if !strings.Contains(user, "@") {
		user += "@" + v.domain
	}
	return strings.ToLower(user)
}

// allowed walks up from the object: the nearest permission decides, the user's own before those of the user's groups.
func (v *vcenter) allowed(user string, entity types.ManagedObjectReference, privilege string) bool {
	if v.administrator(user) {
		return true
	}
	for _, granted := range v.granted(user, entity) {
		if granted == privilege {
			return true
		}
	}
	return false
}

func (v *vcenter) granted(user string, entity types.ManagedObjectReference) []string {
	manager := v.authorization()
	if v.administrator(user) {
		return object.AuthorizationRoleList(manager.RoleList).ByName("Admin").Privilege
	}
	current := entity
	for {
		var ofGroups []string
		decided := false
		for _, permission := range v.permissions(current) {
			role := object.AuthorizationRoleList(manager.RoleList).ById(permission.RoleId)
			switch {
			case role == nil || current != entity && !permission.Propagate:
			case !permission.Group && v.account(permission.Principal) == v.account(user):
				return role.Privilege
			case permission.Group && v.member(user, permission.Principal):
				ofGroups, decided = append(ofGroups, role.Privilege...), true
			}
		}
		if decided {
			return ofGroups
		}
		holder, ok := v.registry.Get(current).(mo.Entity)
		if !ok || holder.Entity().Parent == nil {
			return nil
		}
		current = *holder.Entity().Parent
	}
}
