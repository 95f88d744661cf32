package main

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// guestFiles reads files out of an appliance's guest, through the host that it runs on.
type guestFiles struct{ noun }

// InitiateFileTransferFromGuest returns a URL, on the same host, from which the file can be fetched once.
func (o *guestFiles) InitiateFileTransferFromGuest(req *types.InitiateFileTransferFromGuest) soap.HasFault {
	body := &methods.InitiateFileTransferFromGuestBody{}
	one := o.appliance(req.Vm)
	if one == nil {
		body.Fault_ = refuse("no tools run in this VM", &types.GuestOperationsUnavailable{})
		return body
	}
	login, ok := req.Auth.(*types.NamePasswordAuthentication)
	if !ok || login.Username != "root" || !same(login.Password, one.property("appliance.root.passwd")) {
		body.Fault_ = refuse("", &types.InvalidGuestLogin{})
		return body
	}
	text := one.guestFile(req.GuestFilePath)
	if text == nil {
		body.Fault_ = refuse("", &types.FileNotFound{FileFault: types.FileFault{File: req.GuestFilePath}})
		return body
	}
	token := o.node.host.tickets.add(text)
	query := url.Values{"id": {"1"}, "token": {token}}.Encode()
	body.Res = &types.InitiateFileTransferFromGuestResponse{Returnval: types.FileTransferInformation{
		Attributes: &types.GuestPosixFileAttributes{Permissions: 0o644},
		Size:       int64(len(text)), Url: fmt.Sprintf("https://*/guestFile?%s", query)}}
	return body
}

// appliance is the running appliance in this VM, or nil.
func (o *guestFiles) appliance(vm types.ManagedObjectReference) *appliance {
	if o.node.host == nil {
		return nil
	}
	machine, ok := o.node.registry.Get(vm).(*simulator.VirtualMachine)
	if !ok || machine.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		return nil
	}
	o.node.world.mutex.Lock()
	defer o.node.world.mutex.Unlock()
	return o.node.world.appliances[applianceKey{o.node.scope, vm}]
}

func (a *appliance) guestFile(path string) []byte {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	switch {
	case path == a.world.config.SetupCertPath && len(a.setup.Certificate) > 0:
		return pemOf(a.setup.Certificate[0])
	case path == a.world.config.RootCertPath && a.vcenter != nil:
		return pemOf(a.vcenter.authority.certificate.Raw)
	}
	return nil
}

// ticketTable holds files that were asked for and not yet fetched.
type ticketTable struct {
	mutex sync.Mutex
	files map[string][]byte
}

func newTicketTable() *ticketTable {
	return &ticketTable{files: map[string][]byte{}}
}

func (t *ticketTable) add(text []byte) string {
	token := uuid.NewString()
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.files[token] = text
	return token
}

func (t *ticketTable) take(token string) ([]byte, bool) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	text, ok := t.files[token]
	delete(t.files, token)
	return text, ok
}

func (h *host) serveGuestFile(w http.ResponseWriter, r *http.Request) {
	text, ok := h.tickets.take(r.URL.Query().Get("token"))
	if !ok || r.Method != http.MethodGet {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(text)
}
