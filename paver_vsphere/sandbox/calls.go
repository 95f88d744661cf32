package main

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
)

// call is one request, as it came in.
type call struct {
	Scope  string `json:"scope"`
	Method string `json:"method"`
	Bytes  int64  `json:"bytes"` // of the answer
}

// calls is the record of what was asked of all servers since it was last emptied, and of who is kept waiting now.
type calls struct {
	mutex sync.Mutex
	made  []*call
	held  int
}

// callsKept bounds the record: a sandbox lives for hours.
const callsKept = 20000

// note returns what counts the answer.
func (c *calls) note(scope, method string, w http.ResponseWriter) *counted {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	one := &call{Scope: scope, Method: method}
	if len(c.made) < callsKept {
		c.made = append(c.made, one)
	}
	return &counted{ResponseWriter: w, calls: c, call: one}
}

// counted counts what is written through it.
type counted struct {
	http.ResponseWriter
	calls *calls
	call  *call
}

func (a *counted) Write(text []byte) (int, error) {
	count, err := a.ResponseWriter.Write(text)
	a.calls.mutex.Lock()
	defer a.calls.mutex.Unlock()
	a.call.Bytes += int64(count)
	return count, err
}

// Unwrap is for http.ResponseController.
func (a *counted) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// hold returns when the client has left.
func (c *calls) hold(client context.Context) {
	c.count(1)
	defer c.count(-1)
	<-client.Done()
}

func (c *calls) count(step int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.held += step
}

func (c *calls) serve(w http.ResponseWriter, r *http.Request) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if r.Method == http.MethodPost {
		c.made = nil
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(struct {
		Calls []*call `json:"calls"`
		Held  int     `json:"held"`
	}{append([]*call{}, c.made...), c.held})
}
