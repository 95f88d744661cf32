package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// ruled compares wanted rules with what the cluster has: the simulator stores them whatever they are about, and finds
// what is edited by its name where a server goes by the key. What DRS would make of them nobody here can say.
func (n *node) ruled(cluster *simulator.ClusterComputeResource, spec *types.ClusterConfigSpecEx) types.BaseMethodFault {
	for _, change := range spec.RulesSpec {
		if change.Operation == types.ArrayUpdateOperationRemove {
			if key, ok := change.RemoveKey.(int32); !ok || ruleOf(cluster, key) == nil {
				return &types.InvalidArgument{InvalidProperty: "spec.rulesSpec.removeKey"}
			}
			continue
		}
		if change.Info == nil {
			return &types.InvalidArgument{InvalidProperty: "spec.rulesSpec.info"}
		}
		if fault := placed(cluster, change); fault != nil {
			return fault
		}
		if machines, about := machinesOf(change.Info); about {
			if fault := n.together(cluster, *machines); fault != nil {
				return fault
			}
		}
	}
	return nil
}

// placed refuses a name that another rule has, and an edit of what is not there. What an edit must not change it keeps.
func placed(cluster *simulator.ClusterComputeResource, change types.ClusterRuleSpec) types.BaseMethodFault {
	info := change.Info.GetClusterRuleInfo()
	var before *types.ClusterRuleInfo
	if change.Operation == types.ArrayUpdateOperationEdit {
		if before = ruleOf(cluster, info.Key); before == nil {
			return &types.InvalidArgument{InvalidProperty: "spec.rulesSpec.info.key"}
		}
		if before.Name != info.Name { // the simulator would look for the new name
			return &types.NotSupported{}
		}
		info.RuleUuid = before.RuleUuid
	}
	for _, rule := range configuration(cluster).Rule {
		if other := rule.GetClusterRuleInfo(); other.Name == info.Name && other != before {
			return &types.DuplicateName{Name: info.Name, Object: cluster.Self}
		}
	}
	return nil
}

func ruleOf(cluster *simulator.ClusterComputeResource, key int32) *types.ClusterRuleInfo {
	for _, rule := range configuration(cluster).Rule {
		if info := rule.GetClusterRuleInfo(); info.Key == key {
			return info
		}
	}
	return nil
}

// machinesOf are those that a rule keeps together or apart.
func machinesOf(rule types.BaseClusterRuleInfo) (*[]types.ManagedObjectReference, bool) {
	switch one := rule.(type) {
	case *types.ClusterAntiAffinityRuleSpec:
		return &one.Vm, true
	case *types.ClusterAffinityRuleSpec:
		return &one.Vm, true
	}
	return nil, false
}

// together refuses fewer than two machines, and one that is not in the cluster.
func (n *node) together(cluster *simulator.ClusterComputeResource,
	machines []types.ManagedObjectReference) types.BaseMethodFault {
	apart := map[types.ManagedObjectReference]bool{}
	for _, ref := range machines {
		vm, ok := n.registry.Get(ref).(*simulator.VirtualMachine)
		if !ok || vm.Runtime.Host == nil || simulator.FindReference(cluster.Host, *vm.Runtime.Host) == nil {
			return &types.InvalidArgument{InvalidProperty: "spec.rulesSpec.info.vm"}
		}
		apart[ref] = true
	}
	if len(apart) < 2 {
		return &types.InvalidArgument{InvalidProperty: "spec.rulesSpec.info.vm"}
	}
	return nil
}

// rulesKeeper takes a machine that is gone out of the rules that named it. A rule stays, whoever is left in it.
type rulesKeeper struct {
	Self types.ManagedObjectReference
	node *node
}

func (k *rulesKeeper) Reference() types.ManagedObjectReference { return k.Self }

// PutObject is no concern of it.
func (k *rulesKeeper) PutObject(*simulator.Context, mo.Reference) {}

// UpdateObject is no concern of it.
func (k *rulesKeeper) UpdateObject(*simulator.Context, mo.Reference, []types.PropertyChange) {}

// RemoveObject is called before the object is gone.
func (k *rulesKeeper) RemoveObject(ctx *simulator.Context, ref types.ManagedObjectReference) {
	if ref.Type != "VirtualMachine" {
		return
	}
	for _, entity := range k.node.registry.All("ClusterComputeResource") {
		cluster, ok := entity.(*simulator.ClusterComputeResource)
		if !ok {
			continue
		}
		k.node.registry.WithLock(ctx, cluster, func() {
			for _, rule := range configuration(cluster).Rule {
				if machines, about := machinesOf(rule); about {
					simulator.RemoveReference(machines, ref)
				}
			}
		})
	}
}

// rules are a cluster's rules about machines for the census, by name.
func (n *node) rules(cluster *simulator.ClusterComputeResource) map[string]any {
	found := map[string]any{}
	for _, rule := range configuration(cluster).Rule {
		info := rule.GetClusterRuleInfo()
		told := map[string]any{"type": kindOf(rule), "enabled": isTrue(info.Enabled), "mandatory": isTrue(info.Mandatory)}
		if machines, about := machinesOf(rule); about {
			told["machines"] = n.names(*machines)
		}
		found[info.Name] = told
	}
	return found
}

func isTrue(flag *bool) bool { return flag != nil && *flag }
