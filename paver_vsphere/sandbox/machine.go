package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// virtualMachine answers for a VM: what its power does to its guest, and what the simulator gets wrong.
type virtualMachine struct{ noun }

func (o *virtualMachine) vm() *simulator.VirtualMachine {
	vm, _ := o.node.registry.Get(o.Self).(*simulator.VirtualMachine)
	return vm
}

// PowerOnVMTask starts what the guest is: an appliance's first boot, cloud-init.
func (o *virtualMachine) PowerOnVMTask(ctx *simulator.Context, req *types.PowerOnVM_Task) soap.HasFault {
	vm := o.vm()
	if vm == nil {
		return &methods.PowerOnVM_TaskBody{Fault_: refuse("", &types.ManagedObjectNotFound{Obj: o.Self})}
	}
	answer := vm.PowerOnVMTask(ctx, req).(*methods.PowerOnVM_TaskBody)
	if answer.Res != nil {
		go safely("power-on", func() {
			if _, fault := o.node.await(answer.Res.Returnval); fault != nil {
				return
			}
			if o.node.host != nil {
				o.node.host.powerOn(vm)
			}
			o.node.boot(vm)
		})
	}
	return answer
}

func (o *virtualMachine) stopAfter(task types.ManagedObjectReference, forget bool) {
	vm := o.vm()
	go safely("power-off", func() {
		if _, fault := o.node.await(task); fault != nil {
			return
		}
		if o.node.host != nil {
			o.node.host.powerOff(o.Self, forget)
		}
		if !forget {
			o.node.asleep(vm)
		}
	})
}

// PowerOffVMTask stops the vCenter that runs in the VM.
func (o *virtualMachine) PowerOffVMTask(ctx *simulator.Context, req *types.PowerOffVM_Task) soap.HasFault {
	vm := o.vm()
	if vm == nil {
		return &methods.PowerOffVM_TaskBody{Fault_: refuse("", &types.ManagedObjectNotFound{Obj: o.Self})}
	}
	answer := vm.PowerOffVMTask(ctx, req).(*methods.PowerOffVM_TaskBody)
	if answer.Res != nil {
		o.stopAfter(answer.Res.Returnval, false)
	}
	return answer
}

// ShutdownGuest is a power-off with manners.
func (o *virtualMachine) ShutdownGuest(ctx *simulator.Context, req *types.ShutdownGuest) soap.HasFault {
	vm := o.vm()
	if vm == nil {
		return &methods.ShutdownGuestBody{Fault_: refuse("", &types.ManagedObjectNotFound{Obj: o.Self})}
	}
	answer := vm.ShutdownGuest(ctx, req)
	if answer.Fault() == nil && o.node.host != nil {
		go o.node.host.powerOff(o.Self, false)
	}
	if answer.Fault() == nil {
		go safely("shutdown", func() { o.node.asleep(vm) })
	}
	return answer
}

// DestroyTask removes a VM, and what ran in it.
func (o *virtualMachine) DestroyTask(ctx *simulator.Context, req *types.Destroy_Task) soap.HasFault {
	vm := o.vm()
	if vm == nil {
		return &methods.Destroy_TaskBody{Fault_: refuse("", &types.ManagedObjectNotFound{Obj: o.Self})}
	}
	answer := vm.DestroyTask(ctx, req).(*methods.Destroy_TaskBody)
	if answer.Res != nil {
		o.stopAfter(answer.Res.Returnval, true)
	}
	return answer
}

// MarkAsTemplate takes the VM out of its pool, which the simulator forgets: destroying that pool later would end the
// process.
func (o *virtualMachine) MarkAsTemplate(ctx *simulator.Context, req *types.MarkAsTemplate) soap.HasFault {
	vm := o.vm()
	if vm == nil {
		return &methods.MarkAsTemplateBody{Fault_: refuse("", &types.ManagedObjectNotFound{Obj: o.Self})}
	}
	pool := vm.ResourcePool
	answer := vm.MarkAsTemplate(req)
	if answer.Fault() == nil && pool != nil {
		if holder, ok := o.node.registry.Get(*pool).(*simulator.ResourcePool); ok {
			o.node.registry.RemoveReference(ctx, holder, &holder.Vm, o.Self)
		}
	}
	return answer
}
