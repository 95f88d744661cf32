package main

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"sync"

	"github.com/vmware/govmomi/vim25/types"
)

// Fault is a failure on request. It strikes calls of one method (or path), `count` times after `skip` calls, or at random.
type Fault struct {
	Method string   `json:"method"` // a SOAP method (AddHost_Task), or "GET /folder"; "*": all
	Except []string `json:"except"` // methods that "*" leaves alone
	Scope  string   `json:"scope"`  // a host's name, "vcenter", "setup"; empty: all
	Kind   string   `json:"kind"`   // soap; drop, hold: before the call; lose, cut, stall, hold-answer: after it; 404, 500, 503; any
	Type   string   `json:"type"`   // the vim25 fault, with kind soap
	Skip   int      `json:"skip"`
	Count  int      `json:"count"` // 0: for ever
	Rate   float64  `json:"rate"`  // the part of all calls that it strikes, drawn by seed and number; 0: all
	Seed   uint64   `json:"seed"`
	struck int
	seen   int
}

func (f *Fault) check() error {
	switch f.Kind {
	case "soap":
		if faultOf(f.Type) == nil {
			return errors.New("unknown fault type " + f.Type)
		}
	case "drop", "lose", "cut", "stall", "hold", "hold-answer", "any":
	default:
		if statuses[f.Kind] == 0 {
			return errors.New("unknown kind of fault " + f.Kind)
		}
	}
	if f.Method == "" {
		return errors.New("a fault needs a method")
	}
	if f.Rate < 0 || f.Rate > 1 {
		return errors.New("a rate is between 0 and 1")
	}
	return nil
}

// statuses are answers without the handler's doing.
var statuses = map[string]int{
	"404": http.StatusNotFound, "500": http.StatusInternalServerError, "503": http.StatusServiceUnavailable,
}

// passing are the ways in which a call fails that may work when it is made again.
var passing = []string{"drop", "lose", "cut", "stall", "503"}

func faultOf(name string) types.BaseMethodFault {
	kind, ok := types.TypeFunc()(name)
	if !ok {
		return nil
	}
	fault, _ := reflect.New(kind).Interface().(types.BaseMethodFault)
	return fault
}

// faultTable hands out the faults that are due.
type faultTable struct {
	mutex  sync.Mutex
	faults []*Fault
}

func (t *faultTable) set(faults []Fault) error {
	table := make([]*Fault, 0, len(faults))
	for _, fault := range faults {
		if err := fault.check(); err != nil {
			return err
		}
		table = append(table, &fault)
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.faults = table
	return nil
}

// strike returns the fault that this call meets, or nil.
func (t *faultTable) strike(scope, method string) *Fault {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for _, fault := range t.faults {
		if fault.Method != "*" && fault.Method != method || fault.Scope != "" && fault.Scope != scope {
			continue
		}
		if slices.Contains(fault.Except, method) {
			continue
		}
		fault.seen++
		if fault.seen <= fault.Skip || fault.Count > 0 && fault.struck >= fault.Count {
			continue
		}
		struck := *fault
		if draw := rand.New(rand.NewPCG(fault.Seed, uint64(fault.seen))); fault.Rate > 0 && draw.Float64() >= fault.Rate {
			continue
		} else if fault.Kind == "any" {
			struck.Kind = passing[draw.IntN(len(passing))]
		}
		fault.struck++
		return &struck
	}
	return nil
}
