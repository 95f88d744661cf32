package main

import (
	"net/http"
	"os"
	"path/filepath"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// serveFolder guards the datastores' files: the simulator serves them to anybody.
func (n *node) serveFolder(w http.ResponseWriter, r *http.Request) {
	if !n.loggedIn(r) && !n.basic(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="VMware HTTP server"`)
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	if n.host != nil && n.host.readOnly.Load() && r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "the licence of this host does not allow it", http.StatusForbidden)
		return
	}
	if r.Method == http.MethodDelete {
		n.deleteFile(w, r)
		return
	}
	n.service.ServeMux.ServeHTTP(w, r)
}

// basic takes a password instead of a session, as real servers do.
func (n *node) basic(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	return ok && n.registry.SessionManager().Authenticate(*n.service.Listen, &types.Login{UserName: user, Password: password})
}

// deleteFile answers DELETE, which the simulator has not.
func (n *node) deleteFile(w http.ResponseWriter, r *http.Request) {
	for _, entity := range n.registry.All("Datastore") {
		store, ok := entity.(*simulator.Datastore)
		if !ok || store.Name != r.URL.Query().Get("dsName") {
			continue
		}
		root, err := os.OpenRoot(store.Summary.Url)
		if err == nil {
			defer func() { _ = root.Close() }()
			err = root.Remove(filepath.Clean(r.URL.Path[len("/folder/"):]))
		}
		if err == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		break
	}
	http.NotFound(w, r)
}
