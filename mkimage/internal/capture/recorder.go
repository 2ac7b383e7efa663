// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Packets of the kernel's, from a packet socket (packet(7)). In dom0, as root.

package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// waiting is how many bytes of packets the kernel keeps for a recorder: those of
	// the time until the domain's number is known, and of moments when nobody reads.
	waiting = 16 << 20
	// lookAgain is how soon a recorder sees that it is to stop.
	lookAgain = 100 * time.Millisecond
)

// A Recorder records the packets of one domain. A nil one records nothing.
type Recorder struct {
	fd    int
	out   writer
	stop  chan struct{}
	done  sync.WaitGroup
	err   error          // of the goroutine
	names map[int]string // of interfaces, by index
}

// Open begins to record to w whatever passes in this machine: what is not the
// domain's is dropped once its number is known. Call it before the domain is created.
func Open(w io.Writer) (*Recorder, error) {
	const all = unix.ETH_P_ALL<<8 | unix.ETH_P_ALL>>8 // in the network's order
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, all)
	if err != nil {
		return nil, fmt.Errorf("recording packets: %w: be root, on a kernel with packet sockets", err)
	}
	r := &Recorder{fd: fd, out: writer{w}, stop: make(chan struct{}), names: map[int]string{}}
	timeout := unix.NsecToTimeval(lookAgain.Nanoseconds())
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, waiting),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
		unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout),
		r.out.begin())
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("recording packets: %w", err)
	}
	return r, nil
}

// Of starts writing the packets of the interfaces of a domain, whose number id is.
func (r *Recorder) Of(id string) {
	if r == nil {
		return
	}
	r.done.Go(func() { r.err = r.run("vif" + id + ".") })
}

// Close writes what has passed until now, and ends the recording. The domain's
// interface must still be there.
func (r *Recorder) Close() error {
	if r == nil {
		return nil
	}
	close(r.stop)
	r.done.Wait()
	unix.Close(r.fd)
	return r.err
}

// stopped reports whether Close was called.
func (r *Recorder) stopped() bool {
	select {
	case <-r.stop:
		return true
	default:
		return false
	}
}

// run writes packets of interfaces whose names begin so.
func (r *Recorder) run(prefix string) error {
	b, control := make([]byte, longest), make([]byte, 256)
	for {
		last, flags := r.stopped(), unix.MSG_TRUNC
		if last {
			flags |= unix.MSG_DONTWAIT
		}
		n, c, _, from, err := unix.Recvmsg(r.fd, b, control, flags)
		switch {
		case errors.Is(err, unix.EAGAIN) && last:
			return nil
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR), errors.Is(err, unix.ENETDOWN):
			continue
		case err != nil:
			return fmt.Errorf("recording packets: %w", err)
		}
		at, ok := from.(*unix.SockaddrLinklayer)
		if !ok || !strings.HasPrefix(r.name(at.Ifindex), prefix) {
			continue
		}
		if err := r.out.packet(moment(control[:c]), b[:min(n, len(b))], n); err != nil {
			return fmt.Errorf("recording packets: %w", err)
		}
	}
}

// name is an interface's. An index is never used twice.
func (r *Recorder) name(index int) string {
	name, ok := r.names[index]
	if !ok {
		if i, err := net.InterfaceByIndex(index); err == nil {
			name = i.Name
		}
		r.names[index] = name
	}
	return name
}

// moment is when a packet passed, from what the kernel says with it.
func moment(control []byte) time.Time {
	list, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return time.Now()
	}
	for _, m := range list {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SCM_TIMESTAMPNS && len(m.Data) >= 16 { // struct timespec
			return time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:])))
		}
	}
	return time.Now()
}
