package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// ReconfigureComputeResourceTask refuses groups of what is not in the cluster, and rules about groups or machines that
// are not there: the simulator stores whatever it is given. What DRS would make of them nobody here can say.
func (o *computeResource) ReconfigureComputeResourceTask(ctx *simulator.Context,
	req *types.ReconfigureComputeResource_Task) soap.HasFault {
	return &methods.ReconfigureComputeResource_TaskBody{Res: &types.ReconfigureComputeResource_TaskResponse{
		Returnval: o.task(ctx, "reconfigureCluster", func() (types.AnyType, types.BaseMethodFault) {
			cluster, ok := o.node.registry.Get(o.Self).(*simulator.ClusterComputeResource)
			if !ok {
				return nil, &types.ManagedObjectNotFound{Obj: o.Self}
			}
			spec, ok := req.Spec.(*types.ClusterConfigSpecEx)
			if !ok {
				return nil, &types.InvalidArgument{InvalidProperty: "spec"}
			}
			if fault := kept(*spec); fault != nil {
				return nil, fault
			}
			if fault := fitting(cluster, spec); fault != nil {
				return nil, fault
			}
			if fault := o.node.ruled(cluster, spec); fault != nil {
				return nil, fault
			}
			body := cluster.ReconfigureComputeResourceTask(ctx, req).(*methods.ReconfigureComputeResource_TaskBody)
			_, fault := o.node.await(body.Res.Returnval)
			return nil, fault
		})}}
}

func configuration(cluster *simulator.ClusterComputeResource) *types.ClusterConfigInfoEx {
	config, ok := cluster.ConfigurationEx.(*types.ClusterConfigInfoEx)
	if !ok {
		return &types.ClusterConfigInfoEx{}
	}
	return config
}

// fitting compares a wanted change with what the cluster has.
func fitting(cluster *simulator.ClusterComputeResource, spec *types.ClusterConfigSpecEx) types.BaseMethodFault {
	known := map[string]bool{}
	for _, group := range configuration(cluster).Group {
		known[group.GetClusterGroupInfo().Name] = true
	}
	for _, change := range spec.GroupSpec {
		if change.Info == nil {
			continue
		}
		known[change.Info.GetClusterGroupInfo().Name] = true
		if group, ok := change.Info.(*types.ClusterHostGroup); ok {
			for _, host := range group.Host {
				if simulator.FindReference(cluster.Host, host) == nil {
					return &types.InvalidArgument{InvalidProperty: "spec.groupSpec.info.host"}
				}
			}
		}
	}
	for _, change := range spec.RulesSpec {
		if rule, ok := change.Info.(*types.ClusterVmHostRuleInfo); ok {
			for _, name := range []string{rule.VmGroupName, rule.AffineHostGroupName, rule.AntiAffineHostGroupName} {
				if name != "" && !known[name] {
					return &types.InvalidArgument{InvalidProperty: "spec.rulesSpec.info"}
				}
			}
		}
	}
	return nil
}

// leaveGroups takes a host that leaves the cluster out of its groups.
func (v *vcenter) leaveGroups(cluster *simulator.ClusterComputeResource, host types.ManagedObjectReference) {
	for _, group := range configuration(cluster).Group {
		if one, ok := group.(*types.ClusterHostGroup); ok {
			simulator.RemoveReference(&one.Host, host)
		}
	}
}

// groups are a cluster's host groups for the census, by name.
func (n *node) groups(cluster *simulator.ClusterComputeResource) map[string][]string {
	found := map[string][]string{}
	for _, group := range configuration(cluster).Group {
		if one, ok := group.(*types.ClusterHostGroup); ok {
			found[one.Name] = n.names(one.Host)
		}
	}
	return found
}
