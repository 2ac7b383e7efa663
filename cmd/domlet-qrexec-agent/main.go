// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command domlet-qrexec-agent is the agent of a Linux domain: it runs the services
// that the files in a directory are, for other domains, and makes calls for
// domlet-qrexec. Its daemon is Qubes OS' in dom0, or a relay in a domain.
//
//	domlet-qrexec-agent [-relay | -daemon N] [-services DIR:DIR...] [-run DIR] [-vchan xen|socket:DIR]
//
// It runs until a signal ends it, and ends with 0 then, with 1 for what went
// wrong, or with 2 for a command line that it does not understand.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/byvchan"
	"github.com/domlet/domlet/services/qrexec/local"
	"github.com/domlet/domlet/services/qrexec/programs"
	"github.com/domlet/domlet/xen/abi"
)

const usage = `usage: domlet-qrexec-agent [flags]
  -relay         the daemon is the relay that dom0 attached this domain to, as
                 "qrexec", in whichever domain that is
  -daemon N      the domain with the daemon or relay (default 0, which is dom0)
  -services DIRS where services are, directories with colons between them
                 (default ` + "%s" + `)
  -run DIR       where the sockets for domlet-qrexec are made (default
                 ` + local.Directory + `)
  -vchan HOW     how to reach other domains: xen, or socket:DIR on a machine
                 without Xen, with this domain's number in VCHAN_DOMAIN
                 (default xen)
  -ring BYTES    the rings of calls that this domain makes (default 65536, and
                 4096 where a relay is the daemon)
`

// agent is one run of the command.
type agent struct {
	qrexec.Agent
	run   string
	ring  int
	serve func(context.Context) error // other domains
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	if err == nil || errors.Is(err, flag.ErrHelp) || ctx.Err() != nil {
		return
	}
	fmt.Fprintln(os.Stderr, "domlet-qrexec-agent:", strings.ReplaceAll(err.Error(), "\n", "; "))
	if errors.Is(err, errUsage) {
		os.Exit(2)
	}
	os.Exit(1)
}

// errUsage is an error of the command line.
var errUsage = errors.New("see -help")

// start starts a goroutine: all of this process is one compartment.
func start(f func()) { go f() }

func logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("domlet-qrexec-agent", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprintf(os.Stderr, usage, strings.Join(programs.Directories, ":")) }
	daemon := flags.Uint("daemon", 0, "")
	services := flags.String("services", strings.Join(programs.Directories, ":"), "")
	dir := flags.String("run", local.Directory, "")
	vchan := flags.String("vchan", "xen", "")
	ring := flags.Int("ring", 0, "")
	relay := flags.Bool("relay", false, "")
	if err := flags.Parse(args); err != nil {
		return errors.Join(err, errUsage)
	}
	if flags.NArg() > 0 || *daemon >= uint(abi.DOMID_FIRST_RESERVED) {
		return fmt.Errorf("wrong arguments: %w", errUsage)
	}
	if *ring == 0 {
		*ring = ringFor(*relay || *daemon != 0)
	}
	t, err := local.Transport(ctx, *vchan, *ring, start)
	if err != nil {
		return err
	}
	handler := &programs.Handler{Dirs: strings.Split(*services, ":"), Go: start}
	a := &agent{qrexec.Agent{Transport: t, Daemon: abi.Domid_t(*daemon), Handler: handler, Go: start, Logf: logf}, *dir, *ring, nil}
	if a.serve, err = a.way(t, *relay); err != nil {
		return err
	}
	return a.main(ctx)
}

// ringFor is the size of rings that suits the peers: Qubes' own programs expect large ones, domlet's cost less with small ones.
func ringFor(relay bool) int {
	if relay {
		return byvchan.Small
	}
	return byvchan.Large
}

// way is how other domains are served: by a daemon with a number, or by the relay wherever it is.
func (a *agent) way(t qrexec.Transport, relay bool) (func(context.Context) error, error) {
	v, xen := t.(*byvchan.Transport)
	switch {
	case !relay:
		return a.Run, nil
	case !xen:
		return nil, fmt.Errorf("-relay needs -vchan xen: %w", errUsage)
	}
	return func(ctx context.Context) error { return byvchan.Run(ctx, v.Platform.Store, &a.Agent) }, nil
}

// main serves other domains, and the processes of this one.
func (a *agent) main(ctx context.Context) error {
	calls, err := a.listen(ctx, local.CallsSocket(a.run), func(c net.Conn) { local.Serve(ctx, &a.Agent, c, start) })
	if err != nil {
		return err
	}
	defer calls.Close()
	status, err := a.listen(ctx, local.StatusSocket(a.run), a.tell)
	if err != nil {
		return err
	}
	defer status.Close()
	return a.serve(ctx)
}

// listen serves whoever connects to a socket, which the group of its directory may.
func (a *agent) listen(ctx context.Context, name string, serve func(net.Conn)) (net.Listener, error) {
	if err := os.MkdirAll(a.run, 0o750); err != nil {
		return nil, err
	}
	os.Remove(name)
	l, err := net.Listen("unix", name)
	if err != nil {
		return nil, err
	}
	go accept(l, serve)
	return l, os.Chmod(name, 0o660)
}

// pause is between two attempts to accept where too many files are open, say.
const pause = time.Second

// accept serves connections until the listener is closed.
func accept(l net.Listener, serve func(net.Conn)) {
	for {
		c, err := l.Accept()
		switch {
		case err == nil:
			go serve(c)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			logf("%v; trying again", err)
			time.Sleep(pause)
		}
	}
}

// tell says how the agent is doing.
func (a *agent) tell(c net.Conn) {
	defer c.Close()
	st := a.Status()
	fmt.Fprintf(c, "connected: %t\nprotocol: %d\nserving: %d\nrequests: %d\nring: %d\n", st.Connected, st.Version, st.Serving, st.Calls, a.ring)
}
