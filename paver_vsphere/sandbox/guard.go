package main

import (
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// guard refuses, before the simulator sees them, calls that would end its process or that a real server refuses
// whatever the caller's rights.
func (n *node) guard(ctx *simulator.Context, method *simulator.Method) types.BaseMethodFault {
	if ctx.Session == nil {
		return nil
	}
	if n.host != nil && n.host.readOnly.Load() && changes(method.Name) {
		return &types.RestrictedVersion{}
	}
	if fault := n.blockedByImport(method); fault != nil {
		return fault
	}
	switch req := method.Body.(type) {
	case *types.SearchDatastore_Task: // without a search spec the simulator's task ends the process
		if req.SearchSpec == nil {
			req.SearchSpec = &types.HostDatastoreBrowserSearchSpec{}
		}
	case *types.SearchDatastoreSubFolders_Task:
		if req.SearchSpec == nil {
			req.SearchSpec = &types.HostDatastoreBrowserSearchSpec{}
		}
	case *types.CreateVM_Task: // the simulator picks a host at random, and panics when there is none
		if req.Config.Files == nil {
			return &types.InvalidVmConfig{Property: "files"}
		}
		return n.placeable(req.Pool, req.Host, req.Config.Files.VmPathName)
	case *types.ReconfigVM_Task:
		return n.hotPlugged(method.This, req.Spec)
	case *types.CreateDatacenter:
		return n.unused(method.This, req.Name, "Datacenter", "Folder")
	case *types.PowerOffVM_Task, *types.ShutdownGuest, *types.UnregisterVM, *types.Destroy_Task:
		if n.vcenter != nil && n.vcenter.isItself(method.This) { // it is shown here, and runs on its host
			return &types.NotSupported{}
		}
	}
	return nil
}

// hotPlugged refuses another number of CPUs, or other memory, of a VM that runs and has not been made ready for that.
func (n *node) hotPlugged(this types.ManagedObjectReference, spec types.VirtualMachineConfigSpec) types.BaseMethodFault {
	vm, ok := n.registry.Get(this).(*simulator.VirtualMachine)
	if !ok || vm.Config == nil || vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		return nil
	}
	ready := func(flag *bool) bool { return flag != nil && *flag }
	if spec.NumCPUs != 0 && spec.NumCPUs != vm.Config.Hardware.NumCPU && !ready(vm.Config.CpuHotAddEnabled) {
		return &types.CpuHotPlugNotSupported{}
	}
	if spec.MemoryMB != 0 && spec.MemoryMB != int64(vm.Config.Hardware.MemoryMB) && !ready(vm.Config.MemoryHotAddEnabled) {
		return &types.MemoryHotPlugNotSupported{}
	}
	return nil
}

var reads = []string{"Retrieve", "Query", "Find", "Search", "Login", "Logout", "CurrentTime", "Wait", "Fetch", "Get",
	"CreateFilter", "CreatePropertyCollector", "CreateContainerView", "CreateListView", "DestroyView", "DestroyProperty",
	"Cancel", "CheckForUpdates", "Continue", "HasPrivilege", "HasUserPrivilege", "SessionIsActive", "ParseDescriptor",
	"CreateImportSpec", "CreateDescriptor", "ValidateHost", "RefreshDatastore", "ReadNext", "InitiateFileTransferFromGuest",
	"AcquireCloneTicket", "CloneSession", "TerminateSession", "HttpNfcLeaseProgress", "HttpNfcLeaseGetManifest",
	"RefreshStorage", "CreateCollector", "DestroyCollector", "Check", "List", "Lookup", "SetLocale",
	"Decode"}

// changes tells whether a method changes something that outlives the session.
func changes(method string) bool {
	for _, prefix := range reads {
		if strings.HasPrefix(method, prefix) {
			return false
		}
	}
	return true
}

// blockedByImport refuses what would touch a VM that is being imported.
func (n *node) blockedByImport(method *simulator.Method) types.BaseMethodFault {
	if method.This.Type != "VirtualMachine" || !changes(method.Name) || !n.leases.importing(method.This) {
		return nil
	}
	return &types.TaskInProgress{Task: types.ManagedObjectReference{Type: "Task", Value: "task-import-" + method.This.Value}}
}

// unused refuses a name that a sibling has.
func (n *node) unused(parent types.ManagedObjectReference, name string, kinds ...string) types.BaseMethodFault {
	folder, ok := n.registry.Get(parent).(*simulator.Folder)
	if !ok {
		return nil
	}
	for _, ref := range folder.ChildEntity {
		for _, kind := range kinds {
			if entity, ok := n.registry.Get(ref).(mo.Entity); ok && ref.Type == kind && nameOf(entity) == name {
				return &types.DuplicateName{Name: name, Object: ref}
			}
		}
	}
	return nil
}

// placeable refuses a VM for which no host of the pool has the datastore, or whose datastore is full.
func (n *node) placeable(pool types.ManagedObjectReference, host *types.ManagedObjectReference,
	path string) types.BaseMethodFault {
	var place object.DatastorePath
	if !place.FromString(path) {
		return &types.InvalidDatastorePath{DatastorePath: path}
	}
	hosts := n.hostsOf(pool)
	if host != nil {
		if simulator.FindReference(hosts, *host) == nil {
			return &types.InvalidArgument{InvalidProperty: "host"}
		}
		hosts = []types.ManagedObjectReference{*host}
	}
	for _, ref := range hosts {
		system, ok := n.registry.Get(ref).(*simulator.HostSystem)
		if !ok {
			continue
		}
		if store, ok := n.registry.FindByName(place.Datastore, system.Datastore).(*simulator.Datastore); ok {
			if store.Summary.FreeSpace < leastFree {
				return &types.NoDiskSpace{FileFault: types.FileFault{File: path}, Datastore: store.Name}
			}
			return nil
		}
	}
	return &types.InvalidDatastore{Name: place.Datastore}
}

// hostsOf are the hosts on which VMs of a pool can run.
func (n *node) hostsOf(pool types.ManagedObjectReference) []types.ManagedObjectReference {
	for {
		switch one := n.registry.Get(pool).(type) {
		case *simulator.ClusterComputeResource:
			return one.Host
		case *mo.ComputeResource:
			return one.Host
		case mo.Entity:
			if one.Entity().Parent == nil {
				return nil
			}
			pool = *one.Entity().Parent
		default:
			return nil
		}
	}
}

// nameOf reads a name where the type keeps it.
func nameOf(entity mo.Entity) string {
	switch one := entity.(type) {
	case *simulator.DistributedVirtualSwitch:
		return one.Name
	case *simulator.DistributedVirtualPortgroup:
		return one.Name
	case *mo.Network:
		return one.Name
	case *mo.OpaqueNetwork:
		return one.Name
	}
	return entity.Entity().Name
}
