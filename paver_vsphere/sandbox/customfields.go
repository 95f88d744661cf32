package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// customFields answers for the definitions of custom attributes.
type customFields struct{ noun }

// AddCustomFieldDef gives the definition the type of its values. The simulator puts the type of the objects there, and
// for a definition that is for all objects nothing at all, which the schema forbids.
func (o *customFields) AddCustomFieldDef(ctx *simulator.Context, req *types.AddCustomFieldDef) soap.HasFault {
	manager := o.node.registry.CustomFieldsManager()
	answer := manager.AddCustomFieldDef(ctx, req).(*methods.AddCustomFieldDefBody)
	if answer.Res == nil {
		return answer
	}
	const text = "string"
	answer.Res.Returnval.Type = text
	for index := range manager.Field {
		if manager.Field[index].Key == answer.Res.Returnval.Key {
			manager.Field[index].Type = text
		}
	}
	return answer
}
