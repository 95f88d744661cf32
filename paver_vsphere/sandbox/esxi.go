package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/units"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// host is one bare ESXi host.
type host struct {
	*node
	config   *HostConfig
	system   *simulator.HostSystem
	local    string // the directory of its datastore
	skew     atomic.Int64
	readOnly atomic.Bool
	tickets  *ticketTable // of guest files

	mutex   sync.Mutex
	manager *vcenter                      // the vCenter that manages it
	managed *types.ManagedObjectReference // itself there
}

func newHost(w *world, config *HostConfig) (*host, error) {
	model := simulator.ESX()
	model.Machine, model.Datastore, model.Autostart = 0, 0, false
	about := esx.ServiceContent.About
	about.Version, about.ApiVersion = config.Version, apiVersion(config.Version)
	about.FullName = "VMware ESXi " + config.Version + " build-1"
	model.ServiceContent.About = about
	if err := model.Create(); err != nil {
		return nil, err
	}
	h := &host{config: config, tickets: newTicketTable()}
	h.node = newNode(w, config.Name, model, url.UserPassword(w.config.User, w.config.Password))
	h.node.host = h
	h.skew.Store(int64(config.ClockSkew))
	h.license(config.ReadOnly)
	h.describe(about)
	if err := h.createLocal(); err != nil {
		return nil, err
	}
	name, _, err := net.SplitHostPort(config.Listen)
	if err != nil {
		return nil, err
	}
	certificate, err := config.identity(name)
	if err != nil {
		return nil, err
	}
	h.mux.HandleFunc("/guestFile", h.serveGuestFile)
	return h, h.serve(config.Listen, certificate)
}

// license gives the host the free licence, whose API is read-only, or the evaluation's.
func (h *host) license(readOnly bool) {
	h.readOnly.Store(readOnly)
	held := simulator.EvalLicense
	if readOnly {
		held.EditionKey, held.Name = "esxBasic", "vSphere Hypervisor (free)"
	}
	h.registry.Get(*h.content.LicenseManager).(*simulator.LicenseManager).Licenses =
		[]types.LicenseManagerLicenseInfo{held}
}

// identity is the host's certificate, which pins are written for before it starts.
func (c *HostConfig) identity(address string) (tls.Certificate, error) {
	if c.Certificate != "" {
		return tls.LoadX509KeyPair(c.Certificate, c.Key)
	}
	return (*authority)(nil).issue(c.Name, address)
}

func apiVersion(version string) string { return version + ".0" }

// describe makes the simulator's only host this one. Its template is shared by all, so what changes is copied.
func (h *host) describe(about types.AboutInfo) {
	h.system = h.registry.Any("HostSystem").(*simulator.HostSystem)
	if h.config.UUID == "" {
		h.config.UUID = uuid.NewString()
	}
	h.system.Name = h.config.Name
	h.system.Summary.Config.Name = h.config.Name
	h.system.Summary.Config.Product = &about
	h.system.Config.Product = about
	h.system.Summary.Hardware.Uuid = h.config.UUID
	h.system.Hardware.SystemInfo.Uuid = h.config.UUID
	h.system.Runtime.InMaintenanceMode = h.config.Maintenance
	for _, entity := range h.registry.All("ComputeResource") {
		if compute, ok := entity.(*mo.ComputeResource); ok {
			compute.Name = h.config.Name
		}
	}
	h.networks(h.system)
	h.installed()
}

// networks fills in what `networkSystem.networkInfo` of the simulator leaves out: the physical NICs.
func (h *host) networks(system *simulator.HostSystem) {
	info := h.networkInfo()
	if system == h.system {
		info.Pnic = system.Config.Network.Pnic
		info.Vnic = system.Config.Network.Vnic
		for index := range info.Vswitch {
			if info.Vswitch[index].Name == "vSwitch0" {
				info.Vswitch[index].Pnic = []string{"key-vim.host.PhysicalNic-vmnic0"}
				info.Vswitch[index].Key = "key-vim.host.VirtualSwitch-vSwitch0"
			}
		}
	}
}

func (h *host) networkInfo() *types.HostNetworkInfo {
	return h.registry.Get(*h.system.ConfigManager.NetworkSystem).(*simulator.HostNetworkSystem).NetworkInfo
}

func (h *host) datastoreSystem() *simulator.HostDatastoreSystem {
	return h.registry.Get(*h.system.ConfigManager.DatastoreSystem).(*simulator.HostDatastoreSystem)
}

func (h *host) createLocal() error {
	name := h.config.Datastore
	if name == "" {
		name = "datastore1"
	}
	h.local = filepath.Join(h.world.config.Directory, "datastores", h.config.Name, name)
	if err := os.MkdirAll(h.local, 0o700); err != nil {
		return err
	}
	system := h.datastoreSystem()
	body := system.CreateLocalDatastore(h.context(), &types.CreateLocalDatastore{
		This: system.Reference(), Name: name, Path: h.local}).(*methods.CreateLocalDatastoreBody)
	if body.Fault() != nil {
		return fmt.Errorf("%s: datastore: %s", h.config.Name, body.Fault().String)
	}
	h.size(h.registry.Get(body.Res.Returnval).(*simulator.Datastore))
	return nil
}

// size gives a local datastore the capacity and the free space that the config names.
func (h *host) size(store *simulator.Datastore) {
	store.Summary.Type = string(types.HostFileSystemVolumeFileSystemTypeVMFS)
	store.Summary.Capacity = h.config.CapacityGib * units.GB
	store.Summary.FreeSpace = h.config.FreeGib * units.GB
	store.Info.GetDatastoreInfo().FreeSpace = store.Summary.FreeSpace
}

// stores are the host's datastores.
func (h *host) stores() []*simulator.Datastore {
	var all []*simulator.Datastore
	for _, entity := range h.registry.All("Datastore") {
		if store, ok := entity.(*simulator.Datastore); ok {
			all = append(all, store)
		}
	}
	return all
}
