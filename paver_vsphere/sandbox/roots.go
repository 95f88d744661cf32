package main

import (
	"crypto/sha1" //nolint:gosec // a key's id is SHA-1
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// chain is certificates that are trusted together.
type chain []*x509.Certificate

type chainPEM struct {
	Chain []string `json:"cert_chain"`
}

// keyID is what a vCenter calls a root that it was given without an id.
func keyID(certificate *x509.Certificate) string {
	id := certificate.SubjectKeyId
	if len(id) == 0 {
		sum := sha1.Sum(certificate.RawSubjectPublicKeyInfo) //nolint:gosec // as above
		id = sum[:]
	}
	return strings.ToUpper(hex.EncodeToString(id))
}

func (a *restAPI) listChains(w http.ResponseWriter, _ *http.Request) {
	ids := make([]string, 0, len(a.chains))
	for id := range a.chains {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	all := []map[string]string{}
	for _, id := range ids {
		all = append(all, map[string]string{"chain": id})
	}
	answerREST(w, http.StatusOK, all)
}

func (a *restAPI) getChain(w http.ResponseWriter, r *http.Request) {
	found, known := a.chains[r.PathValue("chain")]
	if !known {
		refuseREST(w, http.StatusNotFound, "NOT_FOUND", "There is no such chain.")
		return
	}
	var answer chainPEM
	for _, certificate := range found {
		answer.Chain = append(answer.Chain, string(pemOf(certificate.Raw)))
	}
	answerREST(w, http.StatusOK, map[string]any{"cert_chain": answer})
}

// addChain refuses what is no CA certificate, and what is there already.
func (a *restAPI) addChain(w http.ResponseWriter, r *http.Request) {
	var spec struct {
		ID    string   `json:"chain"`
		Chain chainPEM `json:"cert_chain"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&spec); err != nil {
		refuseREST(w, http.StatusBadRequest, "INVALID_ARGUMENT", err.Error())
		return
	}
	var added chain
	for _, text := range spec.Chain.Chain {
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			refuseREST(w, http.StatusBadRequest, "INVALID_ARGUMENT", "This is no certificate.")
			return
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil || !certificate.IsCA {
			refuseREST(w, http.StatusBadRequest, "INVALID_ARGUMENT", "This is no CA certificate.")
			return
		}
		added = append(added, certificate)
	}
	if len(added) == 0 {
		refuseREST(w, http.StatusBadRequest, "INVALID_ARGUMENT", "There is no certificate.")
		return
	}
	if spec.ID == "" {
		spec.ID = keyID(added[len(added)-1])
	}
	for id, there := range a.chains {
		if id == spec.ID && !added.same(there) { // another certificate of the same key
			spec.ID = uuid.NewString()
		} else if id == spec.ID || added.same(there) {
			refuseREST(w, http.StatusBadRequest, "ALREADY_EXISTS", "The chain is there already.")
			return
		}
	}
	a.chains[spec.ID] = added
	answerREST(w, http.StatusCreated, spec.ID)
}

func (a *restAPI) removeChain(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("chain")
	if _, known := a.chains[id]; !known {
		refuseREST(w, http.StatusNotFound, "NOT_FOUND", "There is no such chain.")
		return
	}
	delete(a.chains, id)
	w.WriteHeader(http.StatusNoContent)
}

func (c chain) same(other chain) bool {
	return slices.EqualFunc(c, other, func(one, another *x509.Certificate) bool { return one.Equal(another) })
}

// trustedRoots are the census's.
func (a *restAPI) trustedRoots() []thing {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	all := []thing{}
	for _, found := range a.chains {
		name := found[0].Subject.CommonName
		all = append(all, thing{"TrustedRoot", name, name, map[string]any{"sha256": thumbprint256(found[0].Raw)}})
	}
	return all
}
