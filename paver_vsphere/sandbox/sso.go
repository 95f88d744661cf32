package main

import (
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const tokenLifetime = 5 * time.Minute

// tokenTable knows which tokens this vCenter issued, to whom.
type tokenTable struct {
	mutex  sync.Mutex
	issued map[string]issuedToken
}

type issuedToken struct {
	user    string
	expires time.Time
}

func (t *tokenTable) issue(user string) string {
	id := "_" + uuid.NewString()
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.issued == nil {
		t.issued = map[string]issuedToken{}
	}
	t.issued[id] = issuedToken{user, time.Now().Add(tokenLifetime)}
	return id
}

func (t *tokenTable) user(id string) string {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if token, ok := t.issued[id]; ok && time.Now().Before(token.expires) {
		return token.user
	}
	return ""
}

// login checks a name and a password against SSO.
func (v *vcenter) login(user, password string) bool {
	manager := v.registry.SessionManager()
	return user != "" && password != "" && manager.ValidLogin(&types.Login{UserName: user, Password: password})
}

// serveTokens is the token service: a password for a bearer token, which the simulator would give to anybody.
func (v *vcenter) serveTokens(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	var envelope struct {
		User      string `xml:"Header>Security>UsernameToken>Username"`
		Password  string `xml:"Header>Security>UsernameToken>Password"`
		Assertion struct {
			ID string `xml:"ID,attr"`
		} `xml:"Header>Security>Assertion"`
	}
	if err = xml.Unmarshal(text, &envelope); err != nil {
		http.Error(w, "no SOAP envelope", http.StatusBadRequest)
		return
	}
	user := v.tokens.user(envelope.Assertion.ID)
	if v.login(envelope.User, envelope.Password) {
		user = v.account(envelope.User)
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	if user == "" {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, badToken)
		return
	}
	now := time.Now().UTC()
	const stamp = "2006-01-02T15:04:05.000Z"
	_, _ = fmt.Fprintf(w, goodToken, v.tokens.issue(user), now.Format(stamp), html.EscapeString(user),
		now.Format(stamp), now.Add(tokenLifetime).Format(stamp))
}

const badToken = `<?xml version="1.0" encoding="UTF-8"?>
<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><S:Fault
xmlns:ns4="http://docs.oasis-open.org/ws-sx/ws-trust/200512"><faultcode>ns4:FailedAuthentication</faultcode>
<faultstring>Invalid credentials</faultstring></S:Fault></S:Body></S:Envelope>`

const goodToken = `<?xml version="1.0" encoding="UTF-8"?>
<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>` +
	`<wst:RequestSecurityTokenResponseCollection xmlns:wst="http://docs.oasis-open.org/ws-sx/ws-trust/200512"` +
	` xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">` +
	`<wst:RequestSecurityTokenResponse><wst:RequestedSecurityToken>` +
	`<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" ID="%s" IssueInstant="%s" Version="2.0">` +
	`<saml2:Subject><saml2:NameID Format="http://schemas.xmlsoap.org/claims/UPN">%s</saml2:NameID></saml2:Subject>` +
	`</saml2:Assertion></wst:RequestedSecurityToken>` +
	`<wst:Lifetime><wsu:Created>%s</wsu:Created><wsu:Expires>%s</wsu:Expires></wst:Lifetime>` +
	`</wst:RequestSecurityTokenResponse></wst:RequestSecurityTokenResponseCollection></S:Body></S:Envelope>`

// tokenUser is the user of the token in a call's header, "" when we did not issue it.
func (v *vcenter) tokenUser(header soap.Header) string {
	element, ok := header.Security.(*simulator.Element)
	if !ok {
		return ""
	}
	var security struct {
		Assertion struct {
			ID string `xml:"ID,attr"`
		} `xml:"Assertion"`
	}
	_ = element.Decode(&security) // it reads the inside only and then misses the end tag
	return v.tokens.user(security.Assertion.ID)
}

// sessionManager answers for logins.
type sessionManager struct{ noun }

// LoginByToken takes tokens that this vCenter issued, and no others.
func (o *sessionManager) LoginByToken(ctx *simulator.Context, req *types.LoginByToken) soap.HasFault {
	if o.node.vcenter == nil || o.node.vcenter.tokenUser(ctx.Header) == "" {
		return &methods.LoginByTokenBody{Fault_: refuse("", &types.InvalidLogin{})}
	}
	return o.node.registry.SessionManager().LoginByToken(ctx, req)
}

// permitSSO lets the SSO administrator manage users, and everybody look.
func (v *vcenter) permitSSO(ctx *simulator.Context, method *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	if ctx.Session == nil || !changesPrincipals(method.Name) {
		return nil, nil
	}
	if !v.administrator(ctx.Session.UserName) {
		this := method.This
		return nil, &types.NoPermission{Object: &this, PrivilegeId: "Authorization.ModifyPermissions"}
	}
	return nil, nil
}

func changesPrincipals(method string) bool {
	for _, prefix := range []string{"Create", "Delete", "Update", "Reset", "Add", "Remove", "Set"} {
		if strings.HasPrefix(method, prefix) {
			return true
		}
	}
	return false
}
