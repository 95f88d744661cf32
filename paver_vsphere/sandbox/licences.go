package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// A key of the sandbox says what it is for: PRODUCT-0CAPACITY-ANY-ANY-CHECK, where the last group is made of the others.
var (
	keyForm  = regexp.MustCompile(`^[0-9A-Z]{5}(-[0-9A-Z]{5}){4}$`)
	products = map[string]types.LicenseManagerLicenseInfo{
		"VCTR8": {EditionKey: "vc.standard.instance", Name: "vCenter Server 8 Standard", CostUnit: "server"},
		"ESXI8": {EditionKey: "esx.enterprisePlus.cpuPackage", Name: "vSphere 8 Enterprise Plus", CostUnit: "cpuPackage"},
	}
)

// evaluationDays are those that a vCenter works without any licence.
const evaluationDays = 60

// licenceTable is what a vCenter knows of licences. What is assigned nothing is evaluated.
type licenceTable struct {
	mutex    sync.Mutex
	assigned map[string]string // entity to key
	expires  time.Time         // of the evaluation
}

func newLicenceTable(n *node) *licenceTable {
	t := &licenceTable{assigned: map[string]string{}}
	t.evaluate(n, evaluationDays)
	return t
}

// evaluate sets the days that are left of the evaluation.
func (t *licenceTable) evaluate(n *node, days int64) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	left := time.Duration(days) * 24 * time.Hour
	t.expires = time.Now().Add(left)
	n.licenceManager().Evaluation = types.LicenseManagerEvaluationInfo{Properties: []types.KeyAnyValue{
		{Key: "expirationHours", Value: int64(max(left, 0).Hours())}, {Key: "expirationDate", Value: t.expires.UTC()}}}
}

func (n *node) licenceManager() *simulator.LicenseManager {
	return n.registry.Get(*n.content.LicenseManager).(*simulator.LicenseManager)
}

// decoded reads a key; whether it is valid.
func decoded(key string) (types.LicenseManagerLicenseInfo, bool) {
	if key == simulator.EvalLicense.LicenseKey {
		return simulator.EvalLicense, true
	}
	invalid := types.LicenseManagerLicenseInfo{LicenseKey: key, Properties: []types.KeyAnyValue{
		{Key: "diagnostic", Value: "License is not valid for this product"}}}
	if !keyForm.MatchString(key) || !strings.HasSuffix(key, checkOf(key[:24])) {
		return invalid, false
	}
	info, known := products[key[:5]]
	capacity, err := strconv.Atoi(key[6:11])
	if !known || err != nil {
		return invalid, false
	}
	info.LicenseKey, info.Total = key, int32(capacity) //nolint:gosec // five digits
	return info, true
}

// checkOf makes a key's last group out of what stands before it.
func checkOf(text string) string {
	sum := fmt.Sprintf("%08X", crc32.ChecksumIEEE([]byte(text)))
	return sum[len(sum)-5:]
}

// licenceDigest names a key where the key itself must not stand.
func licenceDigest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])[:16]
}

// units are what an entity takes of a licence: a vCenter one, a host its processors.
func (n *node) units(entity string) int32 {
	if host, ok := n.registry.Get(types.ManagedObjectReference{Type: "HostSystem", Value: entity}).(*simulator.HostSystem); ok {
		return int32(max(host.Summary.Hardware.NumCpuPkgs, 1))
	}
	return 1
}

// used is what is taken of a licence by all entities but one.
func (t *licenceTable) used(n *node, key, without string) int32 {
	var sum int32
	for entity, assigned := range t.assigned {
		if assigned == key && entity != without {
			sum += n.units(entity)
		}
	}
	return sum
}

// entities are all that have a licence, with their names: the vCenter and its hosts. What is gone has none.
func (t *licenceTable) entities(n *node) map[string]string {
	found := map[string]string{n.content.About.InstanceUuid: n.content.About.FullName}
	for _, host := range n.registry.All("HostSystem") {
		found[host.Reference().Value] = nameOf(host)
	}
	for entity := range t.assigned {
		if _, there := found[entity]; !there {
			delete(t.assigned, entity)
		}
	}
	return found
}

// of is an entity's licence.
func (t *licenceTable) of(n *node, entity string) types.LicenseManagerLicenseInfo {
	if key := t.assigned[entity]; key != "" {
		info, _ := decoded(key)
		info.Used = t.used(n, key, "")
		return info
	}
	return simulator.EvalLicense
}

// digests are the licences that were added, by digest, and who is assigned one, for the census.
func (t *licenceTable) digests(n *node) (added map[string]types.LicenseManagerLicenseInfo, assigned map[string]string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	added, assigned = map[string]types.LicenseManagerLicenseInfo{}, map[string]string{}
	for _, info := range n.licenceManager().Licenses {
		if info.LicenseKey != simulator.EvalLicense.LicenseKey {
			added[licenceDigest(info.LicenseKey)] = info
		}
	}
	for entity := range t.entities(n) {
		assigned[entity] = "evaluation"
		if key := t.assigned[entity]; key != "" {
			assigned[entity] = licenceDigest(key)
		}
	}
	return added, assigned
}

// licenceOf is the licence of a host, and on the root folder the vCenter's own, for the census.
func (n *node) licenceOf(entity mo.Entity) string {
	if n.vcenter == nil {
		return ""
	}
	id := entity.Reference().Value
	if entity.Reference() == n.content.RootFolder {
		id = n.content.About.InstanceUuid
	}
	_, assigned := n.vcenter.licences.digests(n)
	return assigned[id]
}

