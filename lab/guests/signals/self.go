// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Signals that the program sends itself. In a domain and on Linux.

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// late is when a signal that should have come has not.
const late = time.Minute

// toSelf sends this program a signal.
func toSelf(s syscall.Signal) error { return syscall.Kill(os.Getpid(), s) }

// expect takes a signal from a channel.
func expect(c <-chan os.Signal, want os.Signal) error {
	select {
	case got := <-c:
		if got != want {
			return fmt.Errorf("got %v, want %v", got, want)
		}
		return nil
	case <-time.After(late):
		return fmt.Errorf("%v did not come", want)
	}
}

func notify(string) error {
	c := make(chan os.Signal, 100) // with room for the scheduler's own, which come too
	signal.Notify(c)
	defer signal.Stop(c)
	me, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGUSR1, syscall.SIGWINCH, syscall.SIGQUIT} {
		if err := me.Signal(s); err != nil {
			return err
		}
		for {
			if err = expect(c, s); err == nil || err.Error() != fmt.Sprintf("got %v, want %v", syscall.SIGURG, s) {
				break
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func toThread(string) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	defer signal.Stop(c)
	if err := syscall.Tgkill(os.Getpid(), syscall.Gettid(), syscall.SIGUSR1); err != nil {
		return err
	}
	if err := expect(c, syscall.SIGUSR1); err != nil {
		return err
	}
	const nobody = 1 << 22 // above Linux's largest (PID_MAX_LIMIT)
	if err := syscall.Tgkill(os.Getpid(), nobody, syscall.SIGUSR1); !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("a thread that is not there: %v", err)
	}
	return nil
}

func ignore(string) error {
	signal.Ignore(syscall.SIGTERM, syscall.SIGUSR2)
	if !signal.Ignored(syscall.SIGTERM) {
		return errors.New("an ignored signal is not said to be")
	}
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGUSR2, 0} {
		if err := toSelf(s); err != nil {
			return err
		}
	}
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	if err := toSelf(syscall.SIGTERM); err != nil {
		return err
	}
	if err := expect(c, syscall.SIGTERM); err != nil {
		return err
	}
	signal.Reset(syscall.SIGTERM, syscall.SIGUSR2)
	if signal.Ignored(syscall.SIGTERM) {
		return errors.New("a reset signal is said to be ignored")
	}
	for _, s := range []syscall.Signal{syscall.SIGWINCH, syscall.SIGUSR1} { // Go's runtime drops them
		if err := toSelf(s); err != nil {
			return err
		}
	}
	return nil
}

func endOfContext(string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := toSelf(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case <-time.After(late):
		return errors.New("the context did not end")
	}
}

// many has each of some goroutines send a signal again and again until it was
// seen a hundred times: pending signals of one number become one.
func many(string) error {
	signals := []syscall.Signal{syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGHUP, syscall.SIGALRM}
	errs := make(chan error, len(signals))
	var all sync.WaitGroup
	for _, s := range signals {
		all.Go(func() {
			c := make(chan os.Signal, 1)
			signal.Notify(c, s)
			defer signal.Stop(c)
			for range 100 {
				if err := toSelf(s); err != nil {
					errs <- err
					return
				}
				if err := expect(c, s); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	all.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

// die does not come back.
func die(name string) error {
	s := map[string]syscall.Signal{
		"TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL, "HUP": syscall.SIGHUP,
		"QUIT": syscall.SIGQUIT, "ABRT": syscall.SIGABRT,
	}[name]
	if s == 0 {
		return errors.New("no such signal")
	}
	if err := toSelf(s); err != nil {
		return err
	}
	time.Sleep(late)
	return errors.New("still there")
}
