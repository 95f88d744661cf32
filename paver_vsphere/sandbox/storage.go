package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// hostDatastores mounts and unmounts, on the ESXi host and in the vCenter that manages it alike.
type hostDatastores struct{ noun }

// owner finds the HostSystem whose datastore system this is.
func (o *hostDatastores) owner() *simulator.HostSystem { return o.node.systemOf(o.Self) }

func (o *hostDatastores) esxi(system *simulator.HostSystem) *host {
	if o.node.host != nil {
		return o.node.host
	}
	return o.node.vcenter.esxi(system.Self)
}

// CreateNasDatastore mounts an NFS export.
func (o *hostDatastores) CreateNasDatastore(ctx *simulator.Context, req *types.CreateNasDatastore) soap.HasFault {
	body := &methods.CreateNasDatastoreBody{}
	system := o.owner()
	if system == nil || o.esxi(system) == nil {
		body.Fault_ = refuse("no such host", &types.NotFound{})
		return body
	}
	esxi := o.esxi(system)
	if fault := wellFormed(req.Spec); fault != nil {
		body.Fault_ = refuse("", fault)
		return body
	}
	if fault := o.node.world.exported(req.Spec); fault != nil {
		body.Fault_ = refuse("the NFS server does not export this", fault)
		return body
	}
	if fault := o.node.mountable(system, req.Spec); fault != nil {
		body.Fault_ = refuse("", fault)
		return body
	}
	if fault := o.node.sameEverywhere(req.Spec); fault != nil {
		body.Fault_ = refuse("", fault)
		return body
	}
	ref, fault := o.node.mountNFS(ctx, system, req.Spec)
	if fault != nil {
		body.Fault_ = fault
		return body
	}
	if other, counterpart := esxi.counterpart(o.node); other != nil {
		if _, fault = other.mountNFS(other.context(), counterpart, req.Spec); fault != nil {
			log.Printf("%s: mount is not mirrored: %s", other.scope, fault.String)
		}
	}
	body.Res = &types.CreateNasDatastoreResponse{Returnval: ref}
	return body
}

