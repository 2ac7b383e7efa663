// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Signals that end a command. Runs on the host and in dom0.

package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// interrupted is the cause of a context that a signal ended.
type interrupted struct{ signal syscall.Signal }

// Error names the signal.
func (i *interrupted) Error() string { return i.signal.String() }

// ending are the signals that end a command. SIGHUP is none where it was to be ignored, as
// nohup has it: who asked for that is about to log out.
func ending() []os.Signal {
	list := []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT}
	if !signal.Ignored(syscall.SIGHUP) {
		list = append(list, syscall.SIGHUP)
	}
	return list
}

// A stop is how a run ends from outside: first the domain is asked to, then it is
// made to.
type stop struct {
	asked context.Context // ends at the first signal that asks, and with now
	now   context.Context // ends at the second, and at every other one
	keys  chan<- os.Signal
}

// untilSignals returns a stop whose contexts end with an interrupted cause: SIGINT
// and SIGTERM ask, SIGHUP and SIGQUIT are for at once. free gives the signals back.
func untilSignals(ctx context.Context) (s stop, free func()) {
	now, end := context.WithCancelCause(context.WithoutCancel(ctx))
	asked, ask := context.WithCancelCause(now)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, ending()...)
	signal.Ignore(syscall.SIGPIPE)
	go func() {
		for {
			select {
			case s := <-signals:
				cause := &interrupted{s.(syscall.Signal)}
				if asked.Err() != nil || s == syscall.SIGHUP || s == syscall.SIGQUIT {
					end(cause)
				}
				ask(cause)
			case <-now.Done():
				return
			}
		}
	}()
	return stop{asked, now, signals}, func() { signal.Stop(signals); end(nil) }
}

// untilSignal returns a context that ends with an interrupted cause at a signal
// that asks mkimage to end: from the terminal, from kill, from a lost
// connection, or SIGQUIT from go test when its time is up. A closed standard
// output becomes an error of write, so that a domain is cleaned up then too.
func untilSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, ending()...)
	signal.Ignore(syscall.SIGPIPE)
	go func() {
		select {
		case s := <-signals:
			cancel(&interrupted{s.(syscall.Signal)})
		case <-ctx.Done():
		}
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}
