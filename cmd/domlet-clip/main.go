// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command domlet-clip uses a clipboard in a domain of its own (services/clipboard)
// from a Linux domain, dom0 included, or from a domain of domlet's.
//
//	domlet-clip [flags] copy [-type T] [-for NAME] [-strip] < file
//	domlet-clip [flags] paste > file
//	domlet-clip [flags] status | clear | watch
//
// It ends with a code that says what came of it (exit.go).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/domlet/domlet/services/clipboard"
	"github.com/domlet/domlet/xen/platform/local"
	"github.com/domlet/domlet/xen/vchan"
)

// It has package net for the types of connections, and no network.
//
//domlet:offline

const usage = `usage:
  domlet-clip [flags] copy [-type MIME] [-for NAME] [-strip] < FILE
        Put standard input on the clipboard. -for names the only domain that
        may paste it; -strip takes control characters out of text.
  domlet-clip [flags] paste > FILE
        Write what is there to standard output. As a rule that empties the
        clipboard.
  domlet-clip [flags] status
        Print what this domain may know: "empty", "withheld", or
        "available number=N bytes=N type=T from=NAME for=NAME left=DURATION".
  domlet-clip [flags] clear
        Empty the clipboard, if this domain copied what is there.
  domlet-clip [flags] watch
        Print the status now and whenever something else is there.
exit codes:
  0 done, 1 failed, 2 not understood, 3 nothing is there, 4 not allowed,
  5 too large, 6 somebody was faster or too many requests: try again,
  7 no clipboard answered in time
flags:
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr}))
}

// stdio is where the command reads and writes.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// clip is one run of the command.
type clip struct {
	stdio
	timeout time.Duration
	meta    clipboard.Meta
	finder  finder
}

// run does what the arguments say and returns the exit code.
func run(ctx context.Context, args []string, s stdio) int {
	c := &clip{stdio: s}
	what, err := c.parse(args)
	if err == nil {
		err = c.do(ctx, what)
	}
	if text := explain(err); text != "" {
		fmt.Fprintln(s.err, "domlet-clip:", text)
	}
	return codeOf(err)
}

// action is what one of the commands does over a connection.
type action func(c *clip, ctx context.Context) error

// parse reads the arguments.
func (c *clip) parse(args []string) (action, error) {
	f := c.flags("domlet-clip")
	f.IntVar(&c.finder.domain, "domain", -1, "`number` of the clipboard's domain; else the one that dom0 attached this domain to")
	f.StringVar(&c.finder.service, "service", "clipboard", "`name` under which dom0 attached it")
	f.DurationVar(&c.timeout, "timeout", 10*time.Second, "how long to wait for the clipboard's domain; 0 is for ever")
	if err := f.Parse(args); err != nil {
		return nil, misused(err)
	}
	actions := map[string]action{"copy": (*clip).copy, "paste": (*clip).paste, "status": (*clip).status, "clear": (*clip).clear, "watch": (*clip).watch}
	what := actions[f.Arg(0)]
	if what == nil {
		f.Usage()
		return nil, errUsage
	}
	rest := c.flags("domlet-clip " + f.Arg(0))
	if f.Arg(0) == "copy" {
		rest.StringVar(&c.meta.Type, "type", "", "MIME `type`; else text if it is UTF-8, and application/octet-stream")
		rest.StringVar(&c.meta.Target, "for", "", "`name` of the only domain that may paste")
		rest.BoolVar(&c.meta.Strip, "strip", false, "take control characters out of text")
	}
	if err := rest.Parse(f.Args()[1:]); err != nil {
		return nil, misused(err)
	}
	if rest.NArg() > 0 {
		rest.Usage()
		return nil, errUsage
	}
	return what, nil
}

// misused is what wrong flags end with, unless they ask for help.
func misused(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	return errUsage
}

// flags returns a set of flags that complains on standard error.
func (c *clip) flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(c.err)
	f.Usage = func() {
		fmt.Fprint(c.err, usage)
		f.PrintDefaults()
	}
	return f
}

// do opens the domain's interfaces and acts.
func (c *clip) do(ctx context.Context, act action) error {
	p, err := local.Open(ctx)
	if err != nil {
		return err
	}
	c.finder.p = p
	return act(c, ctx)
}

// with runs f over a connection, and tries again, within the timeout, as long as no clipboard answers. What f is told by a
// clipboard is final. The timeout is for all of it, unless f is patient.
func (c *clip) with(ctx context.Context, patient bool, f func(conn *clipboard.Conn) error) error {
	wait, cancel := ctx, context.CancelFunc(func() {})
	if c.timeout > 0 {
		wait, cancel = context.WithTimeout(ctx, c.timeout)
	}
	defer cancel()
	for {
		conn, err := c.finder.dial(wait)
		if err != nil {
			return err
		}
		bound := wait
		if patient {
			bound = ctx
		}
		err = c.over(bound, conn, f)
		if !errors.Is(err, clipboard.ErrLost) || wait.Err() != nil {
			return err
		}
		if pause(wait) != nil {
			return err
		}
	}
}

// over runs f over one connection, which ends with the context, or when the clipboard is another domain.
func (c *clip) over(ctx context.Context, conn *vchan.Conn, f func(conn *clipboard.Conn) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if at := c.finder.at; at.Attachment != "" {
		go func() {
			if c.finder.moved(ctx, at) {
				cancel()
			}
		}()
	}
	return f(clipboard.NewConn(conn))
}
