// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file is the SSH server in dom0: connections and channels.

package agent

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// Paths inside dom0 that the host fills in when it builds the RAM file system.
const (
	// HostKey is the server's private key, in PEM.
	HostKey = "/etc/domlet/host_key"
	// ClientKey is the only public key let in, in authorized_keys form.
	ClientKey = "/etc/domlet/client_key.pub"
)

// IdleRequest is the global request that sets the idle time: its payload is the
// text of a time.Duration.
const IdleRequest = "idle@domlet"

// User is the only name that logs in.
const User = "root"

// DefaultIdle is how long the lab lives without connections.
const DefaultIdle = 10 * time.Minute

// Serve answers connections until the idle time is over, when it calls end.
// It returns only with an error.
func Serve(l net.Listener, config *ssh.ServerConfig, end func()) error {
	idle := newIdleTimer(DefaultIdle, end)
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			if idle.enter() {
				defer idle.leave()
				serveConn(conn, config, idle)
			}
		}()
	}
}

// Config reads the keys at the given paths.
func Config(hostKey, clientKey string) (*ssh.ServerConfig, error) {
	pem, err := os.ReadFile(hostKey)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.ParsePrivateKey(pem)
	if err != nil {
		return nil, err
	}
	line, err := os.ReadFile(clientKey)
	if err != nil {
		return nil, err
	}
	client, _, _, _, err := ssh.ParseAuthorizedKey(line)
	if err != nil {
		return nil, err
	}
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if !bytes.Equal(key.Marshal(), client.Marshal()) {
			return nil, errors.New("unknown key")
		}
		return nil, nil
	}}
	config.AddHostKey(signer)
	return config, nil
}

// serveConn serves one connection to its end.
func serveConn(conn net.Conn, config *ssh.ServerConfig, idle *idleTimer) {
	conn.SetDeadline(time.Now().Add(time.Minute)) // for the handshake only
	sc, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	conn.SetDeadline(time.Time{})
	go serveGlobal(requests, idle)
	var sessions sync.WaitGroup
	for nc := range channels {
		switch nc.ChannelType() {
		case "session":
			if ch, reqs, err := nc.Accept(); err == nil {
				sessions.Go(func() { serveSession(ch, reqs) })
			}
		case "direct-tcpip":
			sessions.Go(func() { forward(nc) })
		default:
			nc.Reject(ssh.UnknownChannelType, "only sessions and direct-tcpip")
		}
	}
	sc.Close()
	sessions.Wait()
}

// serveGlobal answers keep-alives and sets the idle time.
func serveGlobal(requests <-chan *ssh.Request, idle *idleTimer) {
	for r := range requests {
		ok := r.Type == "keepalive@openssh.com"
		if r.Type == IdleRequest {
			d, err := time.ParseDuration(string(r.Payload))
			if ok = err == nil && d > 0; ok {
				idle.set(d)
			}
		}
		if r.WantReply {
			r.Reply(ok, nil)
		}
	}
}

// idleTimer calls end when nobody was connected for a time.
type idleTimer struct {
	mu    sync.Mutex
	after time.Duration
	users int
	ended bool // end was called: it is too late to come in
	timer *time.Timer
}

// newIdleTimer starts counting at once.
func newIdleTimer(after time.Duration, end func()) *idleTimer {
	t := &idleTimer{after: after}
	t.timer = time.AfterFunc(after, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.users == 0 {
			t.ended = true
			end()
		}
	})
	return t
}

// enter counts a connection and says whether it may go on.
func (t *idleTimer) enter() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return false
	}
	t.users++
	t.timer.Stop()
	return true
}

// leave takes a connection off; the last one starts the timer.
func (t *idleTimer) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.users--; t.users == 0 {
		t.timer.Reset(t.after)
	}
}

// set changes the idle time from the next idle period on.
func (t *idleTimer) set(after time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.after = after
}

// Main is the agent's program: it listens on the port, calls ready, and restarts
// the machine when idle.
func Main(port int, ready func()) error {
	config, err := Config(HostKey, ClientKey)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		return err
	}
	ready()
	return Serve(l, config, restart)
}
