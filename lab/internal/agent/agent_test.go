// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Tests of the agent on this machine: sessions over a loopback connection, and
// the idle timer. What needs a dom0 is tested in package lab.

package agent

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"debug/elf"
	"encoding/pem"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// newKey writes a key pair into dir and returns the private half.
func newKey(t *testing.T, dir, name string) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	signer, err := ssh.NewSignerFromKey(private)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, name+".pub"), ssh.MarshalAuthorizedKey(signer.PublicKey()), 0o600))
	return signer
}

// must ends the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// server is an agent under test.
type server struct {
	addr         string
	host, client ssh.Signer
	ended        chan struct{}
}

// newServer starts an agent.
func newServer(t *testing.T) *server {
	t.Helper()
	dir := t.TempDir()
	s := &server{host: newKey(t, dir, "host"), client: newKey(t, dir, "client"), ended: make(chan struct{})}
	config, err := Config(filepath.Join(dir, "host"), filepath.Join(dir, "client.pub"))
	must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	s.addr = l.Addr().String()
	go Serve(l, config, func() { close(s.ended) })
	return s
}

// dial connects with the given key.
func (s *server) dial(key ssh.Signer) (*ssh.Client, error) {
	return ssh.Dial("tcp", s.addr, &ssh.ClientConfig{
		User: User, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.FixedHostKey(s.host.PublicKey()),
	})
}

// newSession opens a session.
func newSession(t *testing.T, c *ssh.Client) *ssh.Session {
	t.Helper()
	s, err := c.NewSession()
	must(t, err)
	return s
}

func TestOnlyTheKeyComesIn(t *testing.T) {
	s := newServer(t)
	if _, err := s.dial(newKey(t, t.TempDir(), "other")); err == nil {
		t.Error("another key was let in")
	}
	c, err := s.dial(s.client)
	must(t, err)
	must(t, c.Close())
}

func TestIdleEnds(t *testing.T) {
	s := newServer(t)
	c, err := s.dial(s.client)
	must(t, err)
	ok, _, err := c.SendRequest(IdleRequest, true, []byte("50ms"))
	if err != nil || !ok {
		t.Fatalf("setting the idle time: %v, %v", ok, err)
	}
	if ok, _, _ := c.SendRequest(IdleRequest, true, []byte("soon")); ok {
		t.Error("a bad idle time was taken")
	}
	select {
	case <-s.ended:
		t.Fatal("ended while a client was connected")
	case <-time.After(200 * time.Millisecond):
	}
	must(t, c.Close())
	select {
	case <-s.ended:
	case <-time.After(2 * time.Minute):
		t.Fatal("did not end after its last client left")
	}
	if c, err := s.dial(s.client); err == nil {
		c.Close()
		t.Error("let a client in after its end")
	}
}

// TestForwardEndsWithItsClient connects to somebody who never closes, and leaves.
func TestForwardEndsWithItsClient(t *testing.T) {
	s := newServer(t)
	c, err := s.dial(s.client)
	must(t, err)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer silent.Close()
	_, err = c.Dial("tcp", silent.Addr().String())
	must(t, err)
	_, _, err = c.SendRequest(IdleRequest, true, []byte("50ms"))
	must(t, err)
	must(t, c.Close())
	select {
	case <-s.ended:
	case <-time.After(2 * time.Minute):
		t.Fatal("a connection without a client keeps the agent up")
	}
}

func TestSignalAndExitStatus(t *testing.T) {
	c, err := newServer(t).dialSelf(t)
	must(t, err)
	sess := newSession(t, c)
	out, err := sess.StdoutPipe()
	must(t, err)
	must(t, sess.Start("trap 'exit 9' USR1; echo ready; while :; do sleep 0.05; done"))
	_, err = io.ReadFull(out, make([]byte, len("ready\n")))
	must(t, err)
	must(t, sess.Signal(ssh.SIGUSR1))
	exit, ok := sess.Wait().(*ssh.ExitError)
	if !ok || exit.ExitStatus() != 9 {
		t.Errorf("ended with %v, want exit status 9", exit)
	}
}

// dialSelf connects with the right key for the length of the test.
func (s *server) dialSelf(t *testing.T) (*ssh.Client, error) {
	c, err := s.dial(s.client)
	if err == nil {
		t.Cleanup(func() { c.Close() })
	}
	return c, err
}

func TestTerminal(t *testing.T) {
	c, err := newServer(t).dialSelf(t)
	must(t, err)
	sess := newSession(t, c)
	in, err := sess.StdinPipe()
	must(t, err)
	out, err := sess.StdoutPipe()
	must(t, err)
	lines := bufio.NewScanner(out)
	wantLine := func(want string) {
		if lines.Scan(); lines.Text() != want {
			t.Fatalf("the terminal said %q, want %q", lines.Text(), want)
		}
	}
	must(t, sess.RequestPty("vt100", 33, 99, ssh.TerminalModes{}))
	must(t, sess.Start("stty -echo; stty size; echo $TERM; read x; stty size"))
	wantLine("33 99")
	wantLine("vt100")
	must(t, sess.WindowChange(44, 111))
	// It has no answer, and data may overtake it: what has one comes behind it.
	_, err = sess.SendRequest("done?", true, nil)
	must(t, err)
	_, err = io.WriteString(in, "\n")
	must(t, err)
	wantLine("44 111")
	must(t, sess.Wait())
}

func TestOneCommandASession(t *testing.T) {
	c, err := newServer(t).dialSelf(t)
	must(t, err)
	sess := newSession(t, c)
	must(t, sess.Start("sleep 10"))
	if ok, err := sess.SendRequest("exec", true, ssh.Marshal(struct{ C string }{"true"})); err != nil || ok {
		t.Errorf("a second command: %v, %v", ok, err)
	}
}

func TestBusyGuestIsAnELFFile(t *testing.T) {
	f, err := elf.NewFile(bytes.NewReader(BusyGuest()))
	must(t, err)
	if len(f.Progs) != 2 || f.Progs[0].Type != elf.PT_LOAD || f.Entry != busyEntry {
		t.Errorf("entry %#x, segments %v", f.Entry, f.Progs)
	}
	code := busyCode()
	if jump := int(int8(code[len(code)-1])); len(code)+jump != 0 {
		t.Errorf("the loop jumps to %d", len(code)+jump)
	}
}

func TestCheckFPU(t *testing.T) {
	rounds, err := CheckFPU(50 * time.Millisecond)
	if err != nil || rounds == 0 {
		t.Errorf("%d rounds, %v", rounds, err)
	}
}
