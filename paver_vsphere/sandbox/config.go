package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Config is what `prepare` writes: where to listen, who may log in, and how the sandbox shall misbehave.
type Config struct {
	Directory       string       `json:"directory"`        // state: ready.json, datastores, exports
	Control         string       `json:"control"`          // host:port of the control endpoint; port 0: any
	Hosts           []HostConfig `json:"hosts"`            // the bare ESXi hosts
	User            string       `json:"user"`             // of every ESXi host
	Password        string       `json:"password"`         // of every ESXi host
	VcenterListen   string       `json:"vcenter_listen"`   // host; empty: the appliance's own address
	VcenterPort     int          `json:"vcenter_port"`     // of vCenter
	SetupPort       int          `json:"setup_port"`       // of the first-boot API
	IdleSeconds     float64      `json:"idle_seconds"`     // without a request, then it ends; 0: never
	LeaseSeconds    float64      `json:"lease_seconds"`    // an import lease without progress dies after these
	LatencyMs       int          `json:"latency_ms"`       // added to every request
	Exports         []string     `json:"exports"`          // NFS "server:/path" that can be mounted; empty: any
	RootCertPath    string       `json:"root_cert_path"`   // in the appliance's guest, once vCenter is configured
	SetupCertPath   string       `json:"setup_cert_path"`  // in the appliance's guest, from power-on
	FirstBoot       FirstBoot    `json:"first_boot"`       // how the next first boot goes
	Faults          []Fault      `json:"faults"`           // see faults.go
	VcenterVersion  string       `json:"vcenter_version"`  // what About says
	VcenterInstance string       `json:"vcenter_instance"` // instance UUID; empty: a new one per appliance
	RestartSeconds  float64      `json:"restart_seconds"`  // until a vCenter shows another certificate; half of it nobody answers
}

// HostConfig is one bare ESXi host.
type HostConfig struct {
	Name        string `json:"name"`
	Listen      string `json:"listen"`       // host:port
	Certificate string `json:"certificate"`  // PEM file; empty: a new self-signed one
	Key         string `json:"key"`          // PEM file
	UUID        string `json:"uuid"`         // hardware UUID
	Version     string `json:"version"`      // such as 8.0.3
	Datastore   string `json:"datastore"`    // name of the local one
	CapacityGib int64  `json:"capacity_gib"` // of the local datastore
	FreeGib     int64  `json:"free_gib"`     // of the local datastore
	ReadOnly    bool   `json:"read_only"`    // the free licence: every change is RestrictedVersion
	ClockSkew   int    `json:"clock_skew_s"` // seconds that its clock is ahead
	Maintenance bool   `json:"maintenance"`
}

// FirstBoot is how an appliance's first boot goes.
type FirstBoot struct {
	Outcome  string  `json:"outcome"` // CONFIGURED, FAILED or QUESTION_RAISED
	Seconds  float64 `json:"seconds"`
	Message  string  `json:"message"`  // with FAILED and QUESTION_RAISED
	Restarts bool    `json:"restarts"` // its service is away for the middle third, and has another certificate then
}

func seconds(value float64) time.Duration { return time.Duration(value * float64(time.Second)) }

// The fact file names no path for these certificates inside the appliance, so they are settings; the defaults are
// where the certificate authority of the appliance and its set-up service plausibly keep them.
const (
	defaultRootCertPath  = "/var/lib/vmware/vmca/root.cer"
	defaultSetupCertPath = "/etc/vmware/appliance/setup.crt"
)

func readConfig(path string) (*Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	config := &Config{
		Control: "127.0.0.1:0", User: "root", VcenterPort: 8443, SetupPort: 5480, IdleSeconds: 3600, LeaseSeconds: 300,
		RootCertPath: defaultRootCertPath, SetupCertPath: defaultSetupCertPath, VcenterVersion: "8.0.3",
		RestartSeconds: 0.4,
		FirstBoot:      FirstBoot{Outcome: "CONFIGURED", Seconds: 2},
	}
	if err := json.Unmarshal(text, config); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if config.Directory == "" {
		config.Directory = filepath.Dir(path)
	}
	return config, nil
}
