// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command domlet-qrexec makes calls to services of other domains, through the
// domlet-qrexec-agent of this one.
//
//	domlet-qrexec [flags] call TARGET SERVICE[+ARGUMENT]
//	domlet-qrexec [flags] copy FILE... TARGET
//	domlet-qrexec [flags] status
//	domlet-qrexec receive DIR
//
// call moves standard input and output and ends with the service's exit code, or
// with 125 if the call failed, 126 if it was refused, 127 if there is no such
// service. copy and status end with 0, or with the same. A command line that is not
// understood ends with 125. receive is the other end of copy: a program that
// /etc/qubes-rpc/qubes.Filecopy can be.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/byvchan"
	"github.com/domlet/domlet/services/qrexec/filecopy"
	"github.com/domlet/domlet/services/qrexec/local"
	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/clock"
)

const usage = `usage:
  domlet-qrexec [flags] call TARGET SERVICE[+ARGUMENT]
        Call a service of a domain, with standard input and output, and end
        with its exit code: 125 if the call failed, 126 if it was refused, 127
        if there is no such service. An empty TARGET, or @default, leaves the
        domain to the policy.
  domlet-qrexec [flags] copy FILE... TARGET
        Copy files and directories to a domain, by its qubes.Filecopy.
  domlet-qrexec [flags] status
        Say how the agent is doing.
  domlet-qrexec receive DIR
        Take the files of a copy into a directory below DIR that has the
        caller's name. To be run as a service: a file
        /etc/qubes-rpc/qubes.Filecopy with the lines
            #!/bin/sh
            exec domlet-qrexec receive "$HOME/QubesIncoming"
flags:
  -run DIR       where the agent's sockets are (default ` + local.Directory + `)
  -vchan HOW     how to reach other domains: xen, or socket:DIR on a machine
                 without Xen, with this domain's number in VCHAN_DOMAIN
                 (default xen)
  -ring BYTES    the rings of the call (default: as the agent says)
`

// tool is one run of the command.
type tool struct {
	run, vchan string
	ring       int
	in         io.Reader
	out, errs  io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	t := &tool{in: os.Stdin, out: os.Stdout, errs: os.Stderr}
	code, err := t.main(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "domlet-qrexec:", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	os.Exit(code)
}

// start starts a goroutine.
func start(f func()) { go f() }

// errUsage is an error of the command line.
var errUsage = errors.New("wrong arguments: see -help")

func (t *tool) main(ctx context.Context, args []string) (int, error) {
	flags := flag.NewFlagSet("domlet-qrexec", flag.ContinueOnError)
	flags.SetOutput(t.errs)
	flags.Usage = func() { fmt.Fprint(t.errs, usage) }
	flags.StringVar(&t.run, "run", local.Directory, "")
	flags.StringVar(&t.vchan, "vchan", "xen", "")
	flags.IntVar(&t.ring, "ring", 0, "")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0, err
	} else if err != nil {
		return wire.ExitProblem, err
	}
	args = flags.Args()
	switch {
	case len(args) == 3 && args[0] == "call":
		return t.call(ctx, args[1], args[2])
	case len(args) >= 3 && args[0] == "copy":
		return t.copy(ctx, args[len(args)-1], args[1:len(args)-1])
	case len(args) == 1 && args[0] == "status":
		return t.status()
	case len(args) == 2 && args[0] == "receive":
		return t.receive(args[1])
	}
	return wire.ExitProblem, errUsage
}

