// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package programs serves calls with the programs of a Linux system, the way
// Qubes OS does: a service is a file of its name in a directory, run as the user
// that the daemon says, or a socket that somebody listens at. Linux only; any
// goroutine.
package programs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/wire"
)

// Directories are where services are looked for, the first one first.
var Directories = []string{"/usr/local/etc/qubes-rpc", "/etc/qubes-rpc"}

// endTime is how long a program has to end by itself when its caller is gone.
const endTime = time.Minute

// Handler serves calls with programs.
type Handler struct {
	Dirs []string     // where to look; nil is Directories
	Go   func(func()) // starts a goroutine

	endTime time.Duration // for tests; 0 is endTime
}

// ServeCall finds the service's program and runs it.
func (h *Handler) ServeCall(ctx context.Context, r *qrexec.Request) int {
	file, info, err := h.find(r)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fmt.Fprintf(r.Stderr, "%s: no such service\n", r.Service)
		return wire.ExitNotFound
	case err != nil:
		fmt.Fprintln(r.Stderr, err)
		return wire.ExitProblem
	case info.Mode().Type() == fs.ModeSocket:
		return h.socket(ctx, r, file)
	}
	return h.program(ctx, r, file)
}

// find looks for SERVICE+ARGUMENT in all directories, and then for SERVICE. What is neither a file nor a socket is not there, nor
// is what no file can be called: arguments may be longer than that.
func (h *Handler) find(r *qrexec.Request) (file string, info fs.FileInfo, err error) {
	dirs := h.Dirs
	if dirs == nil {
		dirs = Directories
	}
	for _, name := range []string{r.Service + "+" + r.Argument, r.Service} {
		for _, dir := range dirs {
			file = filepath.Join(dir, name)
			info, err = os.Stat(file)
			if err == nil && (info.Mode().IsRegular() || info.Mode().Type() == fs.ModeSocket) {
				return file, info, nil
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENAMETOOLONG) {
				return "", nil, err
			}
		}
	}
	return "", nil, fs.ErrNotExist
}

// program runs a program until it ends and nobody writes what it began, or its caller is gone and it had time to notice.
func (h *Handler) program(ctx context.Context, r *qrexec.Request, file string) int {
	cmd := exec.CommandContext(ctx, file)
	if r.Argument != "" {
		cmd.Args = append(cmd.Args, r.Argument)
	}
	cmd.WaitDelay = cmp.Or(h.endTime, endTime)
	// Not SIGHUP: who is started with nohup hands down that it is ignored.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	if err := become(cmd, r); err != nil {
		fmt.Fprintln(r.Stderr, err)
		return wire.ExitProblem
	}
	p, err := start(cmd)
	if err != nil {
		fmt.Fprintln(r.Stderr, err)
		return wire.ExitProblem
	}
	h.Go(func() { feed(p.in, r.Stdin) })
	out, errs := h.output(r.Stdout, p.out), h.output(r.Stderr, p.errs)
	for _, over := range []<-chan struct{}{out, errs} {
		select {
		case <-over:
		case <-ctx.Done():
		}
	}
	code := exitCode(cmd.Wait()) // closes what is open still
	<-out
	<-errs
	return code
}

// pipes are this end of a program's streams.
type pipes struct {
	in        io.WriteCloser
	out, errs io.ReadCloser
}

// start starts a program.
func start(cmd *exec.Cmd) (p pipes, err error) {
	if p.in, err = cmd.StdinPipe(); err != nil {
		return p, err
	}
	if p.out, err = cmd.StdoutPipe(); err != nil {
		return p, err
	}
	if p.errs, err = cmd.StderrPipe(); err != nil {
		return p, err
	}
	return p, cmd.Start()
}

// output passes on what a program writes, and those that it started, which may go on when it has ended, until the channel is
// closed. Who writes to a caller that takes no more finds out.
func (h *Handler) output(to io.Writer, from io.ReadCloser) (over <-chan struct{}) {
	done := make(chan struct{})
	h.Go(func() {
		defer close(done)
		io.Copy(to, from)
		from.Close()
	})
	return done
}

// feed gives input to who takes it. It ends with the call at the latest, which ends the reader.
func feed(to io.WriteCloser, from io.Reader) {
	io.Copy(to, from)
	to.Close()
}

// exitCode is how a program ended: as a shell would say where a signal ended it.
func exitCode(err error) int {
	var e *exec.ExitError
	switch {
	case err == nil:
		return 0
	case !errors.As(err, &e):
		return wire.ExitProblem
	case e.ExitCode() >= 0:
		return e.ExitCode()
	}
	return 128 + signalOf(e)
}

// socket has somebody who listens serve the call: told who calls what first, in a line that ends with a NUL.
func (h *Handler) socket(ctx context.Context, r *qrexec.Request, file string) int {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", file)
	if err != nil {
		fmt.Fprintln(r.Stderr, err)
		return wire.ExitProblem
	}
	defer conn.Close()
	over := make(chan struct{})
	defer close(over)
	h.Go(func() {
		select {
		case <-ctx.Done():
			conn.Close()
		case <-over:
		}
	})
	fmt.Fprintf(conn, "%s+%s %s\x00", r.Service, r.Argument, r.Source)
	h.Go(func() {
		io.Copy(conn, r.Stdin)
		conn.(*net.UnixConn).CloseWrite()
	})
	if _, err := io.Copy(r.Stdout, conn); err != nil {
		return wire.ExitProblem
	}
	return 0
}
