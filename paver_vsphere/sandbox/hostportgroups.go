package main

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// bornNetwork is the port group that every host is installed with, and every datacenter of the simulator is made with.
const bornNetwork = "VM Network"

// AddPortGroup adds one to a standard switch of the host. Its network is shown on both servers that know the host; in
// vCenter hosts share the networks that have one name.
func (o *hostNetwork) AddPortGroup(_ *simulator.Context, req *types.AddPortGroup) soap.HasFault {
	body := &methods.AddPortGroupBody{}
	esxi := o.node.hostOf(o.Self)
	if esxi == nil {
		body.Fault_ = refuse("", &types.ManagedObjectNotFound{Obj: o.Self})
		return body
	}
	if fault := validGroup(req.Portgrp); fault != nil {
		body.Fault_ = refuse("", fault)
		return body
	}
	own := esxi.registry.Get(*esxi.system.ConfigManager.NetworkSystem).(*simulator.HostNetworkSystem)
	answer := own.AddPortGroup(esxi.context(), req).(*methods.AddPortGroupBody)
	if _, taken := faultOfBody(answer).(*types.DuplicateName); taken { // as an ESXi host says it
		answer.Fault_ = refuse("", &types.AlreadyExists{Name: req.Portgrp.Name})
	}
	if answer.Fault_ == nil {
		esxi.showNetwork(req.Portgrp.Name)
	}
	return answer
}

func validGroup(spec types.HostPortGroupSpec) types.BaseMethodFault {
	if spec.VlanId < 0 || spec.VlanId > 4095 {
		return &types.InvalidArgument{InvalidProperty: "vlanId"}
	}
	return nil
}

func faultOfBody(body soap.HasFault) any {
	if body.Fault() == nil {
		return nil
	}
	return body.Fault().VimFault()
}

// UpdatePortGroup changes the VLAN, which the simulator has not. What stands on another switch is not found.
func (o *hostNetwork) UpdatePortGroup(req *types.UpdatePortGroup) soap.HasFault {
	body := &methods.UpdatePortGroupBody{}
	esxi := o.node.hostOf(o.Self)
	if esxi == nil {
		body.Fault_ = refuse("", &types.ManagedObjectNotFound{Obj: o.Self})
		return body
	}
	if fault := validGroup(req.Portgrp); fault != nil {
		body.Fault_ = refuse("", fault)
		return body
	}
	groups := esxi.networkInfo().Portgroup
	index := slices.IndexFunc(groups, func(one types.HostPortGroup) bool { return one.Spec.Name == req.PgName })
	if index < 0 || req.Portgrp.Name != req.PgName || groups[index].Spec.VswitchName != req.Portgrp.VswitchName {
		body.Fault_ = refuse("no such port group", &types.NotFound{})
		return body
	}
	changed := slices.Clone(groups)
	changed[index].Spec = req.Portgrp
	esxi.networkInfo().Portgroup = changed
	body.Res = &types.UpdatePortGroupResponse{}
	return body
}

// RemovePortGroup refuses while a VM, or the host itself, is plugged in.
func (o *hostNetwork) RemovePortGroup(_ *simulator.Context, req *types.RemovePortGroup) soap.HasFault {
	body := &methods.RemovePortGroupBody{}
	esxi := o.node.hostOf(o.Self)
	if esxi == nil {
		body.Fault_ = refuse("", &types.ManagedObjectNotFound{Obj: o.Self})
		return body
	}
	if !slices.ContainsFunc(esxi.networkInfo().Portgroup, func(one types.HostPortGroup) bool {
		return one.Spec.Name == req.PgName
	}) {
		body.Fault_ = refuse("no such port group", &types.NotFound{})
		return body
	}
	if esxi.usesGroup(req.PgName) {
		body.Fault_ = refuse("", &types.ResourceInUse{Type: "HostPortGroup", Name: req.PgName})
		return body
	}
	own := esxi.registry.Get(*esxi.system.ConfigManager.NetworkSystem).(*simulator.HostNetworkSystem)
	answer := own.RemovePortGroup(esxi.context(), req)
	if answer.Fault() == nil {
		if other, counterpart := esxi.counterpart(esxi.node); other != nil {
			if found := other.networkNamed(counterpart, req.PgName); found != nil {
				esxi.manager.leaveNetwork(other.context(), found.Self, counterpart)
			}
		}
	}
	return answer
}

