// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A dom0 for tests without Xen: an xl, a xenstored and terminals, with domains
// that are functions of this package. Runs on the host.

package domain

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/domlet/domlet/xen/abi"
	xenstore "github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/xentest/xenstored"
)

// fakeXL, in the environment of the test binary, makes it act as xl: it sends
// its arguments to the fake dom0 at this socket and does as that says.
const fakeXL = "DOMLET_TEST_XL"

func TestMain(m *testing.M) {
	if socket := os.Getenv(fakeXL); socket != "" {
		os.Exit(actAsXL(socket, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// An answer is what the fake xl prints and returns.
type answer struct {
	Code     int
	Out, Err string
}

func actAsXL(socket string, args []string) int {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 99
	}
	var a answer
	if json.NewEncoder(conn).Encode(args) != nil || json.NewDecoder(conn).Decode(&a) != nil {
		return 99
	}
	os.Stdout.WriteString(a.Out)
	os.Stderr.WriteString(a.Err)
	return a.Code
}

// A dom0 is the fake machine.
type dom0 struct {
	t       *testing.T
	guests  map[string]func(*guest) // by the path of their kernel
	refuse  string                  // what xl create complains of, if anything
	mu      sync.Mutex
	running map[string]*guest // by number
	seen    map[string]string // the configuration of every domain, by its name
	next    int

	xenstored *xenstored.Daemon
}

// A guest is a fake domain. Its function writes to tty as the kernel would and
// ends by calling off.
type guest struct {
	*dom0
	name, id string
	tty      *os.File
	path     string
	flags    string
	reason   int
}

// off takes the guest down for a reason.
func (g *guest) off(reason int) {
	g.mu.Lock()
	g.flags, g.reason = "---s--", reason
	g.mu.Unlock()
	g.xenstored.Fire("@releaseDomain")
}

// newDom0 starts a fake machine and returns it with the toolstack that
// belongs to it.
func newDom0(t *testing.T) (*dom0, *Toolstack) {
	d := &dom0{t: t, guests: map[string]func(*guest){}, running: map[string]*guest{}, seen: map[string]string{}, xenstored: xenstored.New()}
	dir := t.TempDir()
	xl, socket := filepath.Join(dir, "xl"), filepath.Join(dir, "store")
	d.serve(xl, d.xl)
	d.serve(socket, d.store)
	t.Setenv(fakeXL, xl)
	t.Setenv("GORACE", "atexit_sleep_ms=0") // else each xl takes a second under -race
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return d, &Toolstack{XL: exe, Store: socket}
}

// serve calls handle for every connection to a socket until the test ends.
func (d *dom0) serve(path string, handle func(net.Conn)) {
	l, err := net.Listen("unix", path)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go handle(conn)
		}
	}()
}

// names returns the domains that still exist.
func (d *dom0) names() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []string
	for _, g := range d.running {
		all = append(all, g.name)
	}
	return all
}

// xl answers one xl command.
func (d *dom0) xl(conn net.Conn) {
	defer conn.Close()
	var args []string
	if json.NewDecoder(conn).Decode(&args) != nil {
		return
	}
	last := args[len(args)-1]
	var a answer
	switch args[0] {
	case "create":
		a = d.create(last)
	case "list":
		a = d.list(last)
	case "destroy":
		a = d.destroy(last)
	case "dmesg":
		a.Out = "(XEN) d1v0 boots\n(XEN) Domain 7 (vcpu#0) crashed on cpu#0:\n(XEN) RIP: e033:[<0>]\n(XEN)    0000 0000\n"
	}
	json.NewEncoder(conn).Encode(a)
}

var setting = regexp.MustCompile(`(?m)^(\w+) = "?([^"\n]*)`)

func (d *dom0) create(path string) answer {
	text, err := os.ReadFile(path)
	if err != nil || d.refuse != "" {
		return answer{Code: 1, Err: d.refuse}
	}
	cfg := map[string]string{}
	for _, m := range setting.FindAllStringSubmatch(string(text), -1) {
		cfg[m[1]] = m[2]
	}
	g := &guest{dom0: d, name: cfg["name"], flags: "-b----"}
	g.tty, g.path = newTerminal(d.t)
	d.mu.Lock()
	d.next++
	id := abi.Domid_t(d.next + 6)
	g.id = strconv.Itoa(int(id))
	d.running[g.id], d.seen[g.name] = g, string(text)
	d.mu.Unlock()
	d.introduce(g, id)
	if run := d.guests[cfg["kernel"]]; run != nil {
		go run(g)
	}
	return answer{}
}

func (d *dom0) list(id string) answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	g := d.running[id]
	if g == nil {
		return answer{Code: 1, Err: fmt.Sprintf("Error: Domain '%s' does not exist.\n", id)}
	}
	reason := "-"
	if strings.Contains(g.flags, "s") {
		reason = strconv.FormatInt(int64(g.reason), 16)
	}
	return answer{Out: fmt.Sprintf("Name ID Mem VCPUs State Time(s) UUID Reason-Code Security Label\n"+
		"%s %s 8 1 %s 0.1 53e45a39-f78f-4a5b-a0bc-45ab9de4df0e %s -\n", g.name, id, g.flags, reason)}
}

func (d *dom0) destroy(id string) answer {
	d.mu.Lock()
	g := d.running[id]
	delete(d.running, id)
	d.mu.Unlock()
	if g == nil {
		return answer{Code: 1, Err: "libxl: error: no such domain\n"}
	}
	g.tty.Close()
	n, _ := strconv.Atoi(id)
	d.xenstored.Release(abi.Domid_t(n))
	return answer{}
}

// store connects a socket with the fake's xenstored.
func (d *dom0) store(conn net.Conn) {
	theirs := d.xenstored.Connect(0)
	go func() {
		io.Copy(conn, theirs)
		conn.Close()
	}()
	io.Copy(theirs, conn)
	theirs.Close()
}

// introduce makes a new domain's nodes.
func (d *dom0) introduce(g *guest, id abi.Domid_t) {
	d.xenstored.Introduce(id)
	c := xenstore.New(d.xenstored.Connect(0), xenstore.Options{})
	defer c.Close()
	for name, value := range map[string]string{"name": g.name, "console/tty": g.path} {
		if err := c.Write(d.t.Context(), xenstore.DomainPath(id)+"/"+name, value); err != nil {
			d.t.Error(err)
		}
	}
}

// newTerminal opens a terminal in raw mode and returns the side that
// xenconsoled would hold, and the path of the other.
func newTerminal(t *testing.T) (*os.File, string) {
	f, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Error(err)
		return nil, ""
	}
	fd := int(f.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	unlock := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	mode, get := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil || unlock != nil || get != nil {
		t.Error(err, unlock, get)
		return f, ""
	}
	mode.Iflag, mode.Oflag, mode.Lflag = 0, 0, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, mode); err != nil {
		t.Error(err)
	}
	unix.SetNonblock(fd, true)
	return f, fmt.Sprintf("/dev/pts/%d", n)
}
