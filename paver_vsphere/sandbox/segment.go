package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// segments makes and takes away segments of NSX, by name: networks that a vCenter shows and no call of its makes.
func (w *world) segments(wanted map[string]bool) error {
	for _, one := range w.running() {
		one.mutex.Lock()
		server := one.vcenter
		one.mutex.Unlock()
		if server == nil {
			continue
		}
		for name, there := range wanted {
			if err := server.segment(name, there); err != nil {
				return err
			}
		}
	}
	return nil
}

// segment is there on every host of every datacenter, or nowhere.
func (v *vcenter) segment(name string, there bool) error {
	ctx := v.context()
	for _, entity := range v.registry.All("OpaqueNetwork") {
		if one, ok := entity.(*mo.OpaqueNetwork); ok && one.Name == name {
			for _, host := range v.registry.All("HostSystem") {
				simulator.RemoveReference(&host.(*simulator.HostSystem).Network, one.Self)
			}
			v.unlink(ctx, *one.Parent, one.Self)
			v.registry.Remove(ctx, one.Self)
		}
	}
	if !there {
		return nil
	}
	for _, entity := range v.registry.All("Datacenter") {
		folder := v.registry.Get(entity.(*simulator.Datacenter).NetworkFolder).(*simulator.Folder)
		summary := types.OpaqueNetworkSummary{NetworkSummary: types.NetworkSummary{Name: name}}
		if err := folder.AddOpaqueNetwork(ctx, summary); err != nil {
			return err
		}
		network := v.registry.Get(folder.ChildEntity[len(folder.ChildEntity)-1]).(*mo.OpaqueNetwork)
		for _, host := range v.registry.All("HostSystem") {
			system := host.(*simulator.HostSystem)
			if v.networkFolder(system) == folder {
				network.Host = append(network.Host, system.Self)
				system.Network = append(system.Network, network.Self)
			}
		}
	}
	return nil
}
