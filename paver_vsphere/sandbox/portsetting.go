package main

import (
	"fmt"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

const (
	leastMtu, usualMtu, mostMtu = 1280, 1500, 9190
	lastVlan                    = 4094
)

// validMtu refuses what a switch does not carry; 0 is one that is not said.
func validMtu(mtu int32) types.BaseMethodFault {
	if mtu != 0 && (mtu < leastMtu || mtu > mostMtu) {
		return &types.InvalidArgument{InvalidProperty: "spec.maxMtu"}
	}
	return nil
}

// portSetting is a port group's setting after a change: what the change does not name stays as it was, and what was
// never said is what a new switch says: no VLAN, and nothing allowed.
func portSetting(wanted, before types.BaseDVPortSetting) (*types.VMwareDVSPortSetting, types.BaseMethodFault) {
	no := false
	setting := types.VMwareDVSPortSetting{
		Vlan: &types.VmwareDistributedVirtualSwitchVlanIdSpec{
			VmwareDistributedVirtualSwitchVlanSpec: types.VmwareDistributedVirtualSwitchVlanSpec{
				InheritablePolicy: types.InheritablePolicy{Inherited: true}}},
		MacManagementPolicy: &types.DVSMacManagementPolicy{InheritablePolicy: types.InheritablePolicy{Inherited: true},
			AllowPromiscuous: &no, MacChanges: &no, ForgedTransmits: &no}}
	if kept, ok := before.(*types.VMwareDVSPortSetting); ok && kept != nil {
		setting = *kept
	}
	own, ok := wanted.(*types.VMwareDVSPortSetting)
	if !ok || own == nil {
		return &setting, nil
	}
	if own.Vlan != nil {
		if !validVlan(own.Vlan) {
			return nil, &types.InvalidArgument{InvalidProperty: "spec.defaultPortConfig.vlan"}
		}
		setting.Vlan = own.Vlan
	}
	if own.MacManagementPolicy != nil {
		setting.MacManagementPolicy = own.MacManagementPolicy
	}
	if own.UplinkTeamingPolicy != nil {
		setting.UplinkTeamingPolicy = own.UplinkTeamingPolicy
	}
	return &setting, nil
}

func validVlan(spec types.BaseVmwareDistributedVirtualSwitchVlanSpec) bool {
	switch one := spec.(type) {
	case *types.VmwareDistributedVirtualSwitchVlanIdSpec:
		return one.VlanId >= 0 && one.VlanId <= lastVlan
	case *types.VmwareDistributedVirtualSwitchTrunkVlanSpec:
		for _, part := range one.VlanId {
			if part.Start < 0 || part.Start > part.End || part.End > lastVlan {
				return false
			}
		}
		return len(one.VlanId) > 0
	}
	return true
}

// vlan is a port group's VLAN for the census: a number, or a trunk's ranges.
func vlan(setting types.BaseDVPortSetting) any {
	own, ok := setting.(*types.VMwareDVSPortSetting)
	if !ok {
		return nil
	}
	switch spec := own.Vlan.(type) {
	case *types.VmwareDistributedVirtualSwitchVlanIdSpec:
		return spec.VlanId
	case *types.VmwareDistributedVirtualSwitchTrunkVlanSpec:
		parts := make([]string, 0, len(spec.VlanId))
		for _, part := range spec.VlanId {
			parts = append(parts, fmt.Sprintf("%d-%d", part.Start, part.End))
		}
		return strings.Join(parts, ",")
	}
	return nil
}

// allowed is what a port group lets machines do, for the census.
func allowed(setting types.BaseDVPortSetting) []string {
	found := []string{}
	own, ok := setting.(*types.VMwareDVSPortSetting)
	if !ok || own.MacManagementPolicy == nil {
		return found
	}
	for _, one := range []struct {
		name string
		on   *bool
	}{
		{"forged_transmits", own.MacManagementPolicy.ForgedTransmits},
		{"mac_changes", own.MacManagementPolicy.MacChanges},
		{"promiscuous", own.MacManagementPolicy.AllowPromiscuous},
	} {
		if one.on != nil && *one.on {
			found = append(found, one.name)
		}
	}
	return found
}
