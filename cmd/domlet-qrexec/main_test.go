// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The two commands as processes, with a relay in the test. Host.

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/domlet/domlet/services/qrexec/bysocket"
	"github.com/domlet/domlet/services/qrexec/relay"
	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/abi"
)

// patience is how long anything may take that should happen.
const patience = 3 * time.Minute

// bin is where the commands are.
var bin string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "qrexec")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		bin = dir
		build := exec.Command("go", "build", "-o", dir, ".", "../domlet-qrexec-agent")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			panic(fmt.Sprintf("%v\n%s", err, out))
		}
		return m.Run()
	}())
}

// world is a relay and two Linux domains, work and vault.
type world struct {
	*testing.T
	dir   string
	names map[string]abi.Domid_t
}

// newWorld starts a world whose agents run the services of vault's two directories.
func newWorld(t *testing.T) *world {
	w := &world{t, t.TempDir(), map[string]abi.Domid_t{"work": 1, "vault": 2}}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	start := func(f func()) { go f() }
	r := &relay.Relay{Transport: &bysocket.Transport{Dir: w.dir, Domain: 0, Go: start}, Decide: w.decide, Go: start}
	for _, d := range []string{"first", "second"} {
		if err := os.Mkdir(filepath.Join(w.dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, id := range w.names {
		go r.Attend(ctx, relay.Peer{ID: id, Name: name})
		w.agent(ctx, id)
	}
	for name := range w.names {
		w.until(name+" is connected", func() bool {
			_, out, _ := w.run(name, "", "status")
			return strings.Contains(out, "connected: true\nprotocol: 4\n")
		})
	}
	return w
}

// decide lets all calls be made, as the user that runs the test.
func (w *world) decide(_ context.Context, q relay.Question) (relay.Answer, error) {
	id, ok := w.names[q.Target]
	u, err := user.Current()
	if !ok || err != nil {
		return relay.Answer{}, relay.ErrRefused
	}
	return relay.Answer{Target: id, User: u.Username}, nil
}

func (w *world) command(ctx context.Context, id abi.Domid_t, name string, args ...string) *exec.Cmd {
	flags := []string{"-vchan", "socket:" + w.dir, "-run", filepath.Join(w.dir, fmt.Sprint("run", id))}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, name), append(flags, args...)...)
	cmd.Env = append(os.Environ(), "VCHAN_DOMAIN="+strconv.Itoa(int(id)))
	return cmd
}

// agent starts an agent, which ends when the test does, by a signal and with code 0.
func (w *world) agent(ctx context.Context, id abi.Domid_t) {
	a := w.command(ctx, id, "domlet-qrexec-agent", "-services", filepath.Join(w.dir, "first")+":"+filepath.Join(w.dir, "second"))
	var said bytes.Buffer
	a.Stderr = &said
	if err := a.Start(); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		a.Process.Signal(syscall.SIGTERM)
		if err := a.Wait(); err != nil || w.Failed() {
			w.Errorf("agent %d: %v\n%s", id, err, said.String())
		}
	})
}

// run runs domlet-qrexec in a domain.
func (w *world) run(domain, input string, args ...string) (code int, out, errs string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := w.command(ctx, w.names[domain], "domlet-qrexec", args...)
	var o, e bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &o, &e
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		w.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), o.String(), e.String()
}

// service writes a service's program.
func (w *world) service(dir, name, text string) {
	if err := os.WriteFile(filepath.Join(w.dir, dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		w.Fatal(err)
	}
}

func (w *world) until(what string, f func() bool) {
	for end := time.Now().Add(patience); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			w.Fatalf("waited in vain until %s", what)
		}
	}
}

