// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A dom0 for tests without Xen: an xl, a xenstored and terminals, with domains
// that are functions of this package. Runs on the host.

package domain

import (
	"encoding/binary"
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
	conns   []net.Conn        // of xenstored
	next    int
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
	g.fire("@releaseDomain")
}

// newDom0 starts a fake machine and returns it with the toolstack that
// belongs to it.
func newDom0(t *testing.T) (*dom0, *Toolstack) {
	d := &dom0{t: t, guests: map[string]func(*guest){}, running: map[string]*guest{}, seen: map[string]string{}}
	dir := t.TempDir()
	xl, store := filepath.Join(dir, "xl"), filepath.Join(dir, "store")
	d.serve(xl, d.xl)
	d.serve(store, d.store)
	t.Setenv(fakeXL, xl)
	t.Setenv("GORACE", "atexit_sleep_ms=0") // else each xl takes a second under -race
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return d, &Toolstack{XL: exe, Store: store}
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
	g.id = strconv.Itoa(d.next + 6)
	d.running[g.id], d.seen[g.name] = g, string(text)
	d.mu.Unlock()
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
	d.fire("@releaseDomain")
	return answer{}
}

// store speaks xenstored's side of the protocol.
func (d *dom0) store(conn net.Conn) {
	d.mu.Lock()
	d.conns = append(d.conns, conn)
	d.mu.Unlock()
	for {
		var head [16]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return
		}
		body := make([]byte, binary.LittleEndian.Uint32(head[12:]))
		if _, err := io.ReadFull(conn, body); err != nil {
			return
		}
		kind := binary.LittleEndian.Uint32(head[:])
		words := strings.Split(string(body), "\x00")
		d.reply(conn, kind, words[0])
	}
}

func (d *dom0) reply(conn net.Conn, kind uint32, path string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	text, ok := "OK\x00", true
	switch kind {
	case xsDirectory:
		text = "0\x00"
		for id := range d.running {
			text += id + "\x00"
		}
	case xsRead:
		text, ok = d.node(path)
	}
	if !ok {
		kind, text = xsError, "ENOENT\x00"
	}
	send(conn, kind, text)
	if kind == xsWatch {
		send(conn, xsWatchEvent, path+"\x00"+path+"\x00")
	}
}

// node returns a value of the store; d.mu is held.
func (d *dom0) node(path string) (string, bool) {
	parts := strings.SplitN(strings.TrimPrefix(path, "/local/domain/"), "/", 2)
	g := d.running[parts[0]]
	if g == nil || len(parts) < 2 {
		return "", false
	}
	value, ok := map[string]string{"name": g.name, "console/tty": g.path}[parts[1]]
	return value, ok
}

// fire tells every client of xenstored that something changed.
func (d *dom0) fire(path string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, conn := range d.conns {
		send(conn, xsWatchEvent, path+"\x00"+path+"\x00")
	}
}

func send(conn net.Conn, kind uint32, text string) {
	msg := binary.LittleEndian.AppendUint32(nil, kind)
	msg = append(msg, make([]byte, 8)...)
	msg = binary.LittleEndian.AppendUint32(msg, uint32(len(text)))
	conn.Write(append(msg, text...))
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