// counterpart is the same host as the other server sees it.
func (h *host) counterpart(seen *node) (*node, *simulator.HostSystem) {
	if seen != h.node {
		return h.node, h.system
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.manager == nil {
		return nil, nil
	}
	system, _ := h.manager.registry.Get(*h.managed).(*simulator.HostSystem)
	if system == nil {
		return nil, nil
	}
	return h.manager.node, system
}

func export(spec types.HostNasVolumeSpec) string { return spec.RemoteHost + ":" + spec.RemotePath }

// wellFormed refuses a protocol that a host does not speak, and version 4.1 without its list of servers.
func wellFormed(spec types.HostNasVolumeSpec) types.BaseMethodFault {
	switch protocol(spec) {
	case string(types.HostFileSystemVolumeFileSystemTypeNFS):
		return nil
	case string(types.HostFileSystemVolumeFileSystemTypeNFS41):
		if len(spec.RemoteHostNames) > 0 {
			return nil
		}
		return &types.InvalidArgument{InvalidProperty: "remoteHostNames"}
	}
	return &types.InvalidArgument{InvalidProperty: "type"}
}

func (w *world) exported(spec types.HostNasVolumeSpec) types.BaseMethodFault {
	if len(w.config.Exports) == 0 || slices.Contains(w.config.Exports, export(spec)) {
		return nil
	}
	return &types.PlatformConfigFault{Text: "unable to mount " + export(spec)}
}

func nas(store *simulator.Datastore) *types.HostNasVolume {
	if info, ok := store.Info.(*types.NasDatastoreInfo); ok {
		return info.Nas
	}
	return nil
}

// mountable refuses a name or an export that the host has already.
func (n *node) mountable(system *simulator.HostSystem, spec types.HostNasVolumeSpec) types.BaseMethodFault {
	if spec.LocalPath == "" {
		return &types.InvalidArgument{InvalidProperty: "localPath"}
	}
	for _, ref := range system.Datastore {
		store, ok := n.registry.Get(ref).(*simulator.Datastore)
		if !ok {
			continue
		}
		if store.Name == spec.LocalPath {
			return &types.DuplicateName{Name: spec.LocalPath, Object: ref}
		}
		if volume := nas(store); volume != nil && volume.RemoteHost+":"+volume.RemotePath == export(spec) {
			return &types.AlreadyExists{Name: store.Name}
		}
	}
	return nil
}

// sameEverywhere refuses a datastore's name that another host of the vCenter has for another export, or for the same by
// another version of NFS: hosts that lock by two protocols would spoil it.
func (n *node) sameEverywhere(spec types.HostNasVolumeSpec) types.BaseMethodFault {
	for _, entity := range n.registry.All("Datastore") {
		store, ok := entity.(*simulator.Datastore)
		if !ok || store.Name != spec.LocalPath {
			continue
		}
		volume := nas(store)
		if volume == nil || volume.RemoteHost+":"+volume.RemotePath != export(spec) || volume.Type != protocol(spec) {
			return &types.DuplicateName{Name: spec.LocalPath, Object: store.Self}
		}
	}
	return nil
}

func protocol(spec types.HostNasVolumeSpec) string {
	if spec.Type == "" {
		return string(types.HostFileSystemVolumeFileSystemTypeNFS)
	}
	return spec.Type
}

// mountNFS mounts without asking. The simulator wants the local path to be a directory named like the datastore.
func (n *node) mountNFS(ctx *simulator.Context, system *simulator.HostSystem,
	spec types.HostNasVolumeSpec) (types.ManagedObjectReference, *soap.Fault) {
	var none types.ManagedObjectReference
	path, err := n.world.exportDirectory(spec)
	if err != nil {
		return none, refuse(err.Error(), &types.PlatformConfigFault{Text: err.Error()})
	}
	name := spec.LocalPath
	spec.LocalPath = path
	spec.Type = protocol(spec)
	dss := n.registry.Get(*system.ConfigManager.DatastoreSystem).(*simulator.HostDatastoreSystem)
	before := n.free(name)
	answer := dss.CreateNasDatastore(ctx, &types.CreateNasDatastore{This: dss.Self, Spec: spec})
	if answer.Fault() != nil {
		return none, answer.Fault()
	}
	system.Datastore = dss.Datastore
	found := n.registry.FindByName(name, dss.Datastore)
	store, ok := found.(*simulator.Datastore)
	if !ok {
		return none, refuse("", &types.NotFound{})
	}
	if volume := nas(store); volume != nil {
		volume.Name, volume.RemoteHostNames = name, []string{spec.RemoteHost}
	}
	const capacity = 10 << 40
	store.Summary.Capacity, store.Summary.FreeSpace = capacity, capacity
	if before > 0 {
		store.Summary.FreeSpace = before
	}
	yes := true
	store.Summary.MultipleHostAccess = &yes
	return store.Self, nil
}

func (n *node) free(name string) int64 {
	for _, entity := range n.registry.All("Datastore") {
		if store, ok := entity.(*simulator.Datastore); ok && store.Name == name {
			return store.Summary.FreeSpace
		}
	}
	return 0
}

// exportDirectory is where an export's files are kept: one directory an export, one link a name.
func (w *world) exportDirectory(spec types.HostNasVolumeSpec) (string, error) {
	sum := sha256.Sum256([]byte(export(spec)))
	base := filepath.Join(w.config.Directory, "exports", hex.EncodeToString(sum[:8]))
	if err := os.MkdirAll(filepath.Join(base, "data"), 0o700); err != nil {
		return "", err
	}
	if spec.LocalPath != filepath.Base(spec.LocalPath) || spec.LocalPath == "data" {
		spec.LocalPath = "_" + hex.EncodeToString([]byte(spec.LocalPath))
	}
	link := filepath.Join(base, spec.LocalPath)
	if err := os.Symlink("data", link); err != nil && !os.IsExist(err) {
		return "", err
	}
	return link, nil
}

// RemoveDatastore unmounts from this host; its last mount takes the datastore away.
func (o *hostDatastores) RemoveDatastore(ctx *simulator.Context, req *types.RemoveDatastore) soap.HasFault {
	body := &methods.RemoveDatastoreBody{}
	system := o.owner()
	store, ok := o.node.registry.Get(req.Datastore).(*simulator.Datastore)
	switch {
	case system == nil || !ok:
		body.Fault_ = refuse("", &types.NotFound{})
		return body
	case o.node.inUse(store, system.Self):
		body.Fault_ = refuse("", &types.ResourceInUse{Type: "Datastore", Name: store.Name})
		return body
	}
	name := store.Name
	o.node.unmount(ctx, store, system)
	if esxi := o.esxi(system); esxi != nil {
		if other, counterpart := esxi.counterpart(o.node); other != nil {
			for _, ref := range counterpart.Datastore {
				if twin, ok := other.registry.Get(ref).(*simulator.Datastore); ok && twin.Name == name {
					other.unmount(other.context(), twin, counterpart)
				}
			}
		}
	}
	body.Res = &types.RemoveDatastoreResponse{}
	return body
}

// inUse tells whether a VM of this host lies on the datastore.
func (n *node) inUse(store *simulator.Datastore, host types.ManagedObjectReference) bool {
	for _, ref := range store.Vm {
		if vm, ok := n.registry.Get(ref).(*simulator.VirtualMachine); ok &&
			vm.Runtime.Host != nil && *vm.Runtime.Host == host {
			return true
		}
	}
	return false
}

func (n *node) unmount(ctx *simulator.Context, store *simulator.Datastore, system *simulator.HostSystem) {
	store.Host = slices.DeleteFunc(store.Host, func(mount types.DatastoreHostMount) bool { return mount.Key == system.Self })
	simulator.RemoveReference(&system.Datastore, store.Self)
	dss := n.registry.Get(*system.ConfigManager.DatastoreSystem).(*simulator.HostDatastoreSystem)
	simulator.RemoveReference(&dss.Datastore, store.Self)
	if compute := n.computeOf(system); compute != nil && !n.mountedBelow(store, compute) {
		simulator.RemoveReference(&compute.Datastore, store.Self)
	}
	if len(store.Host) == 0 {
		n.forgetDatastore(ctx, store)
	}
}

func (n *node) computeOf(system *simulator.HostSystem) *mo.ComputeResource {
	switch parent := n.registry.Get(*system.Parent).(type) {
	case *simulator.ClusterComputeResource:
		return &parent.ComputeResource
	case *mo.ComputeResource:
		return parent
	}
	return nil
}

func (n *node) mountedBelow(store *simulator.Datastore, compute *mo.ComputeResource) bool {
	return slices.ContainsFunc(store.Host, func(mount types.DatastoreHostMount) bool {
		return simulator.FindReference(compute.Host, mount.Key) != nil
	})
}

// forgetDatastore takes a datastore out of the inventory, whether it lies in a folder or in a datastore cluster.
func (n *node) forgetDatastore(ctx *simulator.Context, store *simulator.Datastore) {
	parent := *store.Parent
	for {
		entity := n.registry.Get(parent)
		if dc, ok := entity.(*simulator.Datacenter); ok {
			simulator.RemoveReference(&dc.Datastore, store.Self)
			break
		}
		holder, ok := entity.(mo.Entity)
		if !ok || holder.Entity().Parent == nil {
			break
		}
		parent = *holder.Entity().Parent
	}
	switch holder := n.registry.Get(*store.Parent).(type) {
	case *simulator.Folder:
		simulator.RemoveReference(&holder.ChildEntity, store.Self)
	case *simulator.StoragePod:
		simulator.RemoveReference(&holder.ChildEntity, store.Self)
	}
	n.registry.Remove(ctx, store.Self)
}

// mirrorStores shows a host's datastores in vCenter. Every local one is a datastore of its own there, numbered when
// the name is taken; the same export on several hosts is one.
func (v *vcenter) mirrorStores(ctx *simulator.Context, system *simulator.HostSystem, esxi *host) types.BaseMethodFault {
	dss := v.registry.Get(*system.ConfigManager.DatastoreSystem).(*simulator.HostDatastoreSystem)
	for _, ref := range esxi.system.Datastore {
		store, ok := esxi.registry.Get(ref).(*simulator.Datastore)
		if !ok {
			continue
		}
		if volume := nas(store); volume != nil {
			if _, fault := v.mountNFS(ctx, system, types.HostNasVolumeSpec{
				RemoteHost: volume.RemoteHost, RemotePath: volume.RemotePath, LocalPath: store.Name, Type: volume.Type,
				AccessMode: string(types.HostMountModeReadWrite)}); fault != nil {
				return &types.HostConfigFault{}
			}
			continue
		}
		name := v.claimName(store.Name)
		body := dss.CreateLocalDatastore(ctx, &types.CreateLocalDatastore{
			This: dss.Self, Name: name, Path: esxi.local}).(*methods.CreateLocalDatastoreBody)
		v.mutex.Lock()
		delete(v.claimed, name)
		v.mutex.Unlock()
		if body.Fault() != nil {
			log.Printf("%s: %s is not mirrored: %s", v.scope, store.Name, body.Fault().String)
			return &types.HostConfigFault{}
		}
		esxi.size(v.registry.Get(body.Res.Returnval).(*simulator.Datastore))
	}
	system.Datastore = dss.Datastore
	return nil
}

// claimName numbers a name until nobody has it, nor is about to: hosts are added at the same time.
func (v *vcenter) claimName(name string) string {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	taken := maps.Clone(v.claimed)
	for _, entity := range v.registry.All("Datastore") {
		taken[entity.Entity().Name] = true
	}
	unique := name
	for number := 1; taken[unique]; number++ {
		unique = fmt.Sprintf("%s (%d)", name, number)
	}
	v.claimed[unique] = true
	return unique
}

func (v *vcenter) unmountAll(ctx *simulator.Context, system *simulator.HostSystem) {
	for _, ref := range slices.Clone(system.Datastore) {
		if store, ok := v.registry.Get(ref).(*simulator.Datastore); ok {
			v.unmount(ctx, store, system)
		}
	}
}

// datastore answers for one datastore.
type datastore struct{ noun }

// RefreshDatastore leaves the sizes as they are: the simulator would reset them.
func (o *datastore) RefreshDatastore(*types.RefreshDatastore) soap.HasFault {
	return &methods.RefreshDatastoreBody{Res: &types.RefreshDatastoreResponse{}}
}

// DestroyTask removes a datastore from every host. A local one of a host stays: its VMFS is not ours to erase.
func (o *datastore) DestroyTask(ctx *simulator.Context, _ *types.Destroy_Task) soap.HasFault {
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{
		Returnval: o.task(ctx, "destroy", func() (types.AnyType, types.BaseMethodFault) {
			store, ok := o.node.registry.Get(o.Self).(*simulator.Datastore)
			switch {
			case !ok:
				return nil, &types.ManagedObjectNotFound{Obj: o.Self}
			case len(store.Vm) > 0 || nas(store) == nil:
				return nil, &types.ResourceInUse{Type: "Datastore", Name: store.Name}
			}
			for _, mount := range slices.Clone(store.Host) {
				if system, ok := o.node.registry.Get(mount.Key).(*simulator.HostSystem); ok {
					dss := &hostDatastores{noun{*system.ConfigManager.DatastoreSystem, o.node}}
					dss.RemoveDatastore(ctx, &types.RemoveDatastore{This: dss.Self, Datastore: o.Self})
				}
			}
			return nil, nil
		})}}
}