// licences are the licences that were added to a vCenter, for the census.
func (n *node) licences() []thing {
	all := []thing{}
	if n.vcenter == nil {
		return all
	}
	added, _ := n.vcenter.licences.digests(n)
	for digest, info := range added {
		all = append(all, thing{"Licence", digest, digest, map[string]any{"edition": info.EditionKey, "total": info.Total}})
	}
	return all
}

// licenceManager answers for the licences that a vCenter was given. The simulator takes any text for a key.
type licenceManager struct{ noun }

// DecodeLicense tells what a key is for. One that is invalid has a diagnostic, and is no fault.
func (o *licenceManager) DecodeLicense(req *types.DecodeLicense) soap.HasFault {
	info, _ := decoded(req.LicenseKey)
	return &methods.DecodeLicenseBody{Res: &types.DecodeLicenseResponse{Returnval: info}}
}

// AddLicense keeps a valid one.
func (o *licenceManager) AddLicense(req *types.AddLicense) soap.HasFault {
	info, valid := decoded(req.LicenseKey)
	info.Labels = req.Labels
	table, manager := o.node.vcenter.licences, o.node.licenceManager()
	table.mutex.Lock()
	defer table.mutex.Unlock()
	if valid && !slices.ContainsFunc(manager.Licenses, func(one types.LicenseManagerLicenseInfo) bool {
		return one.LicenseKey == info.LicenseKey
	}) {
		manager.Licenses = append(slices.Clone(manager.Licenses), info)
	}
	return &methods.AddLicenseBody{Res: &types.AddLicenseResponse{Returnval: info}}
}

// RemoveLicense refuses one that is assigned, and the evaluation.
func (o *licenceManager) RemoveLicense(req *types.RemoveLicense) soap.HasFault {
	body := &methods.RemoveLicenseBody{}
	table, manager := o.node.vcenter.licences, o.node.licenceManager()
	table.mutex.Lock()
	defer table.mutex.Unlock()
	table.entities(o.node) // what is gone uses none
	if table.used(o.node, req.LicenseKey, "") > 0 || req.LicenseKey == simulator.EvalLicense.LicenseKey {
		body.Fault_ = refuse("the license is in use", &types.ResourceInUse{Type: "LicenseManager"})
		return body
	}
	manager.Licenses = slices.DeleteFunc(slices.Clone(manager.Licenses), func(one types.LicenseManagerLicenseInfo) bool {
		return one.LicenseKey == req.LicenseKey
	})
	body.Res = &types.RemoveLicenseResponse{}
	return body
}

// licenceAssignments answers for who has which licence.
type licenceAssignments struct{ noun }

// QueryAssignedLicenses tells of one entity, or of all.
func (o *licenceAssignments) QueryAssignedLicenses(req *types.QueryAssignedLicenses) soap.HasFault {
	table, answer := o.node.vcenter.licences, &types.QueryAssignedLicensesResponse{}
	table.mutex.Lock()
	defer table.mutex.Unlock()
	for entity, name := range table.entities(o.node) {
		if req.EntityId == "" || req.EntityId == entity {
			answer.Returnval = append(answer.Returnval, types.LicenseAssignmentManagerLicenseAssignment{EntityId: entity,
				Scope: o.node.content.About.InstanceUuid, EntityDisplayName: name, AssignedLicense: table.of(o.node, entity)})
		}
	}
	return &methods.QueryAssignedLicensesBody{Res: answer}
}

// UpdateAssignedLicense refuses a key that was not added, one for another product, one with too little left, and an
// evaluation that is over.
func (o *licenceAssignments) UpdateAssignedLicense(req *types.UpdateAssignedLicense) soap.HasFault {
	body, table := &methods.UpdateAssignedLicenseBody{}, o.node.vcenter.licences
	table.mutex.Lock()
	defer table.mutex.Unlock()
	if fault := table.assignable(o.node, req.Entity, req.LicenseKey); fault != nil {
		body.Fault_ = refuse("the license "+req.LicenseKey+" cannot be assigned", fault)
		return body
	}
	if req.LicenseKey == simulator.EvalLicense.LicenseKey {
		delete(table.assigned, req.Entity)
	} else {
		table.assigned[req.Entity] = req.LicenseKey
	}
	body.Res = &types.UpdateAssignedLicenseResponse{Returnval: table.of(o.node, req.Entity)}
	return body
}

func (t *licenceTable) assignable(n *node, entity, key string) types.BaseMethodFault {
	if _, there := t.entities(n)[entity]; !there {
		return &types.LicenseEntityNotFound{EntityId: entity}
	}
	for _, info := range n.licenceManager().Licenses {
		product := "esx."
		if entity == n.content.About.InstanceUuid {
			product = "vc."
		}
		switch {
		case info.LicenseKey != key:
		case key == simulator.EvalLicense.LicenseKey && time.Now().After(t.expires):
			return &types.LicenseExpired{LicenseKey: key}
		case key == simulator.EvalLicense.LicenseKey:
			return nil
		case !strings.HasPrefix(info.EditionKey, product):
			return &types.LicenseKeyEntityMismatch{}
		case t.used(n, key, entity)+n.units(entity) > info.Total:
			return &types.NotEnoughLicenses{}
		default:
			return nil
		}
	}
	return &types.InvalidArgument{InvalidProperty: "licenseKey"}
}
