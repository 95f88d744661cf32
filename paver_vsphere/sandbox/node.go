package main

import (
	"crypto/tls"
	"log"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// node is one simulated server, an ESXi host or a vCenter: govmomi's simulator, with our answers before its own.
type node struct {
	world       *world
	scope       string
	service     *simulator.Service
	registry    *simulator.Registry
	content     types.ServiceContent
	certificate tls.Certificate
	server      *http.Server
	host        *host    // of an ESXi host
	vcenter     *vcenter // of a vCenter
	leases      leaseTable
	granting    sync.Mutex
	mux         *http.ServeMux // what the simulator's own mux has not
}

// newNode wires a simulator's HTTP handlers without serving them. NewServer wants a listener: it gets one that is
// closed at once, since TLS, faults and latency are ours.
func newNode(w *world, scope string, model *simulator.Model, user *url.Userinfo) *node {
	n := &node{world: w, scope: scope, service: model.Service, registry: model.Service.Context.Map,
		mux: http.NewServeMux()}
	n.leases.node = n
	n.content = n.registry.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content
	n.registry.Handler = n.handle
	n.service.Listen = &url.URL{Host: "127.0.0.1:0", User: user}
	n.service.NewServer().Server.Close()
	n.mux.HandleFunc("/folder/", n.serveFolder)
	n.mux.HandleFunc("/nfc/", n.serveNFC)
	n.mux.Handle("/", n.service.ServeMux)
	return n
}

// serve makes the node reachable. What the simulator says about its own address is put right first.
func (n *node) serve(address string, certificate tls.Certificate) error {
	n.certificate = certificate
	own := &url.URL{Scheme: "https", Host: address, Path: vim25.Path}
	n.service.Listen = &url.URL{Scheme: "https", Host: address, Path: vim25.Path, User: n.service.Listen.User}
	n.registry.OptionManager().UpdateOptions(&types.UpdateOptions{ChangedValue: []types.BaseOptionValue{
		&types.OptionValue{Key: "vcsim.server.url", Value: own.String()}}})
	n.registry.SessionManager().ServiceHostName = address
	server, err := listen(address, certificate, &front{world: n.world, scope: n.scope, handler: n.mux})
	if err != nil {
		return err
	}
	n.server = server
	log.Printf("%s listens on %s", n.scope, address)
	return nil
}

func (n *node) stop() {
	if n.server != nil {
		_ = n.server.Close()
		n.server = nil
	}
}

// context is one for calls that the sandbox itself makes into this simulator.
func (n *node) context() *simulator.Context {
	own := *n.service.Context
	return &own
}

// loggedIn tells whether a request that is no SOAP call carries the cookie of a live session.
func (n *node) loggedIn(r *http.Request) bool {
	cookie, err := r.Cookie(soap.SessionCookieName)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(n.sessions(), func(session types.UserSession) bool {
		return session.Key == strings.Trim(cookie.Value, `"`)
	})
}

// sessions are those of all clients.
func (n *node) sessions() []types.UserSession {
	view := &simulator.Session{Registry: simulator.NewRegistry(), Map: n.registry}
	manager, ok := view.Get(*n.content.SessionManager).(*simulator.SessionManager)
	if !ok {
		return nil
	}
	return manager.SessionList
}

// handle sees every SOAP call before the simulator: it refuses what real servers refuse, and answers in its place
// where the simulator has no answer or a wrong one.
func (n *node) handle(ctx *simulator.Context, method *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	if fault := n.permit(ctx, method); fault != nil {
		return nil, fault
	}
	if fault := n.guard(ctx, method); fault != nil {
		return nil, fault
	}
	answers := n.answers(method.This)
	if answers == nil {
		return nil, nil
	}
	name := strings.Replace(method.Name, "_Task", "Task", 1)
	if !reflect.ValueOf(answers).MethodByName(strings.ToUpper(name[:1]) + name[1:]).IsValid() {
		return nil, nil
	}
	// the simulator prefers its own object where the reference leads to one, so it must lead to none
	method.This.Type = "Answer-" + method.This.Type
	return answers, nil
}

// answers picks our methods for a type of managed object.
func (n *node) answers(this types.ManagedObjectReference) mo.Reference {
	own := noun{this, n}
	switch this.Type {
	case "ServiceInstance":
		return &serviceInstance{own}
	case "HostDatastoreSystem":
		return &hostDatastores{own}
	case "HostDateTimeSystem":
		return &hostClock{own}
	case "HostNetworkSystem":
		return &hostNetwork{own}
	case "HostServiceSystem":
		return &hostServices{own}
	case "HostSystem":
		return &hostSystem{own}
	case "ComputeResource", "ClusterComputeResource":
		return &computeResource{own}
	case "Datastore":
		return &datastore{own}
	case "Folder", "StoragePod":
		return &folder{own}
	case "Datacenter":
		return &datacenter{own}
	case "VirtualMachine":
		return &virtualMachine{own}
	case "ResourcePool":
		return &resourcePool{own}
	case "HttpNfcLease":
		return &lease{own}
	case "GuestFileManager":
		return &guestFiles{own}
	case "OvfManager":
		return &ovfManager{own}
	case "DistributedVirtualSwitch", "VmwareDistributedVirtualSwitch":
		return &virtualSwitch{own}
	case "DistributedVirtualPortgroup":
		return &portgroup{own}
	case "AuthorizationManager":
		return &authorization{own}
	case "SessionManager":
		return &sessionManager{own}
	case "CustomFieldsManager":
		return &customFields{own}
	case "UserDirectory":
		if n.vcenter != nil {
			return &userDirectory{own}
		}
	case "LicenseManager":
		if n.vcenter != nil {
			return &licenceManager{own}
		}
	case "LicenseAssignmentManager":
		return &licenceAssignments{own}
	}
	return nil
}

// noun is what every type of our answers begins with. The field's name is what the simulator locks by.
type noun struct {
	Self types.ManagedObjectReference
	node *node
}

func (o *noun) Reference() types.ManagedObjectReference { return o.Self }

// task runs work as a vSphere task on this object and returns the task's reference.
func (o *noun) task(ctx *simulator.Context, name string,
	work func() (types.AnyType, types.BaseMethodFault)) types.ManagedObjectReference {
	return simulator.CreateTask(o.Self, name, func(*simulator.Task) (result types.AnyType, fault types.BaseMethodFault) {
		defer func() { // a panic in a task's goroutine would end the process
			if failure := recover(); failure != nil {
				log.Printf("%s: task %s failed: %v", o.node.scope, name, failure)
				result, fault = nil, &types.SystemError{Reason: "simulator failure"}
			}
		}()
		return work()
	}).Run(ctx)
}

// await waits for a task of the simulator's own.
func (n *node) await(ref types.ManagedObjectReference) (types.AnyType, types.BaseMethodFault) {
	task := n.registry.Get(ref).(*simulator.Task)
	task.Wait()
	if task.Info.Error != nil {
		return nil, task.Info.Error.Fault
	}
	return task.Info.Result, nil
}

func kindOf(value any) string { return reflect.TypeOf(value).Elem().Name() }

// refuse wraps a fault for an answer.
func refuse(message string, fault types.BaseMethodFault) *soap.Fault {
	return simulator.Fault(message, fault)
}

// invalidState is the fault of a call that does not fit the object's state, with a sentence that says why.
func invalidState(reason string) types.BaseMethodFault {
	return &types.InvalidState{VimFault: types.VimFault{MethodFault: types.MethodFault{
		FaultCause: &types.LocalizedMethodFault{
			Fault: &types.SystemError{Reason: reason}, LocalizedMessage: reason},
	}}}
}

func (n *node) now() time.Time {
	if n.host != nil {
		return time.Now().Add(time.Duration(n.host.skew.Load()) * time.Second)
	}
	return time.Now().Add(time.Duration(n.world.skew.Load()) * time.Second)
}

// claim is another version to call itself by. What it speaks stays as it is.
func (n *node) claim(version string) {
	n.content.About.FullName = strings.Replace(n.content.About.FullName, n.content.About.Version, version, 1)
	n.content.About.Version = version
}
