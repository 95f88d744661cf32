package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"regexp"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// guestData is what cloud-init reads in a guest (cloud-init, "Datasources: VMware").
type guestData struct {
	address string
	tells   []string // the settings that its user data has the host key written into
}

var infoSet = regexp.MustCompile(`info-set (guestinfo\.[\w.-]+) \$\(cat /etc/ssh/ssh_host_ed25519_key\.pub\)`)

// cloudInit reads a VM's settings as its guest would; nil: there is nothing for it, or nothing that it understands.
func cloudInit(vm *simulator.VirtualMachine) *guestData {
	metadata := guestInfo(vm, "metadata")
	if metadata == "" {
		return nil
	}
	var read struct {
		Network struct {
			Version   int `json:"version"`
			Ethernets map[string]struct {
				Addresses []string `json:"addresses"`
			} `json:"ethernets"`
		} `json:"network"`
	}
	if err := json.Unmarshal([]byte(metadata), &read); err != nil || read.Network.Version != 2 {
		log.Printf("%s: guestinfo.metadata is nothing that this cloud-init reads: %v", vm.Name, err)
		return nil
	}
	data := &guestData{}
	for _, card := range read.Network.Ethernets {
		for _, address := range card.Addresses {
			data.address, _, _ = strings.Cut(address, "/")
		}
	}
	if user := guestInfo(vm, "userdata"); strings.HasPrefix(user, "#cloud-config\n") {
		var plain struct {
			Commands []string `json:"runcmd"`
		}
		if err := json.Unmarshal([]byte(strings.TrimPrefix(user, "#cloud-config\n")), &plain); err != nil {
			log.Printf("%s: guestinfo.userdata is nothing that this cloud-init reads: %v", vm.Name, err)
		}
		for _, command := range plain.Commands {
			for _, match := range infoSet.FindAllStringSubmatch(command, -1) {
				data.tells = append(data.tells, match[1])
			}
		}
	}
	return data
}

// guestInfo is a setting of the guest's, decoded as its encoding says.
func guestInfo(vm *simulator.VirtualMachine, name string) string {
	text, encoding := setting(vm, "guestinfo."+name), setting(vm, "guestinfo."+name+".encoding")
	if encoding == "" {
		return text
	}
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil || encoding != "base64" {
		log.Printf("%s: guestinfo.%s is no %s", vm.Name, name, encoding)
		return ""
	}
	return string(decoded)
}

func setting(vm *simulator.VirtualMachine, key string) string {
	if vm.Config == nil {
		return ""
	}
	for _, option := range vm.Config.ExtraConfig {
		if value := option.GetOptionValue(); value.Key == key {
			text, _ := value.Value.(string)
			return text
		}
	}
	return ""
}

// boot does what a guest with cloud-init and VMware Tools does: it takes its address, and tells its host key once.
func (n *node) boot(vm *simulator.VirtualMachine) {
	own := n.context()
	n.registry.WithLock(own, vm, func() {
		data := cloudInit(vm)
		if data == nil || vm.Guest == nil {
			return
		}
		extra := vm.Config.ExtraConfig
		for _, key := range data.tells {
			if setting(vm, key) == "" {
				extra = append(extra, &types.OptionValue{Key: key, Value: hostKey() + " root@" + vm.Name})
			}
		}
		n.registry.Update(own, vm, []types.PropertyChange{
			{Name: "config.extraConfig", Val: extra},
			{Name: "guest.toolsRunningStatus", Val: string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)},
			{Name: "guest.ipAddress", Val: data.address},
			{Name: "summary.guest.ipAddress", Val: data.address},
		})
	})
}

// asleep is a guest that runs no longer.
func (n *node) asleep(vm *simulator.VirtualMachine) {
	own := n.context()
	n.registry.WithLock(own, vm, func() {
		if vm.Guest == nil {
			return
		}
		n.registry.Update(own, vm, []types.PropertyChange{
			{Name: "guest.toolsRunningStatus", Val: string(types.VirtualMachineToolsRunningStatusGuestToolsNotRunning)},
			{Name: "guest.ipAddress", Val: ""},
			{Name: "summary.guest.ipAddress", Val: ""},
		})
	})
}

// hostKey is the public half of a new one, as OpenSSH writes it.
func hostKey() string {
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		return ""
	}
	var wire []byte
	for _, part := range [][]byte{[]byte("ssh-ed25519"), public} {
		wire = append(binary.BigEndian.AppendUint32(wire, uint32(len(part))), part...)
	}
	return fmt.Sprintf("ssh-ed25519 %s", base64.StdEncoding.EncodeToString(wire))
}
