package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// thing is one object of the census.
type thing struct {
	Type  string         `json:"type"`
	Name  string         `json:"name"`
	Path  string         `json:"path"`
	Props map[string]any `json:"props"`
}

// census lists everything that a server holds, read from the simulator itself.
func (n *node) census() []thing {
	all := []thing{}
	for _, entity := range n.registry.All("") {
		ref := entity.Reference()
		all = append(all, thing{ref.Type, nameOf(entity), n.path(entity), n.properties(entity)})
	}
	all = append(all, n.roles()...)
	all = append(all, n.standardSwitches()...)
	all = append(all, n.licences()...)
	if n.vcenter != nil {
		all = append(all, n.vcenter.rest.trustedRoots()...)
	}
	slices.SortFunc(all, func(one, other thing) int {
		return cmp.Or(strings.Compare(one.Type, other.Type), strings.Compare(one.Path, other.Path))
	})
	return all
}

func (n *node) path(entity mo.Entity) string {
	parent := entity.Entity().Parent
	if parent == nil {
		return "/"
	}
	holder, ok := n.registry.Get(*parent).(mo.Entity)
	if !ok {
		return "?/" + nameOf(entity)
	}
	return strings.TrimSuffix(n.path(holder), "/") + "/" + nameOf(entity)
}

// properties are what marks and settings are read from.
func (n *node) properties(entity mo.Entity) map[string]any {
	props := map[string]any{}
	values := map[string]string{}
	for _, base := range entity.Entity().CustomValue {
		if value, ok := base.(*types.CustomFieldStringValue); ok {
			values[n.fieldName(value.Key)] = value.Value
		}
	}
	if len(values) > 0 {
		props["customValue"] = values
	}
	if permissions := n.permissions(entity.Reference()); n.vcenter != nil && len(permissions) > 0 {
		props["permissions"] = n.grants(permissions)
	}
	if licence := n.licenceOf(entity); licence != "" {
		props["licence"] = licence
	}
	switch one := entity.(type) {
	case *simulator.VirtualMachine:
		machineProperties(one, props)
		props["networks"] = n.names(one.Network)
	case *simulator.DistributedVirtualSwitch:
		config := one.Config.GetDVSConfigInfo()
		props["description"], props["uuid"], props["hosts"] = config.Description, one.Uuid, n.names(one.Summary.HostMember)
		if own, ok := one.Config.(*types.VMwareDVSConfigInfo); ok {
			props["mtu"] = own.MaxMtu
		}
	case *simulator.DistributedVirtualPortgroup:
		props["description"], props["vlan"] = one.Config.Description, vlan(one.Config.DefaultPortConfig)
		props["allows"] = allowed(one.Config.DefaultPortConfig)
	case *simulator.HostSystem:
		props["connection"], props["maintenance"] = one.Runtime.ConnectionState, one.Runtime.InMaintenanceMode
		props["managementServerIp"], props["datastores"] = one.Summary.ManagementServerIp, n.names(one.Datastore)
		if n.host != nil {
			n.host.settingsProperties(props)
		}
	case *simulator.ClusterComputeResource:
		if groups := n.groups(one); len(groups) > 0 {
			props["groups"] = groups
		}
		if rules := n.rules(one); len(rules) > 0 {
			props["rules"] = rules
		}
	case *simulator.Datastore:
		props["kind"] = one.Summary.Type
		if volume := nas(one); volume != nil {
			props["nfs"] = volume.RemoteHost + ":" + volume.RemotePath
		}
		mounts := make([]types.ManagedObjectReference, 0, len(one.Host))
		for _, mount := range one.Host {
			mounts = append(mounts, mount.Key)
		}
		props["hosts"] = n.names(mounts)
		props["files"] = files(one.Summary.Url)
	}
	return props
}