// open makes a call.
func (t *tool) open(ctx context.Context, target, service string) (*qrexec.Call, int, error) {
	transport, err := local.Transport(ctx, t.vchan, t.ring, start)
	if v, ok := transport.(*byvchan.Transport); ok && v.Ring == 0 {
		v.Ring, err = t.agentsRing()
	}
	if err != nil {
		return nil, wire.ExitProblem, err
	}
	agent, err := net.Dial("unix", local.CallsSocket(t.run))
	if err != nil {
		return nil, wire.ExitProblem, fmt.Errorf("no agent: %w", err)
	}
	g, err := local.Ask(ctx, agent, start, target, service)
	if err != nil {
		if errors.Is(err, qrexec.ErrRefused) {
			return nil, wire.ExitRefused, err
		}
		return nil, wire.ExitProblem, err
	}
	caller := &qrexec.Caller{Transport: transport, Go: start, Clock: clock.System{}, Version: wire.Newest}
	c, err := caller.Meet(ctx, g)
	if err != nil {
		g.Release()
		return nil, wire.ExitProblem, err
	}
	return c, 0, nil
}

// call calls a service. Standard input that waits for somebody to type something ends with the process.
func (t *tool) call(ctx context.Context, target, service string) (int, error) {
	c, code, err := t.open(ctx, target, service)
	if err != nil {
		return code, err
	}
	return c.Move(qrexec.Streams{Stdin: t.in, Stdout: t.out, Stderr: t.errs}, start)
}

// copy copies files: each under the last part of its name.
func (t *tool) copy(ctx context.Context, target string, files []string) (int, error) {
	c, code, err := t.open(ctx, target, filecopy.Service)
	if err != nil {
		return code, err
	}
	c.Stderr = t.errs
	err = filecopy.Copy(c, func(s *filecopy.Sender) error {
		for _, file := range files {
			if err := send(s, file); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return wire.ExitProblem, err
	}
	return 0, nil
}

// receive takes the files of a copy. Who calls, and with which argument, is in the environment of every service.
func (t *tool) receive(dir string) (int, error) {
	source := os.Getenv("QREXEC_REMOTE_DOMAIN")
	if source == "" {
		return wire.ExitProblem, errors.New("receive is to be run as a service: QREXEC_REMOTE_DOMAIN is not set")
	}
	into := filecopy.Handler(filecopy.Options{}, func(source string) (filecopy.Tree, error) {
		return incoming(dir, source)
	}, func(_ string, things int64, err error) {
		if err != nil {
			fmt.Fprintln(t.errs, err)
		}
	})
	return into.ServeCall(context.Background(), &qrexec.Request{
		Service: filecopy.Service, Argument: os.Getenv("QREXEC_SERVICE_ARGUMENT"), Source: source,
		Stdin: t.in, Stdout: unclosed{t.out}, Stderr: unclosed{t.errs},
	}), nil
}

// unclosed is a stream that the process's end closes.
type unclosed struct{ io.Writer }

func (unclosed) Close() error { return nil }

// incoming is the directory for what a domain sends.
func incoming(dir, source string) (filecopy.Tree, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	top, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer top.Close()
	if err := top.Mkdir(source, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	into, err := top.OpenRoot(source)
	if err != nil {
		return nil, err
	}
	return filecopy.Directory(into), nil
}

func send(s *filecopy.Sender, file string) error {
	full, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	dir, name := filepath.Split(full)
	return s.Send(os.DirFS(dir), name, name)
}

// status prints what the agent says of itself.
func (t *tool) status() (int, error) {
	said, err := t.ask()
	if err != nil {
		return wire.ExitProblem, err
	}
	if _, err := t.out.Write(said); err != nil {
		return wire.ExitProblem, err
	}
	return 0, nil
}

// ask asks the agent how it is doing.
func (t *tool) ask() ([]byte, error) {
	c, err := net.Dial("unix", local.StatusSocket(t.run))
	if err != nil {
		return nil, fmt.Errorf("no agent: %w", err)
	}
	defer c.Close()
	return io.ReadAll(c)
}

// agentsRing is the size of the agent's rings.
func (t *tool) agentsRing() (size int, err error) {
	said, err := t.ask()
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(said)) {
		if n, ok := strings.CutPrefix(line, "ring: "); ok {
			return strconv.Atoi(strings.TrimSpace(n))
		}
	}
	return 0, errors.New("the agent does not say how large rings are: is it of another version?")
}
