package main

import (
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	ssomethods "github.com/vmware/govmomi/ssoadmin/methods"
	ssotypes "github.com/vmware/govmomi/ssoadmin/types"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// ssoSessions logs in to the SSO administration service, which the simulator does for anybody and without a session.
type ssoSessions struct {
	mo.SessionManager
	vcenter *vcenter
}

// Login takes a token that this vCenter issued, in the call's header, and gives a cookie.
func (s *ssoSessions) Login(ctx *simulator.Context, _ *ssotypes.Login) soap.HasFault {
	user := s.vcenter.tokenUser(ctx.Header)
	if user == "" {
		return &ssomethods.LoginBody{Fault_: refuse("", &types.InvalidLogin{})}
	}
	now := time.Now().UTC()
	// The session is the SDK's: its registry has the event manager that a log-in is told to.
	sdk := ctx.For(vim25.Path)
	sdk.SetSession(simulator.Session{
		UserSession: types.UserSession{Key: uuid.NewString(), UserName: user, LoginTime: now, LastActiveTime: now},
		Registry:    simulator.NewRegistry(),
		Map:         sdk.Map,
	}, true)
	return &ssomethods.LoginBody{Res: new(ssotypes.LoginResponse)}
}

// Logout ends nothing else than what the simulator ends.
func (s *ssoSessions) Logout(*simulator.Context, *ssotypes.Logout) soap.HasFault {
	return &ssomethods.LogoutBody{Res: new(ssotypes.LogoutResponse)}
}
