package main

import (
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// CreateDVSTask creates a distributed switch and keeps what the simulator drops: its members and a config version.
func (o *folder) CreateDVSTask(ctx *simulator.Context, req *types.CreateDVS_Task) soap.HasFault {
	return &methods.CreateDVS_TaskBody{Res: &types.CreateDVS_TaskResponse{
		Returnval: o.task(ctx, "createDVS", func() (types.AnyType, types.BaseMethodFault) {
			spec := req.Spec.ConfigSpec.GetDVSConfigSpec()
			parent, ok := o.node.registry.Get(o.Self).(*simulator.Folder)
			if !ok || spec.Name == "" {
				return nil, &types.InvalidArgument{InvalidProperty: "spec"}
			}
			if fault := o.node.unused(o.Self, spec.Name, "DistributedVirtualSwitch", "VmwareDistributedVirtualSwitch",
				"DistributedVirtualPortgroup", "Network"); fault != nil {
				return nil, fault
			}
			if fault := o.node.joinable(spec.Host, ""); fault != nil {
				return nil, fault
			}
			if own, ok := req.Spec.ConfigSpec.(*types.VMwareDVSConfigSpec); ok {
				if fault := validMtu(own.MaxMtu); fault != nil {
					return nil, fault
				}
			}
			spec.ConfigVersion = "1"
			answer := parent.CreateDVSTask(ctx, req).(*methods.CreateDVS_TaskBody)
			result, fault := o.node.await(answer.Res.Returnval)
			if fault != nil {
				return nil, fault
			}
			dvs := o.node.registry.Get(result.(types.ManagedObjectReference)).(*simulator.DistributedVirtualSwitch)
			dvs.Uuid = uuid.NewString()
			dvs.Summary.Uuid = dvs.Uuid
			config := dvs.Config.GetDVSConfigInfo()
			config.Uuid, config.ConfigVersion = dvs.Uuid, "1"
			if own := dvs.Config.(*types.VMwareDVSConfigInfo); own.MaxMtu == 0 {
				own.MaxMtu = usualMtu
			}
			for _, ref := range o.node.uplinkGroups(dvs) {
				config.UplinkPortgroup = []types.ManagedObjectReference{ref}
				if group, ok := o.node.registry.Get(ref).(*simulator.DistributedVirtualPortgroup); ok {
					yes := true
					group.Config.Uplink, group.Config.ConfigVersion = &yes, "1"
				}
			}
			return dvs.Self, o.node.members(ctx, dvs, spec.Host)
		})}}
}

// uplinkGroups waits for the port group of a new switch: the simulator adds it in a task that it does not wait for.
func (n *node) uplinkGroups(dvs *simulator.DistributedVirtualSwitch) []types.ManagedObjectReference {
	var groups []types.ManagedObjectReference
	for until := time.Now().Add(10 * time.Second); len(groups) == 0 && time.Now().Before(until); time.Sleep(time.Millisecond) {
		n.registry.WithLock(n.context(), dvs, func() { groups = slices.Clone(dvs.Portgroup) })
	}
	return groups
}

// virtualSwitch answers for a distributed switch.
type virtualSwitch struct{ noun }

func (o *virtualSwitch) dvs() *simulator.DistributedVirtualSwitch {
	dvs, _ := o.node.registry.Get(o.Self).(*simulator.DistributedVirtualSwitch)
	return dvs
}

// ReconfigureDvsTask refuses a stale config version and remembers the members with their uplinks.
func (o *virtualSwitch) ReconfigureDvsTask(ctx *simulator.Context, req *types.ReconfigureDvs_Task) soap.HasFault {
	return &methods.ReconfigureDvs_TaskBody{Res: &types.ReconfigureDvs_TaskResponse{
		Returnval: o.task(ctx, "reconfigureDvs", func() (types.AnyType, types.BaseMethodFault) {
			dvs := o.dvs()
			if dvs == nil {
				return nil, &types.ManagedObjectNotFound{Obj: o.Self}
			}
			spec := req.Spec.GetDVSConfigSpec()
			config := dvs.Config.GetDVSConfigInfo()
			if spec.ConfigVersion == "" || spec.ConfigVersion != config.ConfigVersion {
				return nil, &types.ConcurrentAccess{}
			}
			own, ok := req.Spec.(*types.VMwareDVSConfigSpec)
			if ok {
				if fault := validMtu(own.MaxMtu); fault != nil {
					return nil, fault
				}
			}
			if fault := o.node.joinable(spec.Host, dvs.Uuid); fault != nil {
				return nil, fault
			}
			if fault := o.node.members(ctx, dvs, spec.Host); fault != nil {
				return nil, fault
			}
			if spec.Description != "" {
				config.Description, dvs.Summary.Description = spec.Description, spec.Description
			}
			if spec.UplinkPortPolicy != nil {
				config.UplinkPortPolicy = spec.UplinkPortPolicy
			}
			if ok && own.MaxMtu > 0 {
				dvs.Config.(*types.VMwareDVSConfigInfo).MaxMtu = own.MaxMtu
			}
			config.ConfigVersion = next(config.ConfigVersion)
			return nil, nil
		})}}
}

func next(version string) string {
	number, _ := strconv.Atoi(version)
	return strconv.Itoa(number + 1)
}

func uplinks(member types.DistributedVirtualSwitchHostMemberConfigSpec) []string {
	var devices []string
	if backing, ok := member.Backing.(*types.DistributedVirtualSwitchHostMemberPnicBacking); ok {
		for _, spec := range backing.PnicSpec {
			devices = append(devices, spec.PnicDevice)
		}
	}
	return devices
}

// joinable refuses uplinks that a host has not, or that another switch of it uses.
func (n *node) joinable(members []types.DistributedVirtualSwitchHostMemberConfigSpec, own string) types.BaseMethodFault {
	for _, member := range members {
		esxi := n.vcenter.esxi(member.Host)
		if esxi == nil {
			return &types.ManagedObjectNotFound{Obj: member.Host}
		}
		info := esxi.networkInfo()
		for _, device := range uplinks(member) {
			key := "key-vim.host.PhysicalNic-" + device
			if !slices.ContainsFunc(info.Pnic, func(nic types.PhysicalNic) bool { return nic.Device == device }) {
				return &types.PlatformConfigFault{Text: "no physical NIC " + device}
			}
			standard := slices.ContainsFunc(info.Vswitch, func(one types.HostVirtualSwitch) bool {
				return slices.Contains(one.Pnic, key)
			})
			proxy := slices.ContainsFunc(info.ProxySwitch, func(one types.HostProxySwitch) bool {
				return one.DvsUuid != own && slices.Contains(one.Pnic, key)
			})
			if standard || proxy {
				return &types.ResourceInUse{Type: "PhysicalNic", Name: device}
			}
		}
	}
	return nil
}

// members joins, edits and removes hosts.
func (n *node) members(ctx *simulator.Context, dvs *simulator.DistributedVirtualSwitch,
	members []types.DistributedVirtualSwitchHostMemberConfigSpec) types.BaseMethodFault {
	config := dvs.Config.GetDVSConfigInfo()
	for _, member := range members {
		joined := simulator.FindReference(dvs.Summary.HostMember, member.Host) != nil
		operation := types.ConfigSpecOperation(member.Operation)
		if operation != types.ConfigSpecOperationAdd && !joined {
			return &types.NotFound{}
		}
		if operation != types.ConfigSpecOperationEdit {
			answer := dvs.ReconfigureDvsTask(ctx, &types.ReconfigureDvs_Task{This: dvs.Self, Spec: &types.DVSConfigSpec{
				Host: []types.DistributedVirtualSwitchHostMemberConfigSpec{member}}}).(*methods.ReconfigureDvs_TaskBody)
			if _, fault := n.await(answer.Res.Returnval); fault != nil {
				return fault
			}
		}
		host := member.Host
		config.Host = slices.DeleteFunc(config.Host, func(one types.DistributedVirtualSwitchHostMember) bool {
			return one.Config.Host != nil && *one.Config.Host == host
		})
		if operation == types.ConfigSpecOperationRemove {
			n.leave(dvs, host)
			n.proxy(dvs, host, nil)
			continue
		}
		backing := member.Backing
		if backing == nil {
			backing = &types.DistributedVirtualSwitchHostMemberPnicBacking{}
		}
		config.Host = append(config.Host, types.DistributedVirtualSwitchHostMember{
			ProductInfo: dvs.Summary.ProductInfo, Status: "up",
			Config: types.DistributedVirtualSwitchHostMemberConfigInfo{Host: &host, MaxProxySwitchPorts: 512, Backing: backing}})
		n.proxy(dvs, host, uplinks(member))
	}
	return nil
}

// leave takes the switch's portgroups from a host that is no member any more: the simulator leaves them there.
func (n *node) leave(dvs *simulator.DistributedVirtualSwitch, host types.ManagedObjectReference) {
	system, ok := n.registry.Get(host).(*simulator.HostSystem)
	if !ok {
		return
	}
	for _, ref := range dvs.Portgroup {
		simulator.RemoveReference(&system.Network, ref)
		if group, ok := n.registry.Get(ref).(*simulator.DistributedVirtualPortgroup); ok {
			simulator.RemoveReference(&group.Host, host)
		}
	}
}

// proxy shows on the ESXi host that its NICs belong to the switch; nil devices: it left.
func (n *node) proxy(dvs *simulator.DistributedVirtualSwitch, host types.ManagedObjectReference, devices []string) {
	esxi := n.vcenter.esxi(host)
	if esxi == nil {
		return
	}
	info := esxi.networkInfo()
	info.ProxySwitch = slices.DeleteFunc(info.ProxySwitch, func(one types.HostProxySwitch) bool {
		return one.DvsUuid == dvs.Uuid
	})
	if devices == nil {
		return
	}
	proxy := types.HostProxySwitch{DvsUuid: dvs.Uuid, DvsName: dvs.Name, Key: "key-vim.host.ProxySwitch-" + dvs.Uuid}
	for _, device := range devices {
		proxy.Pnic = append(proxy.Pnic, "key-vim.host.PhysicalNic-"+device)
	}
	info.ProxySwitch = append(info.ProxySwitch, proxy)
}

// AddDVPortgroupTask adds portgroups, each with a config version and with all of its settings.
func (o *virtualSwitch) AddDVPortgroupTask(ctx *simulator.Context, req *types.AddDVPortgroup_Task) soap.HasFault {
	for index := range req.Spec {
		setting, fault := portSetting(req.Spec[index].DefaultPortConfig, nil)
		if fault != nil {
			return &methods.AddDVPortgroup_TaskBody{Fault_: refuse("", fault)}
		}
		req.Spec[index].ConfigVersion, req.Spec[index].DefaultPortConfig = "1", setting
	}
	return o.dvs().AddDVPortgroupTask(ctx, req)
}

// CreateDVPortgroupTask adds one; the simulator has only the plural.
func (o *virtualSwitch) CreateDVPortgroupTask(ctx *simulator.Context, req *types.CreateDVPortgroup_Task) soap.HasFault {
	return &methods.CreateDVPortgroup_TaskBody{Res: &types.CreateDVPortgroup_TaskResponse{
		Returnval: o.task(ctx, "createDVPortgroup", func() (types.AnyType, types.BaseMethodFault) {
			dvs := o.dvs()
			setting, fault := portSetting(req.Spec.DefaultPortConfig, nil)
			if fault != nil {
				return nil, fault
			}
			req.Spec.ConfigVersion, req.Spec.DefaultPortConfig = "1", setting
			answer := dvs.AddDVPortgroupTask(ctx, &types.AddDVPortgroup_Task{
				This: o.Self, Spec: []types.DVPortgroupConfigSpec{req.Spec}}).(*methods.AddDVPortgroup_TaskBody)
			if _, fault := o.node.await(answer.Res.Returnval); fault != nil {
				return nil, fault
			}
			return o.node.registry.FindByName(req.Spec.Name, dvs.Portgroup).Reference(), nil
		})}}
}

// DestroyTask removes a switch with its portgroups, unless a VM is plugged in.
func (o *virtualSwitch) DestroyTask(ctx *simulator.Context, req *types.Destroy_Task) soap.HasFault {
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{
		Returnval: o.task(ctx, "destroy", func() (types.AnyType, types.BaseMethodFault) {
			dvs := o.dvs()
			if dvs == nil {
				return nil, &types.ManagedObjectNotFound{Obj: o.Self}
			}
			for _, ref := range dvs.Portgroup {
				if o.node.plugged(ref) {
					return nil, &types.ResourceInUse{Type: dvs.Self.Type, Name: dvs.Name}
				}
			}
			for _, host := range slices.Clone(dvs.Summary.HostMember) {
				o.node.leave(dvs, host)
				o.node.proxy(dvs, host, nil)
			}
			for _, ref := range slices.Clone(dvs.Portgroup) {
				if fault := o.node.removePortgroup(ctx, ref); fault != nil {
					return nil, fault
				}
			}
			answer := dvs.DestroyTask(ctx, req).(*methods.Destroy_TaskBody)
			_, fault := o.node.await(answer.Res.Returnval)
			return nil, fault
		})}}
}
