package main

import (
	"log"
	"strings"

	"github.com/vmware/govmomi/simulator"
	ssomethods "github.com/vmware/govmomi/ssoadmin/methods"
	simulated "github.com/vmware/govmomi/ssoadmin/simulator"
	ssotypes "github.com/vmware/govmomi/ssoadmin/types"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

var groupCheck = types.ManagedObjectReference{Type: "SsoGroupcheckGroupCheckService", Value: "groupCheckService"}

// some of the groups that a vCenter is born with.
var bornGroups = []string{"Administrators", "ReadOnlyUsers", "Users"}

func (v *vcenter) makeGroups() {
	service := v.directory.Get(management).(*principals)
	for _, name := range bornGroups {
		if service.CreateLocalGroup(v.context(), &ssotypes.CreateLocalGroup{GroupName: name}).Fault() != nil {
			log.Printf("group %s cannot be made", name)
		}
	}
}

// groups are those that SSO knows.
func (v *vcenter) groups() []ssotypes.AdminGroup {
	service, ok := v.directory.Get(discovery).(*simulated.PrincipalDiscoveryService)
	if !ok {
		return nil
	}
	return service.FindGroups(v.context(), &ssotypes.FindGroups{}).(*ssomethods.FindGroupsBody).Res.Returnval
}

func (v *vcenter) knownGroup(principal string) bool {
	for _, group := range v.groups() {
		if v.account(group.Id.Name+"@"+group.Id.Domain) == v.account(principal) {
			return true
		}
	}
	return false
}

// member tells whether a user is in a group.
func (v *vcenter) member(user, group string) bool {
	service, ok := v.directory.Get(groupCheck).(*simulated.GroupcheckService)
	if !ok {
		return false
	}
	for _, one := range v.users() {
		if v.account(one.Id.Name+"@"+one.Id.Domain) != v.account(user) {
			continue
		}
		found := service.FindAllParentGroups(v.context(), &ssotypes.FindAllParentGroups{UserId: one.Id})
		answer := found.(*ssomethods.FindAllParentGroupsBody)
		if answer.Res == nil {
			return false
		}
		for _, id := range answer.Res.Returnval {
			if v.account(id.Name+"@"+id.Domain) == v.account(group) {
				return true
			}
		}
	}
	return false
}

// userDirectory answers for the users and groups that permissions can be given to.
type userDirectory struct{ noun }

// RetrieveUserGroups finds by name, in SSO's domain alone.
func (o *userDirectory) RetrieveUserGroups(req *types.RetrieveUserGroups) soap.HasFault {
	body, v := &methods.RetrieveUserGroupsBody{}, o.node.vcenter
	if req.Domain != "" && !strings.EqualFold(req.Domain, v.domain) {
		body.Fault_ = simulator.Fault("no such domain", &types.NotFound{})
		return body
	}
	body.Res = &types.RetrieveUserGroupsResponse{}
	add := func(name string, group bool) {
		one, wanted := strings.ToLower(name), strings.ToLower(req.SearchStr)
		if one == wanted || !req.ExactMatch && strings.Contains(one, wanted) {
			body.Res.Returnval = append(body.Res.Returnval,
				&types.UserSearchResult{Principal: name, FullName: name, Group: group})
		}
	}
	if req.FindUsers {
		for _, user := range v.users() {
			add(user.Id.Name, false)
		}
	}
	if req.FindGroups {
		for _, group := range v.groups() {
			add(group.Id.Name, true)
		}
	}
	return body
}
