// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file lends the user's terminal to a command in dom0.

package lab

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/crypto/ssh"
	"golang.org/x/term"
)

// Terminal is the terminal of the user in front of this program.
type Terminal struct {
	in, out *os.File
	old     *term.State
	winch   chan os.Signal
}

// OpenTerminal takes the terminal that in and out are; it is nil when they are
// not both one. Restore gives it back.
func OpenTerminal(in, out *os.File) (*Terminal, error) {
	if !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(out.Fd())) {
		return nil, nil
	}
	old, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return nil, err
	}
	return &Terminal{in: in, out: out, old: old, winch: make(chan os.Signal, 1)}, nil
}

// Restore gives the terminal back as it was.
func (t *Terminal) Restore() error {
	signal.Stop(t.winch)
	return term.Restore(int(t.in.Fd()), t.old)
}

// attach asks for a terminal on the other side and keeps its size the same.
func (t *Terminal) attach(s *ssh.Session) error {
	s.Stdin, s.Stdout, s.Stderr = t.in, t.out, nil
	width, height, err := term.GetSize(int(t.out.Fd()))
	if err != nil {
		return err
	}
	name := os.Getenv("TERM")
	if name == "" {
		name = "vt100"
	}
	if err := s.RequestPty(name, height, width, ssh.TerminalModes{}); err != nil {
		return err
	}
	signal.Notify(t.winch, syscall.SIGWINCH)
	go func() {
		for range t.winch {
			if w, h, err := term.GetSize(int(t.out.Fd())); err == nil {
				s.WindowChange(h, w)
			}
		}
	}()
	return nil
}
