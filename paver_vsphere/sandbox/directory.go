package main

import (
	"github.com/vmware/govmomi/ssoadmin/methods"
	simulated "github.com/vmware/govmomi/ssoadmin/simulator"
	"github.com/vmware/govmomi/ssoadmin/types"
	vim "github.com/vmware/govmomi/vim25/types"
)

var discovery = vim.ManagedObjectReference{Type: "SsoAdminPrincipalDiscoveryService", Value: "principalDiscoveryService"}

// users are the people that SSO knows.
func (v *vcenter) users() []types.AdminPersonUser {
	service, ok := v.directory.Get(discovery).(*simulated.PrincipalDiscoveryService)
	if !ok {
		return nil
	}
	body := service.FindPersonUsers(v.context(), &types.FindPersonUsers{}).(*methods.FindPersonUsersBody)
	return body.Res.Returnval
}

// known tells whether SSO has this user.
func (v *vcenter) known(principal string) bool {
	for _, user := range v.users() {
		if v.account(user.Id.Name+"@"+user.Id.Domain) == v.account(principal) {
			return true
		}
	}
	return false
}
