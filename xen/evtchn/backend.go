// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a backend is, and what backends share. Any goroutine.

package evtchn

import (
	"os"
	"time"
)

// Line is a bound port as its backend has it, below a [Channel]. The channel sees
// to it that there is one Wait at a time, and that nothing is under way when Close
// is called and nothing but Port and Wake comes after. Otherwise any goroutine may call
// any method.
type Line interface {
	Port() Port
	Notify() error
	// Wait parks the goroutine until there was an event, or a Wake, since the
	// last Wait. It answers os.ErrDeadlineExceeded when d has passed first; 0 is
	// for ever. An event that comes at the same time is then the next Wait's.
	Wait(d time.Duration) error
	Wake()
	Mask() error
	Unmask() error
	Status() (Status, error)
	BindVCPU(vcpu int) error
	SetPriority(priority int) error
	Close() error
}

// Signal is the part of a Line that waits, for backends whose events come by
// way of a goroutine. It comes from [NewSignal].
type Signal struct{ raised chan struct{} }

// NewSignal returns a signal that was not raised.
func NewSignal() Signal { return Signal{make(chan struct{}, 1)} }

// Wake raises the signal: it ends the present or next Wait. It never blocks.
func (s Signal) Wake() {
	select {
	case s.raised <- struct{}{}:
	default:
	}
}

// Wait takes the signal when it is raised. It answers [os.ErrDeadlineExceeded]
// when d has passed first; 0 is for ever.
func (s Signal) Wait(d time.Duration) error {
	if d == 0 {
		<-s.raised
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-s.raised:
		return nil
	case <-t.C:
		return os.ErrDeadlineExceeded
	}
}
