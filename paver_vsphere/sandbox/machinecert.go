package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// getMachine tells which certificate the vCenter shows.
func (a *restAPI) getMachine(w http.ResponseWriter, _ *http.Request) {
	answerREST(w, http.StatusOK, map[string]any{"cert": string(pemOf(a.vcenter.node.certificate.Certificate[0]))})
}

// setMachine has another one shown, once the services were restarted: one whose key is given, that is for the
// vCenter's name and that leads to the root which comes with it, or to one that is trusted already.
func (a *restAPI) setMachine(w http.ResponseWriter, r *http.Request) {
	var spec struct {
		Certificate string `json:"cert"`
		Key         string `json:"key"`
		Root        string `json:"root_cert"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&spec); err != nil {
		refuseREST(w, http.StatusBadRequest, "INVALID_ARGUMENT", err.Error())
		return
	}
	given, err := tls.X509KeyPair([]byte(spec.Certificate), []byte(spec.Key))
	if err != nil {
		refuseREST(w, http.StatusBadRequest, "INVALID_ARGUMENT", err.Error())
		return
	}
	leaf, err := x509.ParseCertificate(given.Certificate[0])
	if err != nil {
		refuseREST(w, http.StatusBadRequest, "INVALID_ARGUMENT", err.Error())
		return
	}
	options := x509.VerifyOptions{DNSName: a.vcenter.appliance.property("appliance.net.pnid"),
		Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool()}
	for _, der := range given.Certificate[1:] {
		options.Intermediates.AppendCertsFromPEM(pemOf(der))
	}
	if options.Roots.AppendCertsFromPEM([]byte(spec.Root)); spec.Root == "" {
		for _, trusted := range a.chains {
			options.Roots.AddCert(trusted[len(trusted)-1])
		}
	}
	led, err := leaf.Verify(options)
	if err != nil {
		refuseREST(w, http.StatusBadRequest, "INVALID_ARGUMENT", err.Error())
		return
	}
	root := led[0][len(led[0])-1]
	a.chains[keyID(root)] = chain{root}
	w.WriteHeader(http.StatusNoContent)
	half := seconds(a.vcenter.world.config.RestartSeconds / 2)
	time.AfterFunc(half, func() { safely("restart", func() { a.vcenter.appliance.leaveVcenter(given) }) })
	time.AfterFunc(2*half, func() { safely("restart", a.vcenter.appliance.returnVcenter) })
}

// leaveVcenter stops the vCenter's services, and with them all sessions.
func (a *appliance) leaveVcenter(machine tls.Certificate) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.vcenter.machine = machine
	a.vcenter.stop()
	a.vcenter.rest.mutex.Lock()
	clear(a.vcenter.rest.users)
	a.vcenter.rest.mutex.Unlock()
	own := a.vcenter.context()
	own.Session = &simulator.Session{}
	manager := a.vcenter.registry.SessionManager()
	for _, session := range a.vcenter.sessions() {
		manager.TerminateSession(own, &types.TerminateSession{This: manager.Self, SessionId: []string{session.Key}})
	}
}

// returnVcenter starts them again, unless the appliance was switched off meanwhile.
func (a *appliance) returnVcenter() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if !a.off && a.vcenter.server == nil {
		a.serveVcenter()
	}
}
