package main

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// The objects by which a host's clock and services are set, which the simulator has not.
type (
	simulatedClock    struct{ mo.HostDateTimeSystem }
	simulatedServices struct{ mo.HostServiceSystem }
)

// installed gives a host the settings that it has after its installation: a resolver, no time server, SSH off.
func (h *host) installed() {
	config := h.system.Config
	config.DateTimeInfo = &types.HostDateTimeInfo{
		TimeZone:  types.HostDateTimeSystemTimeZone{Key: "UTC", Name: "UTC", Description: "UTC"},
		NtpConfig: &types.HostNtpConfig{}}
	h.networkInfo().DnsConfig = &types.HostDnsConfig{VirtualNicDevice: "vmk0", HostName: h.config.Name,
		DomainName: "localdomain", Address: []string{"192.0.2.53"}, SearchDomain: []string{"localdomain"}}
	config.Service = &types.HostServiceInfo{Service: slices.Clone(config.Service.Service)}
	h.settingsManagers(h.node, h.system, "")
	h.showSettings(h.node, h.system)
}

// mirrorSettings makes the host's settings visible and changeable in vCenter.
func (v *vcenter) mirrorSettings(system *simulator.HostSystem, esxi *host) {
	esxi.settingsManagers(v.node, system, "-"+system.Self.Value)
	esxi.showSettings(v.node, system)
}

func (h *host) settingsManagers(n *node, system *simulator.HostSystem, suffix string) {
	clock := &simulatedClock{}
	clock.Self = types.ManagedObjectReference{Type: "HostDateTimeSystem", Value: "dateTimeSystem" + suffix}
	services := &simulatedServices{}
	services.Self = types.ManagedObjectReference{Type: "HostServiceSystem", Value: "serviceSystem" + suffix}
	n.registry.Put(clock)
	n.registry.Put(services)
	system.ConfigManager.DateTimeSystem, system.ConfigManager.ServiceSystem = &clock.Self, &services.Self
}

// settingsChanged shows a change on both servers that know the host, whichever of them was told.
func (h *host) settingsChanged() {
	h.showSettings(h.node, h.system)
	if other, counterpart := h.counterpart(h.node); other != nil {
		h.showSettings(other, counterpart)
	}
}

func (h *host) showSettings(n *node, system *simulator.HostSystem) {
	truth := h.system.Config
	system.Config.DateTimeInfo, system.Config.Service = truth.DateTimeInfo, truth.Service
	if clock, ok := n.registry.Get(*system.ConfigManager.DateTimeSystem).(*simulatedClock); ok {
		clock.DateTimeInfo = *truth.DateTimeInfo
	}
	if services, ok := n.registry.Get(*system.ConfigManager.ServiceSystem).(*simulatedServices); ok {
		services.ServiceInfo = *truth.Service
	}
	if network, ok := n.registry.Get(*system.ConfigManager.NetworkSystem).(*simulator.HostNetworkSystem); ok {
		network.NetworkInfo = h.networkInfo() // one host, one set of switches
		network.DnsConfig, system.Config.Network = network.NetworkInfo.DnsConfig, network.NetworkInfo
	}
}

// systemOf finds the HostSystem that one of a host's managers belongs to.
func (n *node) systemOf(manager types.ManagedObjectReference) *simulator.HostSystem {
	for _, entity := range n.registry.All("HostSystem") {
		system := entity.(*simulator.HostSystem)
		own := system.ConfigManager
		for _, ref := range []*types.ManagedObjectReference{own.DatastoreSystem, own.NetworkSystem, own.DateTimeSystem,
			own.ServiceSystem} {
			if ref != nil && *ref == manager {
				return system
			}
		}
	}
	return nil
}

// hostOf is the ESXi host behind one of its managers, seen here or through a vCenter.
func (n *node) hostOf(manager types.ManagedObjectReference) *host {
	if n.host != nil {
		return n.host
	}
	if system := n.systemOf(manager); system != nil {
		return n.vcenter.esxi(system.Self)
	}
	return nil
}

// settingsProperties are the host's settings for the census.
func (h *host) settingsProperties(props map[string]any) {
	config := h.system.Config
	dns := h.networkInfo().DnsConfig.GetHostDnsConfig()
	props["ntp"] = config.DateTimeInfo.NtpConfig.Server
	props["dns"] = map[string]any{"dhcp": dns.Dhcp, "servers": dns.Address, "search": dns.SearchDomain,
		"name": dns.HostName + "." + dns.DomainName}
	services := map[string]string{}
	for _, one := range config.Service.Service {
		state := "stopped"
		if one.Running {
			state = "running"
		}
		services[one.Key] = state + ", " + one.Policy
	}
	props["services"] = services
}
