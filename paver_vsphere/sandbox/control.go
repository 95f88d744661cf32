package main

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

// change is what the control endpoint can change at run time; what is absent stays.
type change struct {
	LatencyMs    *int64               `json:"latency_ms"`
	Faults       *[]Fault             `json:"faults"`
	FirstBoot    *FirstBoot           `json:"first_boot"` // of the next power-on
	LeaseSeconds *float64             `json:"lease_seconds"`
	Hosts        map[string]hostState `json:"hosts"`    // by name
	Segments     map[string]bool      `json:"segments"` // of NSX, by name: whether the vCenters have it
	Vcenter      *vcenterState        `json:"vcenter"`  // each that runs
}

type hostState struct {
	ReadOnly  *bool   `json:"read_only"`
	ClockSkew *int64  `json:"clock_skew_s"`
	FreeGib   *int64  `json:"free_gib"`
	Version   *string `json:"version"`
}

type vcenterState struct {
	ClockSkew *int64  `json:"clock_skew_s"`
	Version   *string `json:"version"`
}

// control serves the test's side of the sandbox on loopback.
type control struct {
	world *world
	token string
	url   string
}

func newControl(w *world) (*control, error) {
	listener, err := net.Listen("tcp", w.config.Control)
	if err != nil {
		return nil, err
	}
	c := &control{world: w, token: uuid.NewString(), url: "http://" + listener.Addr().String()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /census", c.census)
	mux.HandleFunc("POST /settings", c.settings)
	mux.HandleFunc("/calls", w.calls.serve)
	mux.HandleFunc("POST /shutdown", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
		_ = http.NewResponseController(w).Flush() // the answer leaves before the process does
		time.AfterFunc(100*time.Millisecond, c.world.close)
	})
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	server := &http.Server{Handler: c.guard(mux), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return c, nil
}

func (c *control) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !same(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), c.token) {
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (c *control) census(w http.ResponseWriter, _ *http.Request) {
	text, err := c.world.dump()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text)
}

func (c *control) settings(w http.ResponseWriter, r *http.Request) {
	var wanted change
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&wanted)
	if err == nil {
		err = c.world.apply(wanted)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (w *world) apply(wanted change) error {
	if wanted.Faults != nil {
		if err := w.faults.set(*wanted.Faults); err != nil {
			return err
		}
	}
	if wanted.LatencyMs != nil {
		w.latency.Store(*wanted.LatencyMs)
	}
	w.mutex.Lock()
	if wanted.FirstBoot != nil {
		w.firstBoot = *wanted.FirstBoot
		if w.firstBoot.Outcome == "" {
			w.firstBoot.Outcome = "CONFIGURED"
		}
	}
	if wanted.LeaseSeconds != nil {
		w.lease = *wanted.LeaseSeconds
	}
	w.mutex.Unlock()
	w.setVcenter(wanted.Vcenter)
	for name, state := range wanted.Hosts {
		found := w.hostByName(name)
		if found == nil {
			return errors.New("no host " + name)
		}
		found.set(state)
	}
	return w.segments(wanted.Segments)
}

func (w *world) hostByName(name string) *host {
	for _, host := range w.hosts {
		if host.config.Name == name {
			return host
		}
	}
	return nil
}

func (w *world) setVcenter(state *vcenterState) {
	if state == nil {
		return
	}
	if state.ClockSkew != nil {
		w.skew.Store(*state.ClockSkew)
	}
	if state.Version != nil {
		for _, one := range w.running() {
			if one.vcenter != nil {
				one.vcenter.claim(*state.Version)
			}
		}
	}
}

func (h *host) set(state hostState) {
	if state.Version != nil {
		h.claim(*state.Version)
	}
	if state.ReadOnly != nil {
		h.license(*state.ReadOnly)
	}
	if state.ClockSkew != nil {
		h.skew.Store(*state.ClockSkew)
	}
	if state.FreeGib != nil {
		h.config.FreeGib = *state.FreeGib
		for _, store := range h.stores() {
			if nas(store) == nil {
				h.size(store)
			}
		}
	}
}
