package main

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	dialTimeout = 10 * time.Second
	newestKnown = "8.0.2"
)

// admit does what a real vCenter does before it takes a host: dial it, compare its thumbprint, log in, look.
func (v *vcenter) admit(spec types.HostConnectSpec) (*host, types.BaseMethodFault) {
	if spec.HostName == "" {
		return nil, &types.NoHost{}
	}
	port := 443
	if spec.Port > 0 {
		port = int(spec.Port)
	}
	address := net.JoinHostPort(spec.HostName, strconv.Itoa(port))
	connection, err := tls.DialWithDialer(&net.Dialer{Timeout: dialTimeout}, "tcp", address,
		&tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the thumbprint decides, below
	if err != nil {
		return nil, &types.NoHost{HostConnectFault: types.HostConnectFault{}, Name: spec.HostName}
	}
	print := thumbprint(connection.ConnectionState().PeerCertificates[0].Raw)
	_ = connection.Close()
	if !strings.EqualFold(spec.SslThumbprint, print) {
		return nil, &types.SSLVerifyFault{SelfSigned: true, Thumbprint: print}
	}
	return v.visit(address, spec)
}

func (v *vcenter) visit(address string, spec types.HostConnectSpec) (*host, types.BaseMethodFault) {
	deadline, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	target := &url.URL{Scheme: "https", Host: address, Path: "/sdk"}
	transport := soap.NewClient(target, true) // pinned by the dial above
	client, err := govmomi.NewClient(deadline, transport.URL(), true)
	if err != nil {
		return nil, &types.NoHost{Name: spec.HostName}
	}
	if err = client.Login(deadline, url.UserPassword(spec.UserName, spec.Password)); err != nil {
		if isFault[*types.InvalidLogin](err) || isFault[types.InvalidLogin](err) {
			return nil, &types.InvalidLogin{}
		}
		return nil, &types.HostConnectFault{}
	}
	defer func() { _ = client.Logout(deadline) }()
	var system mo.HostSystem
	self := types.ManagedObjectReference{Type: "HostSystem", Value: "ha-host"}
	if err = client.RetrieveOne(deadline, self, []string{"hardware.systemInfo"}, &system); err != nil || system.Hardware == nil {
		return nil, &types.HostConnectFault{}
	}
	found := v.world.hostByUUID(system.Hardware.SystemInfo.Uuid)
	if found == nil {
		return nil, &types.NotSupportedHost{}
	}
	if fault := v.unclaimed(found, spec); fault != nil {
		return found, fault
	}
	found.networkInfo().ProxySwitch = nil // what a vCenter that is gone left behind; before anybody sees the host here
	return found, nil
}

// unclaimed refuses a host that is in this inventory already, or in another vCenter's.
func (v *vcenter) unclaimed(found *host, spec types.HostConnectSpec) types.BaseMethodFault {
	found.mutex.Lock()
	manager := found.manager
	found.mutex.Unlock()
	if manager == v {
		return &types.AlreadyConnected{Name: spec.HostName}
	}
	for _, entity := range v.registry.All("HostSystem") {
		// where loopback is one address, ports alone tell hosts apart
		if entity.Entity().Name == spec.HostName && v.world.config.VcenterListen == "" {
			return &types.DuplicateName{Name: spec.HostName, Object: entity.Reference()}
		}
	}
	if manager != nil && manager.server != nil && !spec.Force {
		return &types.AlreadyBeingManaged{IpAddress: manager.appliance.address()}
	}
	return nil
}

func isFault[T any](err error) bool {
	if !soap.IsSoapFault(err) {
		return false
	}
	_, ok := soap.ToSoapFault(err).VimFault().(T)
	return ok && !errors.Is(err, context.DeadlineExceeded)
}

// mirror makes the HostSystem in vCenter resemble the ESXi host behind it.
func (v *vcenter) mirror(ctx *simulator.Context, ref types.ManagedObjectReference, esxi *host) types.BaseMethodFault {
	system := v.registry.Get(ref).(*simulator.HostSystem)
	system.Hardware.SystemInfo.Uuid = esxi.config.UUID
	system.Summary.Hardware.Uuid = esxi.config.UUID
	system.Summary.ManagementServerIp = v.appliance.address()
	system.Summary.Config.Product = esxi.system.Summary.Config.Product
	system.Config.Product = esxi.system.Config.Product
	if _, err := types.ParseESXiVersion(system.Config.Product.Version); err != nil {
		system.Config.Product.Version = newestKnown // the simulator panics on a version that it does not know
	}
	system.Runtime.InMaintenanceMode = esxi.system.Runtime.InMaintenanceMode
	v.mirrorSettings(system, esxi)
	v.mutex.Lock()
	v.hosts[ref] = esxi
	v.mutex.Unlock()
	esxi.mutex.Lock()
	esxi.manager, esxi.managed = v, &ref
	esxi.mutex.Unlock()
	esxi.system.Summary.ManagementServerIp = v.appliance.address()
	esxi.showNetwork(bornNetwork)
	if fault := v.mirrorStores(ctx, system, esxi); fault != nil {
		return fault
	}
	return v.discover(ctx, system, esxi)
}

// AddHostTask adds a host to a cluster.
func (o *computeResource) AddHostTask(ctx *simulator.Context, req *types.AddHost_Task) soap.HasFault {
	return &methods.AddHost_TaskBody{Res: &types.AddHost_TaskResponse{
		Returnval: o.task(ctx, "addHost", func() (types.AnyType, types.BaseMethodFault) {
			esxi, fault := o.node.vcenter.admit(req.Spec)
			if fault != nil {
				return nil, fault
			}
			cluster := o.node.registry.Get(o.Self).(*simulator.ClusterComputeResource)
			body := cluster.AddHostTask(ctx, req).(*methods.AddHost_TaskBody)
			result, fault := o.node.await(body.Res.Returnval)
			if fault != nil {
				return nil, fault
			}
			ref := result.(types.ManagedObjectReference)
			return ref, o.node.vcenter.mirror(ctx, ref, esxi)
		})}}
}

// AddStandaloneHostTask adds a host outside of any cluster. The result is its compute resource.
func (o *folder) AddStandaloneHostTask(ctx *simulator.Context, req *types.AddStandaloneHost_Task) soap.HasFault {
	return &methods.AddStandaloneHost_TaskBody{Res: &types.AddStandaloneHost_TaskResponse{
		Returnval: o.task(ctx, "addStandaloneHost", func() (types.AnyType, types.BaseMethodFault) {
			esxi, fault := o.node.vcenter.admit(req.Spec)
			if fault != nil {
				return nil, fault
			}
			parent, ok := o.node.registry.Get(o.Self).(*simulator.Folder)
			if !ok {
				return nil, &types.NotSupported{}
			}
			answer := parent.AddStandaloneHostTask(ctx, req)
			if answer.Fault() != nil {
				return nil, &types.NotSupported{}
			}
			result, fault := o.node.await(answer.(*methods.AddStandaloneHost_TaskBody).Res.Returnval)
			if fault != nil {
				return nil, fault
			}
			ref := result.(types.ManagedObjectReference)
			fault = o.node.vcenter.mirror(ctx, ref, esxi)
			return *o.node.registry.Get(ref).(*simulator.HostSystem).Parent, fault
		})}}
}

// removeHost takes a host out of the inventory and leaves the ESXi host free to be added again.
func (v *vcenter) removeHost(ctx *simulator.Context, ref types.ManagedObjectReference) types.BaseMethodFault {
	system, ok := v.registry.Get(ref).(*simulator.HostSystem)
	if !ok {
		return &types.ManagedObjectNotFound{Obj: ref}
	}
	if fault := v.removable(system); fault != nil {
		return fault
	}
	v.leaves(ctx, system)
	v.unmountAll(ctx, system)
	for _, ref := range slices.Clone(system.Network) {
		v.leaveNetwork(ctx, ref, system)
	}
	parent := v.registry.Get(*system.Parent)
	switch compute := parent.(type) {
	case *simulator.ClusterComputeResource:
		simulator.RemoveReference(&compute.Host, ref)
		v.leaveGroups(compute, ref)
		v.forgetInBrowser(compute, ref)
		summary := compute.Summary.GetComputeResourceSummary()
		summary.NumHosts--
		summary.NumEffectiveHosts--
	case *mo.ComputeResource:
		v.unlink(ctx, *compute.Parent, compute.Self)
		v.registry.Remove(ctx, *compute.ResourcePool)
		v.registry.Remove(ctx, compute.Self)
	}
	v.registry.Remove(ctx, ref)
	v.mutex.Lock()
	esxi := v.hosts[ref]
	delete(v.hosts, ref)
	v.mutex.Unlock()
	if esxi != nil {
		esxi.mutex.Lock()
		esxi.manager, esxi.managed = nil, nil
		esxi.mutex.Unlock()
		esxi.system.Summary.ManagementServerIp = ""
	}
	return nil
}

// forgetInBrowser takes a host out of the cluster's list of hardware versions: the simulator would look for it there
// when the next host comes, and panic.
func (v *vcenter) forgetInBrowser(cluster *simulator.ClusterComputeResource, ref types.ManagedObjectReference) {
	if cluster.EnvironmentBrowser == nil {
		return
	}
	if browser, ok := v.registry.Get(*cluster.EnvironmentBrowser).(*simulator.EnvironmentBrowser); ok {
		for index := range browser.QueryConfigOptionDescriptorResponse.Returnval {
			simulator.RemoveReference(&browser.QueryConfigOptionDescriptorResponse.Returnval[index].Host, ref)
		}
	}
}

// removable refuses as a vCenter does: a clustered host must be in maintenance mode or disconnected, and be no member
// of a distributed switch.
func (v *vcenter) removable(system *simulator.HostSystem) types.BaseMethodFault {
	if slices.ContainsFunc(system.Vm, func(ref types.ManagedObjectReference) bool { return !v.isItself(ref) }) {
		return &types.ResourceInUse{Type: "VirtualMachine", Name: system.Name}
	}
	connected := system.Runtime.ConnectionState == types.HostSystemConnectionStateConnected
	if system.Parent.Type == "ClusterComputeResource" && connected && !system.Runtime.InMaintenanceMode {
		return invalidState("a connected host of a cluster is removed in maintenance mode only")
	}
	for _, entity := range v.registry.All("") {
		if dvs, ok := entity.(*simulator.DistributedVirtualSwitch); ok &&
			simulator.FindReference(dvs.Summary.HostMember, system.Self) != nil {
			return &types.ResourceInUse{Type: dvs.Self.Type, Name: dvs.Name}
		}
	}
	return nil
}

// unlink takes a child out of its folder.
func (v *vcenter) unlink(ctx *simulator.Context, parent, child types.ManagedObjectReference) {
	switch folder := v.registry.Get(parent).(type) {
	case *simulator.Folder:
		v.registry.RemoveReference(ctx, folder, &folder.ChildEntity, child)
	case *simulator.StoragePod:
		v.registry.RemoveReference(ctx, folder, &folder.ChildEntity, child)
	}
}
