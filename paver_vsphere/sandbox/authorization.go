package main

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// authorization answers for roles and permissions, of which the simulator keeps lists and checks nothing.
type authorization struct{ noun }

// AddAuthorizationRole returns the role's id; the simulator returns 0 for each.
func (o *authorization) AddAuthorizationRole(req *types.AddAuthorizationRole) soap.HasFault {
	answer := o.node.authorization().AddAuthorizationRole(req).(*methods.AddAuthorizationRoleBody)
	if answer.Res != nil {
		for _, role := range o.node.authorization().RoleList {
			if role.Name == req.Name {
				answer.Res.Returnval = role.RoleId
			}
		}
	}
	return answer
}

// RemoveAuthorizationRole refuses a role in use when asked to, and takes its permissions away otherwise.
func (o *authorization) RemoveAuthorizationRole(req *types.RemoveAuthorizationRole) soap.HasFault {
	body := &methods.RemoveAuthorizationRoleBody{}
	for _, entity := range o.node.registry.All("") {
		held := o.node.permissions(entity.Reference())
		kept := slices.DeleteFunc(slices.Clone(held), func(one types.Permission) bool { return one.RoleId == req.RoleId })
		if len(kept) == len(held) {
			continue
		}
		if req.FailIfUsed {
			body.Fault_ = refuse("the role is in use", &types.RemoveFailed{})
			return body
		}
		o.node.grant(entity.Reference(), kept)
	}
	return o.node.authorization().RemoveAuthorizationRole(req)
}

// SetEntityPermissions adds or changes; the simulator replaces all that the object has.
func (o *authorization) SetEntityPermissions(req *types.SetEntityPermissions) soap.HasFault {
	body := &methods.SetEntityPermissionsBody{}
	merged := o.node.permissions(req.Entity)
	for _, permission := range req.Permission {
		if !slices.ContainsFunc(o.node.authorization().RoleList, func(role types.AuthorizationRole) bool {
			return role.RoleId == permission.RoleId
		}) {
			body.Fault_ = refuse("no such role", &types.NotFound{})
			return body
		}
		if v := o.node.vcenter; v != nil {
			known := v.known
			if permission.Group {
				known = v.knownGroup
			}
			if !known(permission.Principal) {
				unknown := &types.UserNotFound{Principal: permission.Principal}
				body.Fault_ = refuse("no such user or group", unknown)
				return body
			}
		}
		merged = slices.DeleteFunc(merged, func(one types.Permission) bool {
			return one.Principal == permission.Principal && one.Group == permission.Group
		})
		entity := req.Entity
		permission.Entity = &entity
		merged = append(merged, permission)
	}
	o.node.grant(req.Entity, merged)
	body.Res = &types.SetEntityPermissionsResponse{}
	return body
}

// RemoveEntityPermission takes one away.
func (o *authorization) RemoveEntityPermission(req *types.RemoveEntityPermission) soap.HasFault {
	o.node.grant(req.Entity, slices.DeleteFunc(o.node.permissions(req.Entity), func(one types.Permission) bool {
		return one.Principal == req.User && one.Group == req.IsGroup
	}))
	return &methods.RemoveEntityPermissionBody{Res: &types.RemoveEntityPermissionResponse{}}
}

// RetrieveAllPermissions leaves out what is gone.
func (o *authorization) RetrieveAllPermissions(*types.RetrieveAllPermissions) soap.HasFault {
	var all []types.Permission
	for _, entity := range o.node.registry.All("") {
		all = append(all, o.node.permissions(entity.Reference())...)
	}
	return &methods.RetrieveAllPermissionsBody{Res: &types.RetrieveAllPermissionsResponse{Returnval: all}}
}

// permissions are those set on the object itself, in a slice of the caller's own. They are asked for outside of the
// simulator's lock too, of objects that go at the same time.
func (n *node) permissions(entity types.ManagedObjectReference) []types.Permission {
	n.granting.Lock()
	defer n.granting.Unlock()
	all := n.authorization().RetrieveAllPermissions(nil).(*methods.RetrieveAllPermissionsBody).Res.Returnval
	return slices.DeleteFunc(all, func(one types.Permission) bool { return one.Entity == nil || *one.Entity != entity })
}

// grant sets all permissions of an object.
func (n *node) grant(entity types.ManagedObjectReference, permissions []types.Permission) {
	n.granting.Lock()
	defer n.granting.Unlock()
	n.authorization().SetEntityPermissions(&types.SetEntityPermissions{Entity: entity, Permission: permissions})
}

func (n *node) authorization() *simulator.AuthorizationManager {
	return n.registry.Get(n.content.AuthorizationManager.Reference()).(*simulator.AuthorizationManager)
}

// FetchUserPrivilegeOnEntities tells what a user really may.
func (o *authorization) FetchUserPrivilegeOnEntities(req *types.FetchUserPrivilegeOnEntities) soap.HasFault {
	var all []types.UserPrivilegeResult
	for _, entity := range req.Entities {
		all = append(all, types.UserPrivilegeResult{Entity: entity, Privileges: o.granted(req.UserName, entity)})
	}
	return &methods.FetchUserPrivilegeOnEntitiesBody{Res: &types.FetchUserPrivilegeOnEntitiesResponse{Returnval: all}}
}

func (o *authorization) granted(user string, entity types.ManagedObjectReference) []string {
	if o.node.vcenter == nil {
		return nil
	}
	return o.node.vcenter.granted(user, entity)
}

// HasUserPrivilegeOnEntities answers per privilege; the simulator always says yes.
func (o *authorization) HasUserPrivilegeOnEntities(req *types.HasUserPrivilegeOnEntities) soap.HasFault {
	return &methods.HasUserPrivilegeOnEntitiesBody{Res: &types.HasUserPrivilegeOnEntitiesResponse{
		Returnval: o.availability(req.UserName, req.Entities, req.PrivId)}}
}

// HasPrivilegeOnEntities is the same for the caller.
func (o *authorization) HasPrivilegeOnEntities(ctx *simulator.Context, req *types.HasPrivilegeOnEntities) soap.HasFault {
	return &methods.HasPrivilegeOnEntitiesBody{Res: &types.HasPrivilegeOnEntitiesResponse{
		Returnval: o.availability(ctx.Session.UserName, req.Entity, req.PrivId)}}
}

func (o *authorization) availability(user string, entities []types.ManagedObjectReference,
	privileges []string) []types.EntityPrivilege {
	var all []types.EntityPrivilege
	for _, entity := range entities {
		granted := o.granted(user, entity)
		one := types.EntityPrivilege{Entity: entity}
		for _, id := range privileges {
			one.PrivAvailability = append(one.PrivAvailability, types.PrivilegeAvailability{
				PrivId: id, IsGranted: o.node.vcenter == nil || slices.Contains(granted, id)})
		}
		all = append(all, one)
	}
	return all
}