// TestCalls: what a service is told, what it says, and which of several it is.
func TestCalls(t *testing.T) {
	w := newWorld(t)
	w.service("second", "test.Env", `echo "$1 $QREXEC_REMOTE_DOMAIN $QREXEC_SERVICE_FULL_NAME $QREXEC_SERVICE_ARGUMENT"; cat; echo a remark >&2; exit 3`)
	w.service("second", "test.Order", "echo second")
	w.service("first", "test.Order", "echo first")
	w.service("second", "test.Order+x", "echo argument")
	w.service("second", "test.Signal", "kill -9 $$")
	long := strings.Repeat("long", 500) // no file can be called that
	os.WriteFile(filepath.Join(w.dir, "first", "test.NoProgram"), []byte("text"), 0o644)
	os.Mkdir(filepath.Join(w.dir, "first", "test.Directory"), 0o755)
	for _, c := range []struct {
		service, input string
		code           int
		out, errs      string
	}{
		{"test.Env+arg", "input", 3, "arg work test.Env+arg arg\ninput", "a remark\n"},
		{"test.Env", "", 3, " work test.Env+ \n", "a remark\n"},
		{"test.Order", "", 0, "first\n", ""},
		{"test.Order+y", "", 0, "first\n", ""},
		{"test.Order+x", "", 0, "argument\n", ""},
		{"test.Order+" + long, "", 0, "first\n", ""},
		{"test.Env+" + long, "", 3, long + " work test.Env+" + long + " " + long + "\n", "a remark\n"},
		{"test.None+" + long, "", 127, "", "test.None: no such service\n"},
		{long, "", 127, "", long + ": no such service\n"},
		{"test.Signal", "", 137, "", ""},
		{"test.None", "", 127, "", "test.None: no such service\n"},
		{"test.Directory", "", 127, "", "test.Directory: no such service\n"},
		{"test.NoProgram", "", 125, "", "permission denied"},
		{"..", "", 127, "", "..: no such service\n"},
		{"bad name", "", 125, "", "other characters"},
	} {
		code, out, errs := w.run("work", c.input, "call", "vault", c.service)
		if code != c.code || out != c.out || !strings.Contains(errs, c.errs) || c.errs == "" && errs != "" {
			t.Errorf("%s: %d, %q, %q", c.service, code, out, errs)
		}
	}
	if code, _, errs := w.run("work", "", "call", "nobody", "test.Env"); code != 126 || !strings.Contains(errs, "refused") {
		t.Errorf("refused: %d, %q", code, errs)
	}
}

// TestMuch: much data both ways, and a service that listens at a socket.
func TestMuch(t *testing.T) {
	w := newWorld(t)
	w.service("first", "test.Cat", "exec cat")
	data := make([]byte, 8<<20)
	rand.Read(data)
	if code, out, errs := w.run("work", string(data), "call", "vault", "test.Cat"); code != 0 || out != string(data) {
		t.Errorf("%d, %d of %d bytes, %q", code, len(out), len(data), errs)
	}
	w.listener("test.Socket")
	if code, out, errs := w.run("work", "input", "call", "vault", "test.Socket+a"); code != 0 || out != "test.Socket+a work\x00input" {
		t.Errorf("%d, %q, %q", code, out, errs)
	}
}

// TestManyConnections: an agent with more connections than it may have open takes others again when those are gone.
func TestManyConnections(t *testing.T) {
	w := newWorld(t)
	w.service("first", "test.Hello", "echo hello")
	run := filepath.Join(w.dir, "few")
	a := w.command(t.Context(), 1, "domlet-qrexec-agent", "-run", run)
	a.Path, a.Args = "/bin/sh", append([]string{"sh", "-c", `ulimit -n 30; exec "$@"`, "sh", a.Path}, a.Args[1:]...)
	if err := a.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		a.Process.Kill()
		a.Wait()
	})
	calls := filepath.Join(run, "calls")
	var open []net.Conn
	w.until("there are more connections than it may have", func() bool {
		c, err := net.Dial("unix", calls)
		if err == nil {
			open = append(open, c)
		}
		return len(open) == 60
	})
	w.until("it has as many as it may", func() bool {
		list, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", a.Process.Pid))
		return len(list) >= 30 // one that was handed down may have a higher number
	})
	for _, c := range open {
		c.Close()
	}
	// Whether the daemon lets it call is another matter: it answers.
	c, err := net.Dial("unix", calls)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	c.Write((&wire.Message{Type: wire.Hello, Version: 4}).Append(nil))
	if _, err := io.ReadFull(c, make([]byte, 12)); err != nil {
		t.Errorf("the agent does not answer: %v", err)
	}
}

