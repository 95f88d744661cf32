package main

import (
	"bytes"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

const (
	bodyLimit = 32 << 20
	stalled   = 200 * time.Millisecond
	ownAgent  = "govmomi/" // how the simulated vCenter calls itself at its hosts
)

// listen serves a handler over TLS until the returned server is closed.
func listen(address string, certificate tls.Certificate, handler http.Handler) (*http.Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 30 * time.Second,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12,
			NextProtos: []string{"http/1.1"}},
	}
	go func() {
		if err := server.ServeTLS(listener, "", ""); err != http.ErrServerClosed {
			log.Printf("%s: %s", address, err)
		}
	}()
	return server, nil
}

// front stands before every endpoint: it notes that somebody is there, adds latency, strikes with faults, and turns a
// panic of the simulator into an answer and a log entry. The simulator keeps its locks through a panic, so that later
// calls would wait for ever: they are refused.
type front struct {
	world   *world
	scope   string
	handler http.Handler
	failed  atomic.Bool
}

var soapMethod = regexp.MustCompile(`<(?:[\w.-]+:)?Body[^>]*>\s*<(?:[\w.-]+:)?(\w+)`)

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.world.active.Store(time.Now().UnixNano())
	if delay := f.world.latency.Load(); delay > 0 {
		time.Sleep(time.Duration(delay) * time.Millisecond)
	}
	method := r.Method + " /" + strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 2)[0]
	if r.URL.Path == sessionPath { // a log-in changes nothing, whatever else is posted there
		method = r.Method + " " + sessionPath
	}
	if r.Method == http.MethodPost && strings.Contains(r.Header.Get("Content-Type"), "xml") {
		body, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit))
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if match := soapMethod.FindSubmatch(body); match != nil {
			method = string(match[1])
		}
	}
	defer func() {
		if failure := recover(); failure != nil && failure != http.ErrAbortHandler {
			log.Printf("%s: %s: the simulator failed: %v\n%s", f.scope, method, failure, debug.Stack())
			f.failed.Store(true)
			writeFault(w, "the sandbox's simulator failed, see its log", &types.SystemError{Reason: "simulator failure"})
		} else if failure != nil {
			panic(failure) // how net/http is told to drop the connection
		}
	}()
	if f.failed.Load() {
		writeFault(w, "the sandbox's simulator has failed, see its log", &types.SystemError{Reason: "simulator failure"})
		return
	}
	w = f.world.calls.note(f.scope, method, w)
	var fault *Fault
	if !strings.Contains(r.UserAgent(), ownAgent) { // a vCenter's own way to its hosts is not the client's
		fault = f.world.faults.strike(f.scope, method)
	}
	switch {
	case fault == nil:
		f.handler.ServeHTTP(w, r)
	case fault.Kind == "drop":
		panic(http.ErrAbortHandler)
	case fault.Kind == "hold":
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, bodyLimit)) // who leaves is seen once all is read
		f.world.calls.hold(r.Context())
		panic(http.ErrAbortHandler)
	case fault.Kind == "hold-answer":
		f.handler.ServeHTTP(&lost{header: http.Header{}}, r)
		f.world.calls.hold(r.Context())
		panic(http.ErrAbortHandler)
	case statuses[fault.Kind] != 0:
		http.Error(w, http.StatusText(statuses[fault.Kind]), statuses[fault.Kind])
	case fault.Kind == "stall":
		time.Sleep(stalled)
		f.handler.ServeHTTP(w, r)
	case fault.Kind == "cut":
		answer := &lost{header: http.Header{}}
		f.handler.ServeHTTP(answer, r)
		answer.half(w)
		panic(http.ErrAbortHandler)
	case fault.Kind == "lose":
		f.handler.ServeHTTP(&lost{header: http.Header{}}, r)
		panic(http.ErrAbortHandler)
	default:
		writeFault(w, "a fault on request", faultOf(fault.Type))
	}
}

// lost takes an answer that nobody shall get.
type lost struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (l *lost) Header() http.Header            { return l.header }
func (l *lost) Write(text []byte) (int, error) { return l.body.Write(text) }
func (l *lost) WriteHeader(status int)         { l.status = status }

// half sends the answer's head, its length and the first half of it.
func (l *lost) half(w http.ResponseWriter) {
	for name, values := range l.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(l.body.Len()))
	if l.status == 0 {
		l.status = http.StatusOK
	}
	w.WriteHeader(l.status)
	_, _ = w.Write(l.body.Bytes()[:l.body.Len()/2])
	_ = http.NewResponseController(w).Flush()
}

// faultDetail writes the fault element that clients read the type from.
type faultDetail struct{ fault types.BaseMethodFault }

func (d faultDetail) MarshalXML(encoder *xml.Encoder, start xml.StartElement) error {
	kind := kindOf(d.fault)
	start.Name.Local = kind + "Fault"
	start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: "xmlns"}, Value: "urn:vim25"},
		xml.Attr{Name: xml.Name{Local: "xsi:type"}, Value: kind})
	return encoder.EncodeElement(d.fault, start)
}

func writeFault(w http.ResponseWriter, message string, fault types.BaseMethodFault) {
	type body struct {
		Code   string      `xml:"faultcode"`
		String string      `xml:"faultstring"`
		Detail faultDetail `xml:"detail>fault"`
	}
	text, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"soapenv:Envelope"`
		Env     string   `xml:"xmlns:soapenv,attr"`
		XSI     string   `xml:"xmlns:xsi,attr"`
		Fault   body     `xml:"soapenv:Body>soapenv:Fault"`
	}{
		Env: "http://schemas.xmlsoap.org/soap/envelope/", XSI: "http://www.w3.org/2001/XMLSchema-instance",
		Fault: body{"ServerFaultCode", message, faultDetail{fault}},
	})
	if err != nil {
		log.Printf("cannot write fault: %s", err)
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = w.Write(append([]byte(xml.Header), text...))
}
