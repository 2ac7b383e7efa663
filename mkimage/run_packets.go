// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What passes the domain's network interface, in a file. In dom0 a run writes the
// file itself; from the lab's dom0 it comes through a named pipe, while the domain runs.
// Runs on the host and in dom0.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/mkimage/internal/domain"
)

// checkPackets refuses to record where nothing can pass.
func (g *guestFlags) checkPackets() error {
	if g.pcap != "" && g.net == "" {
		return errors.New("-pcap needs a network interface to record: give -net, such as -net 10.13.0.20/24")
	}
	return nil
}

// openPackets has the job record into the file, if one is wanted.
func (g *guestFlags) openPackets(job *domain.Job) (io.Closer, error) {
	if g.pcap == "" {
		return io.NopCloser(nil), nil
	}
	f, err := os.OpenFile(g.pcap, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644) // waits for a pipe's reader
	if err != nil {
		return nil, err
	}
	job.Packets = f
	return f, nil
}

// lastPackets is how long what was recorded may take to come after the domain's end.
const lastPackets = 10 * time.Second

// fetchPackets copies what the mkimage in dom0 records into the file, if one is wanted,
// and returns the words to tell it where to. The function that it returns waits for
// the last of it.
func (g *guestFlags) fetchPackets(ctx context.Context, l *lab.Lab) (wait func(), words []string, err error) {
	if g.pcap == "" {
		return func() {}, nil, nil
	}
	f, err := os.Create(g.pcap)
	if err != nil {
		return nil, nil, err
	}
	pipe := "/run/" + g.name + ".pcap"
	if _, err := l.Output(ctx, "mkfifo", pipe); err != nil {
		f.Close()
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	copied := make(chan error, 1)
	go func() {
		c := l.Command(ctx, "cat", pipe)
		c.Stdout = f
		_, err := c.Run()
		copied <- errors.Join(err, f.Close())
	}()
	return func() {
		defer cancel()
		select {
		case err = <-copied:
		case <-time.After(lastPackets):
			err = errors.New("the recording did not end")
		}
		_, gone := l.Output(ctx, "rm", pipe)
		if err = errors.Join(err, gone); err != nil {
			fmt.Fprintf(os.Stderr, "mkimage: %s is not complete: %v\n", g.pcap, err)
		}
	}, []string{"--pcap=" + pipe}, nil
}