func machineProperties(vm *simulator.VirtualMachine, props map[string]any) {
	extra := map[string]any{}
	if vm.Config != nil {
		for _, option := range vm.Config.ExtraConfig {
			extra[option.GetOptionValue().Key] = option.GetOptionValue().Value
		}
		props["template"], props["annotation"] = vm.Config.Template, vm.Config.Annotation
		props["cpus"], props["memory_mib"] = vm.Config.Hardware.NumCPU, vm.Config.Hardware.MemoryMB
	}
	props["extraConfig"], props["power"] = extra, vm.Runtime.PowerState
}

func (n *node) names(refs []types.ManagedObjectReference) []string {
	names := []string{}
	for _, ref := range refs {
		if entity, ok := n.registry.Get(ref).(mo.Entity); ok {
			names = append(names, nameOf(entity))
		}
	}
	slices.Sort(names)
	return names
}

func (n *node) fieldName(key int32) string {
	if n.content.CustomFieldsManager != nil {
		for _, field := range n.registry.CustomFieldsManager().Field {
			if field.Key == key {
				return field.Name
			}
		}
	}
	return fmt.Sprint(key)
}

func (n *node) grants(permissions []types.Permission) []string {
	manager := n.authorization()
	grants := []string{}
	for _, permission := range permissions {
		name := fmt.Sprint(permission.RoleId)
		if role := object.AuthorizationRoleList(manager.RoleList).ById(permission.RoleId); role != nil {
			name = role.Name
		}
		grants = append(grants, fmt.Sprintf("%s=%s propagate=%t", permission.Principal, name, permission.Propagate))
	}
	slices.Sort(grants)
	return grants
}

// roles, users, groups and attribute definitions are no entities, and are left behind all the same.
func (n *node) roles() []thing {
	if n.vcenter == nil {
		return nil
	}
	all := []thing{}
	manager := n.authorization()
	for _, role := range manager.RoleList {
		if !role.System && role.RoleId >= 0 {
			all = append(all, thing{"Role", role.Name, role.Name, map[string]any{"privileges": sorted(role.Privilege)}})
		}
	}
	for _, user := range n.vcenter.users() {
		all = append(all, thing{"User", user.Id.Name, user.Id.Name + "@" + user.Id.Domain,
			map[string]any{"description": user.Details.Description}})
	}
	for _, group := range n.vcenter.groups() {
		all = append(all, thing{"Group", group.Id.Name, group.Id.Name + "@" + group.Id.Domain,
			map[string]any{"description": group.Details.Description}})
	}
	for _, field := range n.registry.CustomFieldsManager().Field {
		all = append(all, thing{"CustomField", field.Name, field.Name, map[string]any{"for": field.ManagedObjectType}})
	}
	return all
}

func sorted(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}

// standardSwitches are a host's own networking.
func (n *node) standardSwitches() []thing {
	if n.host == nil {
		return nil
	}
	all := []thing{}
	info := n.host.networkInfo()
	for _, one := range info.Vswitch {
		all = append(all, thing{"HostVirtualSwitch", one.Name, one.Name, map[string]any{"pnic": one.Pnic}})
	}
	for _, one := range info.Portgroup {
		all = append(all, thing{"HostPortGroup", one.Spec.Name, one.Spec.VswitchName + "/" + one.Spec.Name,
			map[string]any{"vlan": one.Spec.VlanId}})
	}
	for _, one := range info.ProxySwitch {
		all = append(all, thing{"HostProxySwitch", one.DvsName, one.DvsName, map[string]any{"pnic": one.Pnic}})
	}
	return all
}

// dump is the census of every server, by scope: a host's name, "vcenter".
func (w *world) dump() ([]byte, error) {
	scopes := map[string][]thing{}
	for _, host := range w.hosts {
		scopes[host.scope] = host.census()
	}
	for _, one := range w.running() {
		one.mutex.Lock()
		server := one.vcenter
		one.mutex.Unlock()
		if server != nil && server.server != nil {
			scopes[server.scope] = server.census()
		}
	}
	return json.MarshalIndent(scopes, "", " ")
}
