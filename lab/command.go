// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file runs commands in the lab for programs on the developer's machine.

package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// Cmd is one command in dom0 or in the Linux guest.
type Cmd struct {
	// Stdin, Stdout and Stderr are the command's; nil means empty and discarded.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Terminal gives the command a terminal that follows this one's size; the
	// other three are ignored then.
	Terminal *Terminal
	// Hurry, once closed, has a command that was told to end be told again.
	Hurry <-chan struct{}

	on   *Remote
	ctx  context.Context
	argv []string
}

// grace is how long a command may take to end after it was told to: a little longer
// than the agent lets it.
const grace = 25 * time.Second

// Command prepares a command; without arguments it is a login shell. When ctx is
// done, the command's process group gets SIGTERM, and SIGKILL when it does not
// end; when this process dies, the same happens.
func (r *Remote) Command(ctx context.Context, argv ...string) *Cmd {
	return &Cmd{on: r, ctx: ctx, argv: argv}
}

// Run runs the command to its end and returns its exit code, 128 plus the signal
// when one ended it. An error means that there is no exit code.
func (c *Cmd) Run() (code int, err error) {
	s, err := c.on.client.NewSession()
	if err != nil {
		return -1, c.on.broken(err)
	}
	defer s.Close()
	if err := c.startOn(s); err != nil {
		return -1, fmt.Errorf("lab: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Wait() }()
	select {
	case err = <-ended:
	case <-c.ctx.Done():
		c.interrupt(s, ended)
		return -1, c.ctx.Err()
	}
	var exit *ssh.ExitError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &exit):
		return exit.ExitStatus(), nil
	}
	return -1, c.on.broken(err)
}

// startOn starts the command on a session.
func (c *Cmd) startOn(s *ssh.Session) error {
	s.Stdin, s.Stdout, s.Stderr = c.Stdin, c.Stdout, c.Stderr
	if c.Terminal != nil {
		if err := c.Terminal.attach(s); err != nil {
			return err
		}
	}
	if len(c.argv) == 0 {
		return s.Shell()
	}
	return s.Start("exec " + Quote(c.argv))
}

// interrupt ends the command and waits until it has ended, so that what it cleans
// up is done when Run returns.
func (c *Cmd) interrupt(s *ssh.Session, ended <-chan error) {
	s.Signal(ssh.SIGTERM)
	late, hurry := time.After(grace), c.Hurry
	for {
		select {
		case <-hurry:
			s.Signal(ssh.SIGTERM)
			hurry = nil
		case <-ended:
			return
		case <-late:
			s.Signal(ssh.SIGKILL)
			return
		}
	}
}

// Quote joins words to a command line for a POSIX shell.
func Quote(argv []string) string {
	words := make([]string, len(argv))
	for i, w := range argv {
		words[i] = "'" + strings.ReplaceAll(w, "'", "'\\''") + "'"
	}
	return strings.Join(words, " ")
}

// Output runs a command and returns what it printed. An exit code other than 0 is
// an error with the first line of its standard error.
func (r *Remote) Output(ctx context.Context, argv ...string) (string, error) {
	var out, errs bytes.Buffer
	c := r.Command(ctx, argv...)
	c.Stdout, c.Stderr = &out, &errs
	code, err := c.Run()
	if err == nil && code != 0 {
		line, _, _ := strings.Cut(strings.TrimSpace(errs.String()), "\n")
		err = fmt.Errorf("lab: %s in %s: exit code %d: %s", argv[0], r.name, code, line)
	}
	return out.String(), err
}
