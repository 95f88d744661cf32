package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/vmware/govmomi/ovf"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// ovfManager answers for OVF descriptors.
type ovfManager struct{ noun }

// ParseDescriptor reads what a client asks its user about: products, EULAs, networks, deployment options.
func (o *ovfManager) ParseDescriptor(req *types.ParseDescriptor) soap.HasFault {
	body := &methods.ParseDescriptorBody{}
	envelope, err := ovf.Unmarshal(strings.NewReader(req.OvfDescriptor))
	if err != nil || envelope.VirtualSystem == nil {
		body.Fault_ = refuse("no OVF descriptor", &types.InvalidArgument{InvalidProperty: "ovfDescriptor"})
		return body
	}
	result := types.OvfParseDescriptorResult{DefaultEntityName: envelope.VirtualSystem.ID}
	for _, section := range envelope.VirtualSystem.Eula {
		result.Eula = append(result.Eula, section.License)
	}
	if envelope.Network != nil {
		for _, network := range envelope.Network.Networks {
			result.Network = append(result.Network, types.OvfNetworkInfo{Name: network.Name, Description: network.Description})
		}
	}
	for _, option := range options(envelope) {
		result.DeploymentOption = append(result.DeploymentOption, types.OvfDeploymentOption{
			Key: option.ID, Label: option.Label, Description: option.Description})
		if option.Default != nil && *option.Default {
			result.DefaultDeploymentOption = option.ID
		}
	}
	body.Res = &types.ParseDescriptorResponse{Returnval: result}
	return body
}

func options(envelope *ovf.Envelope) []ovf.DeploymentOptionConfiguration {
	if envelope.DeploymentOption == nil {
		return nil
	}
	return envelope.DeploymentOption.Configuration
}

// CreateImportSpec refuses an unknown deployment option and puts the EULA into the spec; acceptance is the client's
// affair, as with a real server.
func (o *ovfManager) CreateImportSpec(ctx *simulator.Context, req *types.CreateImportSpec) soap.HasFault {
	body := &methods.CreateImportSpecBody{}
	envelope, err := ovf.Unmarshal(strings.NewReader(req.OvfDescriptor))
	if err != nil || envelope.VirtualSystem == nil {
		body.Fault_ = refuse("no OVF descriptor", &types.InvalidArgument{InvalidProperty: "ovfDescriptor"})
		return body
	}
	if wanted := req.Cisp.GetOvfCreateImportSpecParams().DeploymentOption; wanted != "" {
		known := false
		for _, option := range options(envelope) {
			known = known || option.ID == wanted
		}
		if !known {
			body.Fault_ = refuse("unknown deployment option", &types.InvalidArgument{InvalidProperty: "cisp.deploymentOption"})
			return body
		}
	}
	plain := *req
	plain.OvfDescriptor = simplified(req.OvfDescriptor, option(envelope, req))
	answer := o.node.registry.Get(o.Self).(*simulator.OvfManager).CreateImportSpec(ctx, &plain)
	if made, ok := answer.(*methods.CreateImportSpecBody); ok && made.Res != nil {
		for _, file := range made.Res.Returnval.FileItem {
			o.node.leases.expect(file.DeviceId)
		}
		if spec, ok := made.Res.Returnval.ImportSpec.(*types.VirtualMachineImportSpec); ok {
			if vapp, ok := spec.ConfigSpec.VAppConfig.(*types.VAppConfigSpec); ok {
				for _, section := range envelope.VirtualSystem.Eula {
					vapp.Eula = append(vapp.Eula, section.License)
				}
			}
			// the simulator copies property values to extraConfig, where a real host does not
			spec.ConfigSpec.ExtraConfig = nil
		}
	}
	return answer
}

// option is the deployment option that counts: the wanted one, else the default.
func option(envelope *ovf.Envelope, req *types.CreateImportSpec) string {
	if wanted := req.Cisp.GetOvfCreateImportSpecParams().DeploymentOption; wanted != "" {
		return wanted
	}
	for _, option := range options(envelope) {
		if option.Default != nil && *option.Default {
			return option.ID
		}
	}
	return ""
}

var (
	itemsOptions = regexp.MustCompile(`ovf:configuration="[^"]*"`)
	diskElement  = regexp.MustCompile(`<(?:ovf:)?Disk\s[^>]*>`)
)

// simplified rewrites what the simulator cannot read: an item of several options, which it takes for one option's name,
// and a disk without a file, whose reference it follows all the same.
func simplified(descriptor, option string) string {
	descriptor = itemsOptions.ReplaceAllStringFunc(descriptor, func(found string) string {
		named := strings.Fields(strings.Trim(strings.TrimPrefix(found, "ovf:configuration="), `"`))
		if slices.Contains(named, option) {
			return `ovf:configuration="` + option + `"`
		}
		return found
	})
	return diskElement.ReplaceAllStringFunc(descriptor, func(found string) string {
		if strings.Contains(found, "ovf:fileRef=") {
			return found
		}
		return strings.Replace(found, "Disk", `Disk ovf:fileRef=""`, 1)
	})
}
