package main

import (
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// hostClock is the clock of a host, which the simulator has not.
type hostClock struct{ noun }

// QueryDateTime tells the host's time, with the skew that was asked for.
func (o *hostClock) QueryDateTime(*types.QueryDateTime) soap.HasFault {
	return &methods.QueryDateTimeBody{Res: &types.QueryDateTimeResponse{Returnval: o.node.now().UTC()}}
}

// UpdateDateTimeConfig replaces the time servers where the call names any configuration of them: a list that is
// empty is none.
func (o *hostClock) UpdateDateTimeConfig(req *types.UpdateDateTimeConfig) soap.HasFault {
	body := &methods.UpdateDateTimeConfigBody{}
	esxi := o.node.hostOf(o.Self)
	if esxi == nil {
		body.Fault_ = refuse("", &types.ManagedObjectNotFound{Obj: o.Self})
		return body
	}
	if zone := req.Config.TimeZone; zone != "" && zone != esxi.system.Config.DateTimeInfo.TimeZone.Key {
		body.Fault_ = refuse("an ESXi host keeps UTC", &types.InvalidArgument{InvalidProperty: "timeZone"})
		return body
	}
	if ntp := req.Config.NtpConfig; ntp != nil {
		info := *esxi.system.Config.DateTimeInfo
		info.NtpConfig = &types.HostNtpConfig{Server: ntp.Server}
		esxi.system.Config.DateTimeInfo = &info
		esxi.settingsChanged()
	}
	body.Res = &types.UpdateDateTimeConfigResponse{}
	return body
}
