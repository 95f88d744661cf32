package main

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"time"
)

type message struct {
	ID      string   `json:"id"`
	Default string   `json:"default_message"`
	Args    []string `json:"args"`
}

type progress struct {
	Total     int     `json:"total"`
	Completed int     `json:"completed"`
	Message   message `json:"message"`
}

type notification struct {
	ID      string  `json:"id"`
	Message message `json:"message"`
}

type deployment struct {
	Operation string    `json:"operation,omitempty"`
	State     string    `json:"state"`
	Status    string    `json:"status,omitempty"`
	Progress  *progress `json:"progress,omitempty"`
	Error     *message  `json:"error,omitempty"`
	Messages  any       `json:"messages,omitempty"`
	Question  any       `json:"deployment_question,omitempty"`
}

// setupAPI is the appliance's REST API of first boot.
func (a *appliance) setupAPI() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /rest/vcenter/deployment", a.getDeployment)
	mux.HandleFunc("POST /rest/vcenter/deployment/install", a.postInstall)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user != "root" || !same(password, a.property("appliance.root.passwd")) {
			w.Header().Set("WWW-Authenticate", `Basic realm="appliance"`)
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func same(one, other string) bool { return subtle.ConstantTimeCompare([]byte(one), []byte(other)) == 1 }

func (a *appliance) getDeployment(w http.ResponseWriter, _ *http.Request) {
	a.mutex.Lock()
	answer := a.deployment()
	a.mutex.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

var steps = []string{"Starting the authentication framework", "Starting the certificate authority",
	"Starting the directory service", "Starting the vCenter service", "Finishing"}

func (a *appliance) deployment() deployment {
	switch a.state {
	case "CONFIG_IN_PROGRESS":
		done := 0.0
		if a.boot.Seconds > 0 {
			done = min(time.Since(a.started).Seconds()/a.boot.Seconds, 0.99)
		}
		step := steps[int(done*float64(len(steps)))]
		return deployment{Operation: "INSTALL", State: a.state, Status: "RUNNING", Progress: &progress{
			Total: 100, Completed: int(done * 100), Message: message{"install.progress", step, []string{}}}}
	case "CONFIGURED":
		return deployment{Operation: "INSTALL", State: a.state, Status: "SUCCEEDED", Progress: &progress{
			Total: 100, Completed: 100, Message: message{"install.done", "Task has completed successfully.", []string{}}}}
	case "FAILED":
		failure := message{"install.failed", a.failure("first boot failed"), []string{}}
		return deployment{Operation: "INSTALL", State: a.state, Status: "FAILED", Error: &failure, Messages: map[string]any{
			"errors": []notification{{"install.failed", failure}}}}
	case "QUESTION_RAISED":
		return deployment{Operation: "INSTALL", State: a.state, Status: "BLOCKED", Question: map[string]any{
			"questions": []map[string]any{{"id": "question", "type": "CONFIRMATION", "default_answer": "YES",
				"question": message{"install.question", a.failure("shall first boot go on"), []string{}}}}}}
	default:
		return deployment{State: a.state}
	}
}

func (a *appliance) failure(text string) string {
	if a.boot.Message != "" {
		return a.boot.Message
	}
	return text
}

// postInstall starts the installation of an appliance whose properties did not say autoconfig.
func (a *appliance) postInstall(w http.ResponseWriter, r *http.Request) {
	var spec struct {
		Embedded struct {
			Standalone struct {
				Password string `json:"sso_admin_password"`
				Domain   string `json:"sso_domain_name"`
			} `json:"standalone"`
		} `json:"vcsa_embedded"`
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	switch err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&spec); {
	case err != nil || r.URL.Query().Get("action") != "start" || spec.Embedded.Standalone.Password == "":
		http.Error(w, "invalid argument", http.StatusBadRequest)
		return
	case a.state != "INITIALIZED":
		http.Error(w, "not allowed in the current state", http.StatusBadRequest)
		return
	}
	a.properties["guestinfo.cis.vmdir.password"] = spec.Embedded.Standalone.Password
	a.properties["guestinfo.cis.vmdir.domain-name"] = spec.Embedded.Standalone.Domain
	a.install()
	w.WriteHeader(http.StatusNoContent)
}
