package main

import (
	"log"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const leaseTick = 50 * time.Millisecond

// openLease is an import that is under way.
type openLease struct {
	lease    *simulator.HttpNfcLease
	ctx      *simulator.Context
	vm       types.ManagedObjectReference
	timeout  time.Duration
	progress time.Time
	uploaded map[string]bool
}

// leaseTable knows the open imports of one server. Leases belong to a session in the simulator; what they block does not.
type leaseTable struct {
	node  *node
	mutex sync.Mutex
	open  map[types.ManagedObjectReference]*openLease
	files map[string]bool
}

// expect notes that this device of an import comes with a file; an empty disk does not.
func (t *leaseTable) expect(device string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.files == nil {
		t.files = map[string]bool{}
	}
	t.files[device] = true
}

// importing tells whether this VM is being imported.
func (t *leaseTable) importing(vm types.ManagedObjectReference) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for _, one := range t.open {
		if one.vm == vm {
			return true
		}
	}
	return false
}

func (t *leaseTable) get(ref types.ManagedObjectReference) *openLease {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.open[ref]
}

// close forgets a lease, so that its VM is no longer blocked.
func (t *leaseTable) close(ref types.ManagedObjectReference) *openLease {
	t.mutex.Lock()
	one := t.open[ref]
	delete(t.open, ref)
	t.mutex.Unlock()
	if one != nil && one.vm.Value != "" {
		if vm, ok := t.node.registry.Get(one.vm).(*simulator.VirtualMachine); ok {
			vm.DisabledMethod = nil
		}
	}
	return one
}

// watch follows a lease from its beginning to its end.
func (t *leaseTable) watch(ctx *simulator.Context, current *simulator.HttpNfcLease) {
	t.node.world.mutex.Lock()
	timeout := seconds(t.node.world.lease)
	t.node.world.mutex.Unlock()
	one := &openLease{lease: current, ctx: ctx, timeout: timeout, progress: time.Now(), uploaded: map[string]bool{}}
	t.mutex.Lock()
	if t.open == nil {
		t.open = map[types.ManagedObjectReference]*openLease{}
	}
	t.open[current.Self] = one
	t.mutex.Unlock()
	go safely("an import's lease", func() {
		for t.get(current.Self) == one {
			t.look(one)
			time.Sleep(leaseTick)
		}
	})
}

// look binds a lease to its VM once it is ready, and ends it when its client has been silent for too long.
func (t *leaseTable) look(one *openLease) {
	ref := one.lease.Self
	t.node.registry.WithLock(t.node.context(), one.lease, func() {
		if one.lease.Info == nil || one.vm.Value != "" {
			return
		}
		one.lease.Info.LeaseTimeout = int32(max(1, one.timeout.Seconds()))
		t.mutex.Lock()
		one.vm = one.lease.Info.Entity
		t.mutex.Unlock()
		if vm, ok := t.node.registry.Get(one.vm).(*simulator.VirtualMachine); ok {
			vm.DisabledMethod = []string{"Destroy_Task", "PowerOnVM_Task", "ReconfigVM_Task", "UnregisterVM"}
		}
	})
	if one.lease.State == types.HttpNfcLeaseStateError {
		t.close(ref)
		return
	}
	t.mutex.Lock()
	silent := time.Since(one.progress)
	t.mutex.Unlock()
	if silent > one.timeout {
		log.Printf("%s: import %s timed out; its VM goes with it", t.node.scope, ref.Value)
		t.abort(t.node.context(), ref, &types.Timedout{})
	}
}

// abort ends an import and removes what it made.
func (t *leaseTable) abort(own *simulator.Context, ref types.ManagedObjectReference,
	fault types.BaseMethodFault) {
	one := t.close(ref)
	if one == nil {
		return
	}
	t.node.registry.AtomicUpdate(own, one.lease, []types.PropertyChange{
		{Name: "state", Val: types.HttpNfcLeaseStateError},
		{Name: "error", Val: &types.LocalizedMethodFault{Fault: fault, LocalizedMessage: "the lease is over"}},
	})
	vm, ok := t.node.registry.Get(one.vm).(*simulator.VirtualMachine)
	if !ok {
		return
	}
	t.node.registry.WithLock(own, vm, func() {
		vm.DestroyTask(own, &types.Destroy_Task{This: one.vm})
	})
}

// resourcePool answers for a pool.
type resourcePool struct{ noun }

// ImportVApp begins an import and watches over its lease.
func (o *resourcePool) ImportVApp(ctx *simulator.Context, req *types.ImportVApp) soap.HasFault {
	body := &methods.ImportVAppBody{}
	pool, ok := o.node.registry.Get(o.Self).(*simulator.ResourcePool)
	if !ok {
		body.Fault_ = refuse("", &types.ManagedObjectNotFound{Obj: o.Self})
		return body
	}
	if fault := o.node.importable(o.Self, req); fault != nil {
		body.Fault_ = refuse("", fault)
		return body
	}
	answer := pool.ImportVApp(ctx, req)
	if made, ok := answer.(*methods.ImportVAppBody); ok && made.Res != nil {
		if current, ok := ctx.Session.Get(made.Res.Returnval).(*simulator.HttpNfcLease); ok {
			if o.node.vcenter != nil {
				o.node.vcenter.sendToHost(current)
			}
			o.node.leases.watch(ctx, current)
		}
	}
	return answer
}

