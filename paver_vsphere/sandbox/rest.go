package main

import (
	"encoding/json"
	"net/http"
	"sync"

	"github.com/google/uuid"
)

const (
	sessionPath   = "/api/session"
	sessionHeader = "Vmware-Api-Session-Id"
)

// restAPI is what the sandbox serves of a vCenter's REST API: sessions, the certificates that it trusts, the one that
// it shows.
type restAPI struct {
	vcenter *vcenter
	mutex   sync.Mutex
	users   map[string]string // by session
	chains  map[string]chain  // trusted roots, by id
}

func newRestAPI(v *vcenter) *restAPI {
	a := &restAPI{vcenter: v, users: map[string]string{}, chains: map[string]chain{}}
	a.chains[keyID(v.authority.certificate)] = chain{v.authority.certificate}
	v.mux.HandleFunc("POST "+sessionPath, a.logIn)
	v.mux.HandleFunc("DELETE "+sessionPath, a.asked(a.logOut))
	const roots = "/api/vcenter/certificate-management/vcenter/trusted-root-chains"
	const manage, administer = "CertificateManagement.Manage", "CertificateManagement.Administer"
	v.mux.HandleFunc("GET "+roots, a.asked(a.listChains))
	v.mux.HandleFunc("GET "+roots+"/{chain}", a.asked(a.getChain))
	v.mux.HandleFunc("POST "+roots, a.asked(a.addChain, manage, administer))
	v.mux.HandleFunc("DELETE "+roots+"/{chain}", a.asked(a.removeChain, manage, administer))
	const shown = "/api/vcenter/certificate-management/vcenter/tls"
	v.mux.HandleFunc("GET "+shown, a.asked(a.getMachine))
	v.mux.HandleFunc("PUT "+shown, a.asked(a.setMachine, manage, administer))
	return a
}

// asked lets those through who have a session and, on the root folder, these privileges.
func (a *restAPI) asked(handler http.HandlerFunc, privileges ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a.mutex.Lock()
		defer a.mutex.Unlock()
		user, known := a.users[r.Header.Get(sessionHeader)]
		if !known {
			refuseREST(w, http.StatusUnauthorized, "UNAUTHENTICATED", "Authentication required.")
			return
		}
		for _, privilege := range privileges {
			if !a.vcenter.allowed(user, a.vcenter.content.RootFolder, privilege) {
				refuseREST(w, http.StatusForbidden, "UNAUTHORIZED", "The user is not authorized.")
				return
			}
		}
		handler(w, r)
	}
}

func (a *restAPI) logIn(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	if !a.vcenter.login(user, password) {
		refuseREST(w, http.StatusUnauthorized, "UNAUTHENTICATED", "Authentication required.")
		return
	}
	id := uuid.NewString()
	a.mutex.Lock()
	a.users[id] = user
	a.mutex.Unlock()
	answerREST(w, http.StatusCreated, id)
}

func (a *restAPI) logOut(w http.ResponseWriter, r *http.Request) {
	delete(a.users, r.Header.Get(sessionHeader))
	w.WriteHeader(http.StatusNoContent)
}

func answerREST(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(document)
}

func refuseREST(w http.ResponseWriter, status int, kind, text string) {
	answerREST(w, status, map[string]any{"error_type": kind, "messages": []message{{
		ID: "com.vmware.vapi." + kind, Default: text, Args: []string{}}}})
}
