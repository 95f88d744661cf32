package main

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// folder answers for folders and datastore clusters.
type folder struct{ noun }

// DestroyTask removes a folder with the VMs and folders in it, as vCenter does; what cannot go so, stops it. A
// datastore cluster must be empty.
func (o *folder) DestroyTask(ctx *simulator.Context, _ *types.Destroy_Task) soap.HasFault {
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{
		Returnval: o.task(ctx, "destroy", func() (types.AnyType, types.BaseMethodFault) {
			return nil, o.node.destroyFolder(ctx, o.Self)
		})}}
}

func (n *node) destroyFolder(ctx *simulator.Context, ref types.ManagedObjectReference) types.BaseMethodFault {
	var children []types.ManagedObjectReference
	var entity *mo.ManagedEntity
	switch one := n.registry.Get(ref).(type) {
	case *simulator.Folder:
		children, entity = one.ChildEntity, &one.ManagedEntity
	case *simulator.StoragePod:
		children, entity = one.ChildEntity, &one.ManagedEntity
	default:
		return &types.ManagedObjectNotFound{Obj: ref}
	}
	if entity.Parent == nil || entity.Parent.Type == "Datacenter" {
		return &types.NotSupported{}
	}
	for _, child := range slices.Clone(children) {
		if fault := n.destroyChild(ctx, ref, child); fault != nil {
			return fault
		}
	}
	if parent, ok := n.registry.Get(*entity.Parent).(*simulator.Folder); ok {
		n.registry.RemoveReference(ctx, parent, &parent.ChildEntity, ref)
	}
	n.registry.Remove(ctx, ref)
	return nil
}

func (n *node) destroyChild(ctx *simulator.Context, parent, child types.ManagedObjectReference) types.BaseMethodFault {
	switch one := n.registry.Get(child).(type) {
	case *simulator.Folder:
		return n.destroyFolder(ctx, child)
	case *simulator.VirtualMachine:
		if n.leases.importing(child) {
			return &types.ResourceInUse{Type: "VirtualMachine", Name: one.Name}
		}
		answer := one.DestroyTask(ctx, &types.Destroy_Task{This: child}).(*methods.Destroy_TaskBody)
		_, fault := n.await(answer.Res.Returnval)
		return fault
	case mo.Entity:
		return &types.ResourceInUse{Type: child.Type, Name: nameOf(one)}
	}
	return nil
}

// datacenter answers for a datacenter.
type datacenter struct{ noun }

// DestroyTask refuses while anything but the folders themselves is left in it.
func (o *datacenter) DestroyTask(ctx *simulator.Context, _ *types.Destroy_Task) soap.HasFault {
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{
		Returnval: o.task(ctx, "destroy", func() (types.AnyType, types.BaseMethodFault) {
			dc, ok := o.node.registry.Get(o.Self).(*simulator.Datacenter)
			if !ok {
				return nil, &types.ManagedObjectNotFound{Obj: o.Self}
			}
			if o.node.host != nil {
				return nil, &types.NotSupported{}
			}
			roots := []types.ManagedObjectReference{dc.VmFolder, dc.HostFolder, dc.DatastoreFolder, dc.NetworkFolder}
			for _, root := range roots {
				for _, child := range o.node.registry.Get(root).(*simulator.Folder).ChildEntity {
					if entity, ok := o.node.registry.Get(child).(mo.Entity); ok && !goesAlong(entity) {
						return nil, &types.ResourceInUse{Type: child.Type, Name: nameOf(entity)}
					}
				}
			}
			for _, root := range roots {
				for _, child := range slices.Clone(o.node.registry.Get(root).(*simulator.Folder).ChildEntity) {
					o.node.registry.Remove(ctx, child)
				}
				o.node.registry.Remove(ctx, root)
			}
			parent := o.node.registry.Get(*dc.Parent).(*simulator.Folder)
			o.node.registry.RemoveReference(ctx, parent, &parent.ChildEntity, o.Self)
			o.node.registry.Remove(ctx, o.Self)
			return nil, nil
		})}}
}

// goesAlong tells whether a datacenter takes it with itself: networks that hosts left, an empty folder of its own.
func goesAlong(entity mo.Entity) bool {
	if folder, ok := entity.(*simulator.Folder); ok {
		return folder.Name == discovered && len(folder.ChildEntity) == 0
	}
	return entity.Reference().Type == "Network"
}

// computeResource answers for clusters and stand-alone hosts.
type computeResource struct{ noun }

// DestroyTask removes a cluster without hosts and VMs, or a stand-alone host.
func (o *computeResource) DestroyTask(ctx *simulator.Context, _ *types.Destroy_Task) soap.HasFault {
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{
		Returnval: o.task(ctx, "destroy", func() (types.AnyType, types.BaseMethodFault) {
			switch one := o.node.registry.Get(o.Self).(type) {
			case *mo.ComputeResource:
				if o.node.vcenter == nil || len(one.Host) != 1 {
					return nil, &types.NotSupported{}
				}
				return nil, o.node.vcenter.removeHost(ctx, one.Host[0])
			case *simulator.ClusterComputeResource:
				if len(one.Host) > 0 {
					return nil, &types.ResourceInUse{Type: "HostSystem", Name: one.Name}
				}
				o.node.removePools(ctx, *one.ResourcePool)
				if one.EnvironmentBrowser != nil {
					o.node.registry.Remove(ctx, *one.EnvironmentBrowser)
				}
				o.node.vcenter.unlink(ctx, *one.Parent, o.Self)
				o.node.registry.Remove(ctx, o.Self)
				return nil, nil
			}
			return nil, &types.ManagedObjectNotFound{Obj: o.Self}
		})}}
}

// removePools removes a tree of pools. They hold no VM: without a host there is none.
func (n *node) removePools(ctx *simulator.Context, ref types.ManagedObjectReference) {
	if pool, ok := n.registry.Get(ref).(*simulator.ResourcePool); ok {
		for _, child := range slices.Clone(pool.ResourcePool.ResourcePool) {
			n.removePools(ctx, child)
		}
	}
	n.registry.Remove(ctx, ref)
}
