package main

import (
	"log"
	"slices"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// discovered is the folder into which a vCenter puts machines that came with their host.
const discovered = "Discovered virtual machine"

// discover shows the machine that this vCenter runs in, once its host is here: as it is by then, under its own UUID.
// Only one that bears an owner's mark is shown, and no other machine that was on a host before.
func (v *vcenter) discover(ctx *simulator.Context, system *simulator.HostSystem, esxi *host) types.BaseMethodFault {
	if esxi != v.appliance.host {
		return nil
	}
	own, ok := esxi.registry.Get(v.appliance.vm).(*simulator.VirtualMachine)
	if !ok || !marked(own) {
		return nil
	}
	folder := v.discoveredFolder(ctx, system)
	path, found := v.pathOf(own, system, esxi)
	if folder == nil || !found {
		log.Printf("%s: the vCenter's own machine is not shown", v.scope)
		return &types.HostConfigFault{}
	}
	body := folder.RegisterVMTask(ctx, &types.RegisterVM_Task{This: folder.Self, Path: path, Name: own.Name,
		Pool: v.computeOf(system).ResourcePool, Host: &system.Self}).(*methods.RegisterVM_TaskBody)
	result, fault := v.await(body.Res.Returnval)
	if fault != nil {
		log.Printf("%s: the vCenter's own machine is not shown: %T", v.scope, fault)
		return fault
	}
	twin := v.registry.Get(result.(types.ManagedObjectReference)).(*simulator.VirtualMachine)
	v.registry.WithLock(ctx, twin, func() {
		twin.Config.Uuid, twin.Config.InstanceUuid = own.Config.Uuid, own.Config.InstanceUuid
		twin.Config.ExtraConfig = slices.Clone(own.Config.ExtraConfig)
		twin.Config.Hardware.NumCPU, twin.Config.Hardware.MemoryMB = own.Config.Hardware.NumCPU, own.Config.Hardware.MemoryMB
		twin.Summary.Config.Uuid = own.Config.Uuid
		twin.Runtime.PowerState = own.Runtime.PowerState
		twin.Summary.Runtime.PowerState = own.Runtime.PowerState
	})
	v.mutex.Lock()
	v.itself = twin.Self
	v.mutex.Unlock()
	return nil
}

func marked(vm *simulator.VirtualMachine) bool {
	return slices.ContainsFunc(vm.Config.ExtraConfig, func(option types.BaseOptionValue) bool {
		return option.GetOptionValue().Key == "paver-owner"
	})
}

// discoveredFolder is made where it is not there yet.
func (v *vcenter) discoveredFolder(ctx *simulator.Context, system *simulator.HostSystem) *simulator.Folder {
	at := system.Parent
	for at != nil {
		if dc, ok := v.registry.Get(*at).(*simulator.Datacenter); ok {
			vms := v.registry.Get(dc.VmFolder).(*simulator.Folder)
			vms.CreateFolder(ctx, &types.CreateFolder{This: vms.Self, Name: discovered})
			folder, _ := v.registry.FindByName(discovered, vms.ChildEntity).(*simulator.Folder)
			return folder
		}
		entity, ok := v.registry.Get(*at).(mo.Entity)
		if !ok {
			return nil
		}
		at = entity.Entity().Parent
	}
	return nil
}

// pathOf is where its file lies, by the name that this vCenter has for the datastore.
func (v *vcenter) pathOf(vm *simulator.VirtualMachine, system *simulator.HostSystem, esxi *host) (string, bool) {
	var path object.DatastorePath
	if !path.FromString(vm.Config.Files.VmPathName) {
		return "", false
	}
	store, ok := esxi.registry.FindByName(path.Datastore, esxi.system.Datastore).(*simulator.Datastore)
	if !ok {
		return "", false
	}
	for _, ref := range system.Datastore {
		if shown, ok := v.registry.Get(ref).(*simulator.Datastore); ok && shown.Summary.Url == store.Summary.Url {
			path.Datastore = shown.Name
			return path.String(), true
		}
	}
	return "", false
}

// leaves takes the machine that this vCenter runs in out of the inventory, with its host. It goes on running.
func (v *vcenter) leaves(ctx *simulator.Context, system *simulator.HostSystem) {
	for _, ref := range slices.Clone(system.Vm) {
		if vm, ok := v.registry.Get(ref).(*simulator.VirtualMachine); ok && v.isItself(ref) {
			vm.Runtime.PowerState = types.VirtualMachinePowerStatePoweredOff // else the simulator would keep it
			vm.UnregisterVM(ctx, &types.UnregisterVM{This: ref})
		}
	}
}

// isItself tells whether a machine of this inventory is the one that this vCenter runs in.
func (v *vcenter) isItself(ref types.ManagedObjectReference) bool {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	return ref == v.itself
}
