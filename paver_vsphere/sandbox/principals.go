package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/ssoadmin/methods"
	simulated "github.com/vmware/govmomi/ssoadmin/simulator"
	"github.com/vmware/govmomi/ssoadmin/types"
	"github.com/vmware/govmomi/vim25/soap"
	vim "github.com/vmware/govmomi/vim25/types"
)

var management = vim.ManagedObjectReference{Type: "SsoAdminPrincipalManagementService", Value: "principalManagementService"}

// principals manages SSO's users, passwords among them, of which the simulator changes a copy.
type principals struct {
	*simulated.PrincipalManagementService
	vcenter *vcenter
}

// ResetLocalPersonUserPassword makes the user anew with the other password: what else he is stays.
func (p *principals) ResetLocalPersonUserPassword(ctx *simulator.Context, req *types.ResetLocalPersonUserPassword) soap.HasFault {
	body := new(methods.ResetLocalPersonUserPasswordBody)
	for _, user := range p.vcenter.users() {
		if user.Id.Name != req.UserName {
			continue
		}
		p.DeleteLocalPrincipal(ctx, &types.DeleteLocalPrincipal{PrincipalName: req.UserName})
		p.CreateLocalPersonUser(ctx, &types.CreateLocalPersonUser{
			UserName: req.UserName, UserDetails: user.Details, Password: req.NewPassword,
		})
		body.Res = new(types.ResetLocalPersonUserPasswordResponse)
		return body
	}
	body.Fault_ = simulator.Fault("", new(vim.NotFound))
	return body
}
