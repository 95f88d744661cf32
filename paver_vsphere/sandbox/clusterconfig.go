package main

import (
	"reflect"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// kept refuses what the simulator would drop without a word. Of HA and DRS it stores whether they are on, whether HA
// holds back for failures, how DRS places machines, groups, rules, and what is said of single machines.
func kept(spec types.ClusterConfigSpecEx) types.BaseMethodFault {
	if das := spec.DasConfig; das != nil {
		rest := *das
		rest.Enabled, rest.AdmissionControlEnabled = nil, nil
		if !reflect.DeepEqual(rest, types.ClusterDasConfigInfo{}) {
			return &types.NotSupported{}
		}
	}
	if drs := spec.DrsConfig; drs != nil {
		rest := *drs
		rest.Enabled, rest.DefaultVmBehavior = nil, ""
		if !reflect.DeepEqual(rest, types.ClusterDrsConfigInfo{}) {
			return &types.NotSupported{}
		}
	}
	spec.DasConfig, spec.DrsConfig, spec.VsanConfig = nil, nil, nil
	spec.GroupSpec, spec.RulesSpec = nil, nil
	spec.DasVmConfigSpec, spec.DrsVmConfigSpec, spec.VmOrchestrationSpec = nil, nil, nil
	if !reflect.DeepEqual(spec, types.ClusterConfigSpecEx{}) {
		return &types.NotSupported{}
	}
	return nil
}

// CreateClusterEx makes the cluster as its spec says: the simulator makes all of them alike.
func (o *folder) CreateClusterEx(ctx *simulator.Context, req *types.CreateClusterEx) soap.HasFault {
	body := &methods.CreateClusterExBody{}
	parent, ok := o.node.registry.Get(o.Self).(*simulator.Folder)
	if !ok {
		body.Fault_ = refuse("", &types.NotSupported{})
		return body
	}
	if fault := kept(req.Spec); fault != nil {
		body.Fault_ = refuse("the sandbox would not keep all of this", fault)
		return body
	}
	made := parent.CreateClusterEx(ctx, req).(*methods.CreateClusterExBody)
	if made.Res == nil {
		return made
	}
	config := configuration(o.node.registry.Get(made.Res.Returnval).(*simulator.ClusterComputeResource))
	if das := req.Spec.DasConfig; das != nil {
		config.DasConfig = *das
	}
	if drs := req.Spec.DrsConfig; drs != nil {
		config.DrsConfig = *drs
	}
	return made
}
