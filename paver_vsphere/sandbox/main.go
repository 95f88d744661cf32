// The vSphere sandbox: bare ESXi hosts on loopback, and the vCenter that an appliance VM on one of them becomes. It
// stands on govmomi's simulator and refuses what real servers refuse.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// ready is what ready.json says.
type ready struct {
	PID     int         `json:"pid"`
	Control string      `json:"control"`
	Token   string      `json:"token"`
	Hosts   []readyHost `json:"hosts"`
}

type readyHost struct {
	Name       string `json:"name"`
	Address    string `json:"address"`
	UUID       string `json:"uuid"`
	Thumbprint string `json:"thumbprint"`        // SHA-1, as the vSphere API wants it
	SHA256     string `json:"thumbprint_sha256"` // for pins that outlive SHA-1
}

func main() {
	path := flag.String("config", "", "the JSON file that the sandbox is made from")
	flag.Parse()
	if err := run(*path); err != nil {
		log.Fatal(err)
	}
}

func run(path string) error {
	if path == "" {
		return errors.New("-config names no file")
	}
	config, err := readConfig(path)
	if err != nil {
		return err
	}
	if err = os.Setenv("TMPDIR", config.Directory); err != nil { // the simulator leaves directories where it may
		return err
	}
	w, err := newWorld(config)
	if err != nil {
		return err
	}
	c, err := newControl(w)
	if err != nil {
		return err
	}
	if err = announce(w, c); err != nil {
		return err
	}
	return wait(w)
}

// announce writes ready.json, whole or not at all.
func announce(w *world, c *control) error {
	answer := ready{PID: os.Getpid(), Control: c.url, Token: c.token}
	for _, host := range w.hosts {
		der := host.certificate.Certificate[0]
		answer.Hosts = append(answer.Hosts, readyHost{host.config.Name, host.config.Listen, host.config.UUID,
			thumbprint(der), thumbprint256(der)})
	}
	text, err := json.MarshalIndent(answer, "", " ")
	if err != nil {
		return err
	}
	place := filepath.Join(w.config.Directory, "ready.json")
	if err = os.WriteFile(place+".new", append(text, '\n'), 0o600); err != nil {
		return err
	}
	log.Printf("ready")
	return os.Rename(place+".new", place)
}

// wait returns after a signal, a shutdown, or an idle hour.
func wait(w *world) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	w.active.Store(time.Now().UnixNano())
	idle := seconds(w.config.IdleSeconds)
	tick := time.NewTicker(min(time.Second, max(idle/10, 10*time.Millisecond)))
	defer tick.Stop()
	for {
		select {
		case got := <-signals:
			log.Printf("ends: %s", got)
			return nil
		case <-w.closing:
			log.Print("ends: shut down")
			return nil
		case <-tick.C:
			if idle > 0 && time.Since(time.Unix(0, w.active.Load())) > idle {
				log.Printf("ends: no request for %s", idle)
				return nil
			}
		}
	}
}
