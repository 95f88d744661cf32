package main

import (
	"crypto/tls"
	"encoding/xml"
	"fmt"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

const ovfEnvironment = "guestinfo.ovfEnv"

// appliance is a VM with the vCenter appliance's properties that was powered on: first boot, then a vCenter.
type appliance struct {
	world      *world
	host       *host
	vm         types.ManagedObjectReference
	properties map[string]string
	started    time.Time

	mutex   sync.Mutex
	boot    FirstBoot
	state   string
	setup   tls.Certificate
	server  *http.Server
	vcenter *vcenter
	off     bool
}

// applianceProperties reads what the guest would: a bare ESXi builds no OVF environment, so only the extraConfig
// value counts, and vApp properties do not.
func applianceProperties(vm *simulator.VirtualMachine) map[string]string {
	if vm.Config == nil {
		return nil
	}
	for _, option := range vm.Config.ExtraConfig {
		value := option.GetOptionValue()
		if value.Key != ovfEnvironment {
			continue
		}
		text, _ := value.Value.(string)
		var environment struct {
			Properties []struct {
				Key   string `xml:"key,attr"`
				Value string `xml:"value,attr"`
			} `xml:"PropertySection>Property"`
		}
		if err := xml.Unmarshal([]byte(text), &environment); err != nil {
			log.Printf("%s is no OVF environment: %s", ovfEnvironment, err)
			return nil
		}
		properties := map[string]string{}
		for _, property := range environment.Properties {
			if strings.HasPrefix(property.Key, "guestinfo.cis.") {
				properties[property.Key] = property.Value
			}
		}
		return properties
	}
	return nil
}

// powerOn starts the appliance that this VM is, if it is one. What was configured once comes back as it was.
func (h *host) powerOn(vm *simulator.VirtualMachine) {
	key := applianceKey{h.scope, vm.Self}
	h.world.mutex.Lock()
	one, known := h.world.appliances[key]
	boot := h.world.firstBoot
	h.world.mutex.Unlock()
	if !known {
		properties := applianceProperties(vm)
		if len(properties) == 0 {
			return
		}
		one = &appliance{world: h.world, host: h, vm: vm.Self, properties: properties}
		h.world.mutex.Lock()
		h.world.appliances[key] = one
		h.world.mutex.Unlock()
	}
	one.start(boot)
	h.guest(vm, one.address())
}

// powerOff stops what runs in this VM; forget it when the VM is gone.
func (h *host) powerOff(vm types.ManagedObjectReference, forget bool) {
	key := applianceKey{h.scope, vm}
	h.world.mutex.Lock()
	one := h.world.appliances[key]
	if forget {
		delete(h.world.appliances, key)
	}
	h.world.mutex.Unlock()
	if one != nil {
		one.stop()
	}
}

// guest shows VMware Tools running in the VM, as they do once the appliance is up.
func (h *host) guest(vm *simulator.VirtualMachine, address string) {
	own := h.context()
	h.registry.WithLock(own, vm, func() {
		if vm.Guest == nil {
			return
		}
		vm.Guest.GuestOperationsReady = types.NewBool(true)
		h.registry.Update(own, vm, []types.PropertyChange{
			{Name: "guest.toolsRunningStatus", Val: string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)},
			{Name: "guest.ipAddress", Val: address},
		})
	})
}

func (a *appliance) property(key string) string { return a.properties["guestinfo.cis."+key] }

func (a *appliance) address() string { return a.property("appliance.net.addr") }

func (a *appliance) listenHost() string {
	if a.world.config.VcenterListen != "" {
		return a.world.config.VcenterListen
	}
	return a.address()
}

// missing names the first property without which first boot fails.
func (a *appliance) missing() string {
	needed := []string{"appliance.net.addr.family", "appliance.net.mode", "appliance.net.addr", "appliance.net.prefix",
		"appliance.net.gateway", "appliance.net.pnid", "appliance.root.passwd"}
	if a.auto() {
		needed = append(needed, "vmdir.password", "vmdir.domain-name")
	}
	for _, key := range needed {
		if a.property(key) == "" {
			return "guestinfo.cis." + key
		}
	}
	return ""
}

func (a *appliance) auto() bool {
	return strings.EqualFold(a.property("deployment.autoconfig"), "true")
}

func (a *appliance) start(boot FirstBoot) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.off = false
	if err := a.listen(); err != nil {
		log.Printf("appliance: its set-up service cannot listen: %s", err) // a guest without a network
		return
	}
	log.Printf("appliance: first boot of %s", a.address())
	if a.vcenter != nil {
		a.state = "CONFIGURED"
		a.serveVcenter()
		return
	}
	a.boot, a.state, a.started = boot, "INITIALIZED", time.Now()
	if missing := a.missing(); missing != "" {
		a.boot = FirstBoot{Outcome: "FAILED", Message: "property " + missing + " is missing"}
	}
	if a.auto() || a.boot.Outcome == "FAILED" {
		a.install()
	}
}

// listen opens the set-up service with a certificate of its own making. The mutex is held.
func (a *appliance) listen() error {
	certificate, err := (*authority)(nil).issue(a.property("appliance.net.pnid"), a.address())
	if err != nil {
		return err
	}
	a.setup = certificate
	address := net.JoinHostPort(a.listenHost(), strconv.Itoa(a.world.config.SetupPort))
	a.server, err = listen(address, certificate, &front{world: a.world, scope: "setup", handler: a.setupAPI()})
	return err
}

// leave closes the set-up service, as first boot does when it restarts it.
func (a *appliance) leave() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.server != nil {
		_ = a.server.Close()
		a.server = nil
	}
}

// comeBack opens it again.
func (a *appliance) comeBack() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.off || a.server != nil {
		return
	}
	if err := a.listen(); err != nil {
		a.fail(err)
	}
}

// install runs what follows INITIALIZED. The mutex is held.
func (a *appliance) install() {
	a.state, a.started = "CONFIG_IN_PROGRESS", time.Now()
	time.AfterFunc(seconds(a.boot.Seconds), func() { safely("first boot", a.finish) })
	if a.boot.Restarts {
		time.AfterFunc(seconds(a.boot.Seconds/3), func() { safely("first boot", a.leave) })
		time.AfterFunc(seconds(a.boot.Seconds*2/3), func() { safely("first boot", a.comeBack) })
	}
}

func (a *appliance) finish() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.off || a.state != "CONFIG_IN_PROGRESS" {
		return
	}
	if a.boot.Outcome != "CONFIGURED" {
		a.state = a.boot.Outcome
		return
	}
	vcenter, err := newVcenter(a)
	if err != nil {
		a.fail(err)
		return
	}
	a.vcenter = vcenter
	a.serveVcenter()
}

func (a *appliance) serveVcenter() {
	address := net.JoinHostPort(a.listenHost(), strconv.Itoa(a.world.config.VcenterPort))
	if err := a.vcenter.serve(address, a.vcenter.machine); err != nil {
		a.fail(err)
		return
	}
	a.state = "CONFIGURED"
}

func (a *appliance) fail(err error) {
	log.Printf("appliance: %s", err)
	a.state, a.boot.Message = "FAILED", fmt.Sprintf("firstboot: %s", err)
}

func (a *appliance) stop() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.off = true
	if a.server != nil {
		_ = a.server.Close()
		a.server = nil
	}
	if a.vcenter != nil {
		a.vcenter.stop()
	}
}