// TestCallerKilled: a service's program is told that its caller is gone.
func TestCallerKilled(t *testing.T) {
	w := newWorld(t)
	gone := filepath.Join(w.dir, "gone")
	w.service("first", "test.Wait", "trap 'echo >"+gone+"; exit' TERM; echo ready; while :; do sleep 0.05; done")
	cmd := w.command(t.Context(), 1, "domlet-qrexec", "call", "vault", "test.Wait")
	in, _ := cmd.StdinPipe()
	defer in.Close()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out.Read(make([]byte, 1))
	cmd.Process.Kill()
	cmd.Wait()
	w.until("the service knows", func() bool {
		_, err := os.Stat(gone)
		return err == nil
	})
	w.until("the agent serves nothing any more", func() bool {
		_, out, _ := w.run("vault", "", "status")
		return strings.Contains(out, "serving: 0\n")
	})
}

// TestCopy: files and directories arrive where the service puts them; a second time they exist already.
func TestCopy(t *testing.T) {
	w := newWorld(t)
	w.service("first", "qubes.Filecopy", "exec "+filepath.Join(bin, "domlet-qrexec")+" receive "+filepath.Join(w.dir, "incoming"))
	from := t.TempDir()
	os.MkdirAll(filepath.Join(from, "d", "e"), 0o755)
	os.WriteFile(filepath.Join(from, "d", "e", "f"), []byte("content"), 0o640)
	os.WriteFile(filepath.Join(from, "g"), make([]byte, 1<<20), 0o600)
	if code, _, errs := w.run("work", "", "copy", filepath.Join(from, "d"), filepath.Join(from, "g"), "vault"); code != 0 {
		t.Fatalf("%d, %q", code, errs)
	}
	into := filepath.Join(w.dir, "incoming", "work")
	if b, err := os.ReadFile(filepath.Join(into, "d", "e", "f")); string(b) != "content" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	if info, err := os.Stat(filepath.Join(into, "g")); err != nil || info.Size() != 1<<20 {
		t.Error(err)
	}
	if code, _, errs := w.run("work", "", "copy", filepath.Join(from, "g"), "vault"); code != 125 || !strings.Contains(errs, "\"g\": file exists") {
		t.Errorf("%d, %q", code, errs)
	}
	if code, _, errs := w.run("work", "", "copy", filepath.Join(from, "none"), "vault"); code != 125 || !strings.Contains(errs, "no such file") {
		t.Errorf("%d, %q", code, errs)
	}
}

// TestCommandLine: help is no error, what is not understood is, and what is missing is named.
func TestCommandLine(t *testing.T) {
	w := &world{t, t.TempDir(), map[string]abi.Domid_t{"work": 1}}
	for _, c := range []struct {
		args []string
		code int
		errs string
	}{
		{[]string{"-help"}, 0, "usage:"},
		{nil, 125, "see -help"},
		{[]string{"call", "vault"}, 125, "see -help"},
		{[]string{"-nonsense"}, 125, "not defined"},
		{[]string{"call", "vault", "test.Echo"}, 125, "no agent"},
		{[]string{"status"}, 125, "no agent"},
		{[]string{"receive", w.dir}, 125, "QREXEC_REMOTE_DOMAIN"},
		{[]string{"-vchan", "pigeon", "call", "vault", "test.Echo"}, 125, "pigeon"},
	} {
		if code, _, errs := w.run("work", "", c.args...); code != c.code || !strings.Contains(errs, c.errs) {
			t.Errorf("%q: %d, %q", c.args, code, errs)
		}
	}
}

// listener is a service that listens at a socket and says back what it hears.
func (w *world) listener(name string) {
	l, err := net.Listen("unix", filepath.Join(w.dir, "first", name))
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.Copy(c, c)
			c.Close()
		}
	}()
}