// usesGroup tells whether a VM of the host or a NIC of its own stands on a port group.
func (h *host) usesGroup(name string) bool {
	if slices.ContainsFunc(h.networkInfo().Vnic, func(one types.HostVirtualNic) bool { return one.Portgroup == name }) {
		return true
	}
	other, counterpart := h.counterpart(h.node)
	if other != nil {
		if found := other.networkNamed(counterpart, name); found != nil && other.pluggedOn(found.Self, &counterpart.Self) {
			return true
		}
	}
	for _, entity := range h.registry.All("Network") {
		if network, ok := entity.(*mo.Network); ok && network.Name == name && h.plugged(network.Self) {
			return true
		}
	}
	return false
}

// pluggedOn tells whether a VM that runs on a host has a card in a network.
func (n *node) pluggedOn(network types.ManagedObjectReference, host *types.ManagedObjectReference) bool {
	for _, entity := range n.registry.All("VirtualMachine") {
		if vm, ok := entity.(*simulator.VirtualMachine); ok && vm.Runtime.Host != nil && *vm.Runtime.Host == *host &&
			simulator.FindReference(vm.Network, network) != nil {
			return true
		}
	}
	return false
}

// networkNamed is a standard network of a host.
func (n *node) networkNamed(system *simulator.HostSystem, name string) *mo.Network {
	for _, ref := range system.Network {
		if network, ok := n.registry.Get(ref).(*mo.Network); ok && network.Name == name {
			return network
		}
	}
	return nil
}

// showNetwork shows a port group's network in the vCenter that manages the host.
func (h *host) showNetwork(name string) {
	other, counterpart := h.counterpart(h.node)
	if other == nil {
		return
	}
	folder := other.networkFolder(counterpart)
	if folder == nil {
		return
	}
	other.context().WithLock(folder, func() {
		network, ok := other.registry.FindByName(name, folder.ChildEntity).(*mo.Network)
		if !ok {
			network = &mo.Network{}
			network.Name, network.Entity().Name = name, name
			network.Summary = &types.NetworkSummary{Name: name, Accessible: true}
			other.registry.PutEntity(folder, other.registry.NewEntity(network))
			folder.ChildEntity = append(folder.ChildEntity, network.Self)
		}
		network.Host = with(network.Host, counterpart.Self)
		counterpart.Network = with(counterpart.Network, network.Self)
	})
}

func with(refs []types.ManagedObjectReference, ref types.ManagedObjectReference) []types.ManagedObjectReference {
	if simulator.FindReference(refs, ref) != nil {
		return refs
	}
	return append(slices.Clone(refs), ref)
}

func (n *node) networkFolder(system *simulator.HostSystem) *simulator.Folder {
	for current := system.Parent; current != nil; {
		entity, ok := n.registry.Get(*current).(mo.Entity)
		if !ok {
			return nil
		}
		if dc, ok := entity.(*simulator.Datacenter); ok {
			folder, _ := n.registry.Get(dc.NetworkFolder).(*simulator.Folder)
			return folder
		}
		current = entity.Entity().Parent
	}
	return nil
}

// leaveNetwork takes a standard network from a host; without any host that has it, it is gone. What a datacenter was
// made with stays.
func (v *vcenter) leaveNetwork(ctx *simulator.Context, ref types.ManagedObjectReference, system *simulator.HostSystem) {
	network, ok := v.registry.Get(ref).(*mo.Network)
	if !ok || simulator.FindReference(network.Host, system.Self) == nil {
		return
	}
	simulator.RemoveReference(&network.Host, system.Self)
	simulator.RemoveReference(&system.Network, ref)
	if len(network.Host) == 0 && network.Name != bornNetwork {
		v.unlink(ctx, *network.Parent, ref)
		v.registry.Remove(ctx, ref)
	}
}
