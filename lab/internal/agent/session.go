// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file runs one command for one SSH session in dom0.

package agent

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
)

// grace is how long a command may take to end after SIGTERM.
const grace = 20 * time.Second

// session is the state of one SSH session.
type session struct {
	ch   ssh.Channel
	term string // TERM, when a terminal was asked for
	size ptySize
	pty  *os.File
	mu   sync.Mutex
	cmd  *exec.Cmd // nil before exec
	done chan struct{}
}

// serveSession handles a session's requests until the client is gone.
func serveSession(ch ssh.Channel, requests <-chan *ssh.Request) {
	s := &session{ch: ch, done: make(chan struct{})}
	for r := range requests {
		ok := s.request(r)
		if r.WantReply {
			r.Reply(ok, nil)
		}
	}
	s.stop()
}

// request handles one request and says whether it was understood.
func (s *session) request(r *ssh.Request) bool {
	switch r.Type {
	case "pty-req":
		return s.askPty(r.Payload)
	case "window-change":
		return s.resize(r.Payload)
	case "exec":
		var m struct{ Command string }
		return ssh.Unmarshal(r.Payload, &m) == nil && s.start("/bin/sh", "-c", m.Command)
	case "shell":
		return s.start("/bin/sh", "-l")
	case "signal":
		var m struct{ Name string }
		return ssh.Unmarshal(r.Payload, &m) == nil && s.signal(m.Name)
	}
	return false
}

// start starts the session's only command.
func (s *session) start(argv ...string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		return false
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = os.Getenv("HOME")
	cmd.Env = os.Environ()
	var err error
	var wait func() error
	if s.term != "" {
		wait, err = s.startPty(cmd)
	} else {
		wait, err = s.startPipes(cmd)
	}
	if err != nil {
		io.WriteString(s.ch.Stderr(), "lab: "+err.Error()+"\n")
		return false
	}
	s.cmd = cmd
	go s.finish(wait)
	return true
}

// startPipes runs cmd with the channel as its standard files, in a process group
// of its own.
func (s *session) startPipes(cmd *exec.Cmd) (func() error, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stdout, cmd.Stderr = s.ch, s.ch.Stderr()
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		io.Copy(in, s.ch)
		in.Close()
	}()
	return cmd.Wait, nil
}

// finish waits for the command and reports how it ended.
func (s *session) finish(wait func() error) {
	err := wait()
	close(s.done)
	var exit *exec.ExitError
	status := struct{ Status uint32 }{0}
	if errors.As(err, &exit) {
		ws := exit.Sys().(syscall.WaitStatus)
		status.Status = uint32(ws.ExitStatus())
		if ws.Signaled() {
			status.Status = 128 + uint32(ws.Signal())
		}
	}
	s.ch.CloseWrite()
	s.ch.SendRequest("exit-status", false, ssh.Marshal(&status))
	s.ch.Close()
}

// signals are the names that RFC 4254 gives the signals a client may send.
var signals = map[string]syscall.Signal{
	"HUP": syscall.SIGHUP, "INT": syscall.SIGINT, "KILL": syscall.SIGKILL,
	"QUIT": syscall.SIGQUIT, "TERM": syscall.SIGTERM,
	"USR1": syscall.SIGUSR1, "USR2": syscall.SIGUSR2,
}

// signal sends a signal to the command's process group.
func (s *session) signal(name string) bool {
	sig, ok := signals[name]
	return ok && s.kill(sig)
}

// kill sends sig to the command's process group while the command runs.
func (s *session) kill(sig syscall.Signal) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return false
	}
	select {
	case <-s.done:
		return false
	default:
		return syscall.Kill(-s.cmd.Process.Pid, sig) == nil
	}
}

// stop ends what still runs after the client has gone.
func (s *session) stop() {
	if !s.kill(syscall.SIGTERM) {
		return
	}
	select {
	case <-s.done:
	case <-time.After(grace):
		s.kill(syscall.SIGKILL)
	}
}
