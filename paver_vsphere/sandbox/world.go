package main

import (
	"log"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/vmware/govmomi/vim25/types"
)

// world is everything of one sandbox: the hosts, the vCenters that run on them, and how they shall misbehave.
type world struct {
	config  *Config
	hosts   []*host
	faults  faultTable
	calls   calls
	latency atomic.Int64 // milliseconds
	skew    atomic.Int64 // seconds that the vCenters' clocks are ahead
	active  atomic.Int64 // UnixNano of the last request

	mutex      sync.Mutex
	firstBoot  FirstBoot
	lease      float64
	appliances map[applianceKey]*appliance
	closing    chan struct{}
	once       sync.Once
}

// applianceKey is the VM that an appliance runs in.
type applianceKey struct {
	scope string
	vm    types.ManagedObjectReference
}

func newWorld(config *Config) (*world, error) {
	w := &world{config: config, firstBoot: config.FirstBoot, lease: config.LeaseSeconds,
		appliances: map[applianceKey]*appliance{}, closing: make(chan struct{})}
	w.latency.Store(int64(config.LatencyMs))
	if err := w.faults.set(config.Faults); err != nil {
		return nil, err
	}
	for index := range config.Hosts {
		host, err := newHost(w, &config.Hosts[index])
		if err != nil {
			return nil, err
		}
		w.hosts = append(w.hosts, host)
	}
	return w, nil
}

func (w *world) close() { w.once.Do(func() { close(w.closing) }) }

func (w *world) hostByUUID(uuid string) *host {
	for _, host := range w.hosts {
		if host.config.UUID == uuid {
			return host
		}
	}
	return nil
}

// running lists the appliances, whatever their state.
func (w *world) running() []*appliance {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	all := make([]*appliance, 0, len(w.appliances))
	for _, one := range w.appliances {
		all = append(all, one)
	}
	return all
}

// safely runs work of the sandbox's own in the background: a panic there would end the process.
func safely(what string, work func()) {
	defer func() {
		if failure := recover(); failure != nil {
			log.Printf("%s failed: %v\n%s", what, failure, debug.Stack())
		}
	}()
	work()
}
