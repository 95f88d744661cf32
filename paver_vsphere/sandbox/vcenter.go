package main

import (
	"archive/zip"
	"bytes"
	"crypto/tls"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/object"
	pbm "github.com/vmware/govmomi/pbm/simulator"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/vpx"
	sso "github.com/vmware/govmomi/ssoadmin/simulator"
	vapi "github.com/vmware/govmomi/vapi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// vcenter is the server that a configured appliance runs.
type vcenter struct {
	*node
	appliance *appliance
	authority *authority
	machine   tls.Certificate
	domain    string
	tokens    tokenTable
	directory *simulator.Registry // of SSO
	rest      *restAPI
	licences  *licenceTable

	mutex   sync.Mutex
	hosts   map[types.ManagedObjectReference]*host
	claimed map[string]bool              // names of datastores that are being made
	itself  types.ManagedObjectReference // the machine that it runs in, once that is shown
}

func newVcenter(a *appliance) (*vcenter, error) {
	config := a.world.config
	model := simulator.VPX()
	model.Datacenter, model.Host, model.Cluster, model.Machine, model.Datastore, model.Portgroup = 0, 0, 0, 0, 0, 0
	model.Autostart = false
	about := vpx.ServiceContent.About
	about.Version, about.ApiVersion = config.VcenterVersion, apiVersion(config.VcenterVersion)
	about.FullName = "VMware vCenter Server " + config.VcenterVersion + " build-1"
	if about.InstanceUuid = config.VcenterInstance; about.InstanceUuid == "" {
		about.InstanceUuid = uuid.NewString()
	}
	model.ServiceContent.About = about
	if err := model.Create(); err != nil {
		return nil, err
	}
	v := &vcenter{appliance: a, domain: a.property("vmdir.domain-name"),
		hosts: map[types.ManagedObjectReference]*host{}, claimed: map[string]bool{}}
	var err error
	if v.authority, err = newAuthority("CA of " + a.property("appliance.net.pnid")); err != nil {
		return nil, err
	}
	if v.machine, err = v.authority.issue(a.property("appliance.net.pnid"), a.address(), a.listenHost()); err != nil {
		return nil, err
	}
	user := url.UserPassword("administrator", a.property("vmdir.password"))
	v.node = newNode(a.world, "vcenter", model, user)
	v.node.vcenter = v
	v.content.About = about
	v.licences = newLicenceTable(v.node)
	v.registry.AddHandler(&rulesKeeper{types.ManagedObjectReference{Type: "RulesKeeper", Value: "rulesKeeper"}, v.node})
	v.endpoints()
	manager := v.registry.Get(v.content.AuthorizationManager.Reference()).(*simulator.AuthorizationManager)
	for _, id := range object.AuthorizationRoleList(manager.RoleList).ByName("Admin").Privilege {
		manager.PrivilegeList = append(manager.PrivilegeList, types.AuthorizationPrivilege{PrivId: id})
	}
	return v, nil
}

// endpoints adds what else a vCenter serves beside its SDK: SSO, tags and libraries, storage policies, certificates.
func (v *vcenter) endpoints() {
	v.directory = sso.New(v.registry, v.service.Listen)
	v.directory.Handler = v.permitSSO
	sessions := types.ManagedObjectReference{Type: "SsoSessionManager", Value: "ssoSessionManager"}
	v.directory.Put(&ssoSessions{mo.SessionManager{Self: sessions}, v})
	users := v.directory.Get(management).(*sso.PrincipalManagementService)
	v.directory.Put(&principals{users, v})
	v.makeGroups()
	aliases := slices.DeleteFunc([]string{"/sso-adminserver/sdk", "/sso-adminserver/sdk/" + v.domain},
		func(path string) bool { return path == v.directory.Path })
	v.service.RegisterSDK(v.directory, aliases...)
	v.service.RegisterSDK(pbm.New())
	patterns, tags := vapi.New(v.service.Listen, v.registry)
	for _, pattern := range patterns {
		v.service.Handle(pattern, tags)
	}
	v.mux.HandleFunc("/sts/", v.serveTokens)
	v.mux.HandleFunc("GET /certs/download.zip", v.serveRoots)
	v.rest = newRestAPI(v)
}

// serveRoots gives the root CA as a vCenter does: an archive with one file per operating system's taste.
func (v *vcenter) serveRoots(w http.ResponseWriter, _ *http.Request) {
	der := v.authority.certificate.Raw
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	name := fmt.Sprintf("%08x", crc32.ChecksumIEEE(v.authority.certificate.RawSubject))
	for _, path := range []string{"certs/lin/" + name + ".0", "certs/mac/" + name + ".0", "certs/win/" + name + ".0.crt"} {
		file, err := writer.Create(path)
		if err == nil {
			_, err = file.Write(pemOf(der))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	_ = writer.Close()
	w.Header().Set("Content-Type", "application/zip")
	_, _ = w.Write(archive.Bytes())
}

// esxi is the ESXi host behind a HostSystem of this vCenter.
func (v *vcenter) esxi(ref types.ManagedObjectReference) *host {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	return v.hosts[ref]
}
