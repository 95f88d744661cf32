package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// serviceInstance answers for the root object.
type serviceInstance struct{ noun }

// CurrentTime is the server's, skew included.
func (o *serviceInstance) CurrentTime(*types.CurrentTime) soap.HasFault {
	return &methods.CurrentTimeBody{Res: &types.CurrentTimeResponse{Returnval: o.node.now().UTC()}}
}

// RetrieveServiceContent shows the content with the version that the config names.
func (o *serviceInstance) RetrieveServiceContent(*types.RetrieveServiceContent) soap.HasFault {
	return &methods.RetrieveServiceContentBody{
		Res: &types.RetrieveServiceContentResponse{Returnval: o.node.content}}
}

// hostSystem answers for a host, on the ESXi itself and in vCenter.
type hostSystem struct{ noun }

func (o *hostSystem) esxi() *host {
	if o.node.host != nil {
		return o.node.host
	}
	return o.node.vcenter.esxi(o.Self)
}

// EnterMaintenanceModeTask refuses while a VM runs there. A real host waits, up to the caller's timeout; here that
// timeout is over at once.
func (o *hostSystem) EnterMaintenanceModeTask(ctx *simulator.Context, _ *types.EnterMaintenanceMode_Task) soap.HasFault {
	return &methods.EnterMaintenanceMode_TaskBody{Res: &types.EnterMaintenanceMode_TaskResponse{
		Returnval: o.task(ctx, "enterMaintenanceMode", func() (types.AnyType, types.BaseMethodFault) {
			esxi := o.esxi()
			if esxi != nil && esxi.node.poweredOn() || o.node.poweredOn(o.Self) {
				return nil, &types.Timedout{}
			}
			o.maintenance(esxi, true)
			return nil, nil
		})}}
}

// ExitMaintenanceModeTask is the way back.
func (o *hostSystem) ExitMaintenanceModeTask(ctx *simulator.Context, _ *types.ExitMaintenanceMode_Task) soap.HasFault {
	return &methods.ExitMaintenanceMode_TaskBody{Res: &types.ExitMaintenanceMode_TaskResponse{
		Returnval: o.task(ctx, "exitMaintenanceMode", func() (types.AnyType, types.BaseMethodFault) {
			o.maintenance(o.esxi(), false)
			return nil, nil
		})}}
}

func (o *hostSystem) maintenance(esxi *host, on bool) {
	if system, ok := o.node.registry.Get(o.Self).(*simulator.HostSystem); ok {
		system.Runtime.InMaintenanceMode = on
	}
	if esxi != nil {
		esxi.system.Runtime.InMaintenanceMode = on
	}
}

// DestroyTask takes a host out of vCenter's inventory.
func (o *hostSystem) DestroyTask(ctx *simulator.Context, _ *types.Destroy_Task) soap.HasFault {
	body := &methods.Destroy_TaskBody{}
	if o.node.vcenter == nil {
		body.Fault_ = refuse("an ESXi host does not remove itself", &types.NotSupported{})
		return body
	}
	body.Res = &types.Destroy_TaskResponse{Returnval: o.task(ctx, "destroy",
		func() (types.AnyType, types.BaseMethodFault) { return nil, o.node.vcenter.removeHost(ctx, o.Self) })}
	return body
}

// poweredOn tells whether a VM runs on one of these hosts, or on any.
func (n *node) poweredOn(hosts ...types.ManagedObjectReference) bool {
	for _, entity := range n.registry.All("VirtualMachine") {
		vm, ok := entity.(*simulator.VirtualMachine)
		if !ok || vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
			continue
		}
		if len(hosts) == 0 || vm.Runtime.Host != nil && simulator.FindReference(hosts, *vm.Runtime.Host) != nil {
			return true
		}
	}
	return false
}