// sendToHost has the disks of an import uploaded to the ESXi host that the VM is on, whose thumbprint the vCenter tells:
// it takes none itself (HttpNfcLeaseDeviceUrl).
func (v *vcenter) sendToHost(current *simulator.HttpNfcLease) {
	for deadline := time.Now().Add(dialTimeout); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		over := false
		v.registry.WithLock(v.context(), current, func() {
			over = current.Info != nil || current.State == types.HttpNfcLeaseStateError
			if current.Info == nil {
				return
			}
			vm, ok := v.registry.Get(current.Info.Entity).(*simulator.VirtualMachine)
			if !ok || vm.Runtime.Host == nil {
				return
			}
			if host := v.esxi(*vm.Runtime.Host); host != nil {
				for index := range current.Info.DeviceUrl {
					host.take(&current.Info.DeviceUrl[index])
				}
			}
		})
		if over {
			return
		}
	}
}

// take makes a disk's URL one of this host.
func (h *host) take(device *types.HttpNfcLeaseDeviceUrl) {
	if place, err := url.Parse(device.Url); err == nil {
		place.Host = h.config.Listen
		device.Url, device.SslThumbprint = place.String(), thumbprint(h.certificate.Certificate[0])
	}
}

const leastFree = 1 << 30

// importable refuses an import that has no room or whose name is taken: the simulator would make a second VM.
func (n *node) importable(pool types.ManagedObjectReference, req *types.ImportVApp) types.BaseMethodFault {
	spec, ok := req.Spec.(*types.VirtualMachineImportSpec)
	if !ok || spec.ConfigSpec.Files == nil {
		return &types.InvalidArgument{InvalidProperty: "spec"}
	}
	if fault := n.placeable(pool, req.Host, spec.ConfigSpec.Files.VmPathName); fault != nil {
		return fault
	}
	for _, entity := range n.registry.All("VirtualMachine") {
		if entity.Entity().Name == spec.ConfigSpec.Name && (n.host != nil || sameFolder(entity.Entity().Parent, req.Folder)) {
			return &types.DuplicateName{Name: spec.ConfigSpec.Name, Object: entity.Reference()}
		}
	}
	return nil
}

func sameFolder(one, other *types.ManagedObjectReference) bool {
	return one != nil && other != nil && *one == *other
}

// lease answers for an import's lease.
type lease struct{ noun }

// HttpNfcLeaseProgress keeps the lease alive.
func (o *lease) HttpNfcLeaseProgress(req *types.HttpNfcLeaseProgress) soap.HasFault {
	body := &methods.HttpNfcLeaseProgressBody{}
	one := o.node.leases.get(o.Self)
	if one == nil {
		body.Fault_ = refuse("the lease is over", &types.Timedout{})
		return body
	}
	o.node.leases.mutex.Lock()
	one.progress, one.lease.TransferProgress = time.Now(), req.Percent
	o.node.leases.mutex.Unlock()
	body.Res = &types.HttpNfcLeaseProgressResponse{}
	return body
}

// HttpNfcLeaseComplete ends an import whose disks are all there.
func (o *lease) HttpNfcLeaseComplete(ctx *simulator.Context, req *types.HttpNfcLeaseComplete) soap.HasFault {
	body := &methods.HttpNfcLeaseCompleteBody{}
	one := o.node.leases.get(o.Self)
	if one == nil || one.lease.Info == nil {
		body.Fault_ = refuse("the lease is over or not ready", &types.InvalidState{})
		return body
	}
	for _, device := range one.lease.Info.DeviceUrl {
		if o.node.leases.wants(one, device) {
			body.Fault_ = refuse("a disk was not uploaded", invalidState(device.TargetId+" was not uploaded"))
			return body
		}
	}
	o.node.leases.close(o.Self)
	return one.lease.HttpNfcLeaseComplete(ctx, req)
}

// HttpNfcLeaseAbort ends an import and takes its VM away.
func (o *lease) HttpNfcLeaseAbort(ctx *simulator.Context, _ *types.HttpNfcLeaseAbort) soap.HasFault {
	o.node.leases.abort(ctx, o.Self, &types.RequestCanceled{})
	return &methods.HttpNfcLeaseAbortBody{Res: &types.HttpNfcLeaseAbortResponse{}}
}

// wants tells whether a device's file is still to come.
func (t *leaseTable) wants(one *openLease, device types.HttpNfcLeaseDeviceUrl) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.files[device.ImportKey] && !one.uploaded[device.TargetId]
}

// serveNFC notes what was uploaded whole.
func (n *node) serveNFC(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(parts) != 3 {
		http.NotFound(w, r)
		return
	}
	table, ref := &n.leases, types.ManagedObjectReference{Type: "HttpNfcLease", Value: parts[1]}
	if n.host != nil && table.get(ref) == nil {
		n.host.mutex.Lock()
		if n.host.manager != nil {
			table = &n.host.manager.leases
		}
		n.host.mutex.Unlock()
	}
	one := table.get(ref)
	if one == nil || n.vcenter != nil {
		http.NotFound(w, r)
		return
	}
	counted := &counter{body: r.Body}
	r.Body = counted
	n.service.ServeMux.ServeHTTP(w, r)
	if r.ContentLength < 0 || counted.count == r.ContentLength {
		table.mutex.Lock()
		one.uploaded[parts[2]] = true
		table.mutex.Unlock()
	}
}
