package main

import (
	"slices"

	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// hostServices starts and stops a host's services.
type hostServices struct{ noun }

// change edits one service. What a service's state does not allow is refused, as is a service that nobody knows.
func (o *hostServices) change(id string, edit func(*types.HostService) types.BaseMethodFault) *soap.Fault {
	esxi := o.node.hostOf(o.Self)
	if esxi == nil {
		return refuse("", &types.ManagedObjectNotFound{Obj: o.Self})
	}
	services := slices.Clone(esxi.system.Config.Service.Service)
	index := slices.IndexFunc(services, func(one types.HostService) bool { return one.Key == id })
	if index < 0 {
		return refuse("no such service: "+id, &types.NotFound{})
	}
	if fault := edit(&services[index]); fault != nil {
		return refuse("", fault)
	}
	esxi.system.Config.Service = &types.HostServiceInfo{Service: services}
	esxi.settingsChanged()
	return nil
}

// StartService refuses what runs.
func (o *hostServices) StartService(req *types.StartService) soap.HasFault {
	body := &methods.StartServiceBody{Res: &types.StartServiceResponse{}}
	if fault := o.change(req.Id, func(one *types.HostService) types.BaseMethodFault {
		if one.Running {
			return invalidState("the service runs already")
		}
		one.Running = true
		return nil
	}); fault != nil {
		body.Res, body.Fault_ = nil, fault
	}
	return body
}

// StopService refuses what does not run, and what the host cannot do without.
func (o *hostServices) StopService(req *types.StopService) soap.HasFault {
	body := &methods.StopServiceBody{Res: &types.StopServiceResponse{}}
	if fault := o.change(req.Id, func(one *types.HostService) types.BaseMethodFault {
		if !one.Running || one.Required {
			return invalidState("the service does not run, or the host needs it")
		}
		one.Running = false
		return nil
	}); fault != nil {
		body.Res, body.Fault_ = nil, fault
	}
	return body
}

// RestartService starts what does not run, too.
func (o *hostServices) RestartService(req *types.RestartService) soap.HasFault {
	body := &methods.RestartServiceBody{Res: &types.RestartServiceResponse{}}
	if fault := o.change(req.Id, func(one *types.HostService) types.BaseMethodFault {
		one.Running = true
		return nil
	}); fault != nil {
		body.Res, body.Fault_ = nil, fault
	}
	return body
}

// UpdateServicePolicy takes one of the three policies that there are.
func (o *hostServices) UpdateServicePolicy(req *types.UpdateServicePolicy) soap.HasFault {
	body := &methods.UpdateServicePolicyBody{Res: &types.UpdateServicePolicyResponse{}}
	if fault := o.change(req.Id, func(one *types.HostService) types.BaseMethodFault {
		if !slices.Contains([]string{"on", "off", "automatic"}, req.Policy) {
			return &types.InvalidArgument{InvalidProperty: "policy"}
		}
		one.Policy = req.Policy
		return nil
	}); fault != nil {
		body.Res, body.Fault_ = nil, fault
	}
	return body
}
