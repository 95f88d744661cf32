package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// portgroup answers for a distributed portgroup.
type portgroup struct{ noun }

// ReconfigureDVPortgroupTask refuses a stale config version and leaves alone what the spec does not name; the
// simulator would blank it.
func (o *portgroup) ReconfigureDVPortgroupTask(ctx *simulator.Context,
	req *types.ReconfigureDVPortgroup_Task) soap.HasFault {
	return &methods.ReconfigureDVPortgroup_TaskBody{Res: &types.ReconfigureDVPortgroup_TaskResponse{
		Returnval: o.task(ctx, "reconfigureDvPortgroup", func() (types.AnyType, types.BaseMethodFault) {
			group, ok := o.node.registry.Get(o.Self).(*simulator.DistributedVirtualPortgroup)
			if !ok {
				return nil, &types.ManagedObjectNotFound{Obj: o.Self}
			}
			spec := req.Spec
			if spec.ConfigVersion == "" || spec.ConfigVersion != group.Config.ConfigVersion {
				return nil, &types.ConcurrentAccess{}
			}
			setting, fault := portSetting(spec.DefaultPortConfig, group.Config.DefaultPortConfig)
			if fault != nil {
				return nil, fault
			}
			group.Config.DefaultPortConfig = setting
			if spec.Name != "" {
				group.Name, group.Config.Name = spec.Name, spec.Name
				group.Entity().Name = spec.Name
			}
			if spec.Description != "" {
				group.Config.Description = spec.Description
			}
			if spec.NumPorts > 0 {
				group.Config.NumPorts = spec.NumPorts
			}
			if spec.AutoExpand != nil {
				group.Config.AutoExpand = spec.AutoExpand
			}
			if spec.Policy != nil {
				group.Config.Policy = spec.Policy
			}
			group.Config.ConfigVersion = next(group.Config.ConfigVersion)
			return nil, nil
		})}}
}

// DestroyTask removes a portgroup that nothing is plugged into.
func (o *portgroup) DestroyTask(ctx *simulator.Context, _ *types.Destroy_Task) soap.HasFault {
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{
		Returnval: o.task(ctx, "destroy", func() (types.AnyType, types.BaseMethodFault) {
			if o.node.plugged(o.Self) {
				return nil, &types.ResourceInUse{Type: o.Self.Type, Name: o.Self.Value}
			}
			return nil, o.node.removePortgroup(ctx, o.Self)
		})}}
}

// plugged tells whether a VM has a card in this portgroup.
func (n *node) plugged(group types.ManagedObjectReference) bool {
	for _, entity := range n.registry.All("VirtualMachine") {
		if vm, ok := entity.(*simulator.VirtualMachine); ok && simulator.FindReference(vm.Network, group) != nil {
			return true
		}
	}
	return false
}

func (n *node) removePortgroup(ctx *simulator.Context, ref types.ManagedObjectReference) types.BaseMethodFault {
	group, ok := n.registry.Get(ref).(*simulator.DistributedVirtualPortgroup)
	if !ok {
		return &types.ManagedObjectNotFound{Obj: ref}
	}
	for _, entity := range n.registry.All("") {
		switch one := entity.(type) {
		case *simulator.HostSystem:
			simulator.RemoveReference(&one.Network, ref)
		case *simulator.ClusterComputeResource:
			simulator.RemoveReference(&one.Network, ref)
		case *mo.ComputeResource:
			simulator.RemoveReference(&one.Network, ref)
		}
	}
	answer := group.DestroyTask(ctx, &types.Destroy_Task{This: ref}).(*methods.Destroy_TaskBody)
	_, fault := n.await(answer.Res.Returnval)
	return fault
}
