package main

import (
	"net"
	"slices"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// hostNetwork answers for a host's network system: its resolvers, which the simulator has not, and its port groups,
// which the simulator cannot have twice in one vCenter.
type hostNetwork struct{ noun }

// UpdateDnsConfig replaces the whole configuration. With DHCP there is a NIC that it comes over; without it servers
// are addresses.
func (o *hostNetwork) UpdateDnsConfig(req *types.UpdateDnsConfig) soap.HasFault {
	body := &methods.UpdateDnsConfigBody{}
	esxi := o.node.hostOf(o.Self)
	if esxi == nil {
		body.Fault_ = refuse("", &types.ManagedObjectNotFound{Obj: o.Self})
		return body
	}
	wanted := req.Config.GetHostDnsConfig()
	invalid := slices.ContainsFunc(wanted.Address, func(one string) bool { return net.ParseIP(one) == nil })
	switch {
	case wanted.HostName == "":
		body.Fault_ = refuse("a host has a name", &types.InvalidArgument{InvalidProperty: "hostName"})
		return body
	case wanted.Dhcp && wanted.VirtualNicDevice == "":
		body.Fault_ = refuse("DHCP needs a NIC", &types.InvalidArgument{InvalidProperty: "virtualNicDevice"})
		return body
	case invalid:
		body.Fault_ = refuse("a resolver is an address", &types.InvalidArgument{InvalidProperty: "address"})
		return body
	}
	kept := *wanted
	esxi.networkInfo().DnsConfig = &kept
	esxi.settingsChanged()
	body.Res = &types.UpdateDnsConfigResponse{}
	return body
}
