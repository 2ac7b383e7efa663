// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package journal writes what a service says, line by line, to a console that is
// slow.
//
// Dom0's console daemon looks at a domain's console thirty times in 200 ms at most,
// and the ring between them has 2 KiB. A service that waits for each of its lines is
// therefore one that a peer can stop: whoever makes it say much makes everybody
// wait. A [Journal] keeps the lines that come while others are written, and writes
// them together, as many as the ring takes.
//
// Lines are not dropped here. Who says more than there is room for waits; what was
// said and not yet written is lost if the domain crashes.
package journal

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
)

// room is how many bytes may wait: two seconds of what a console takes, about.
const room = 512 << 10

// Journal keeps lines until they are written.
type Journal struct {
	to    io.Writer
	ready chan struct{} // there is something to write
	turn  chan struct{} // whoever writes has put something in

	mu      sync.Mutex
	space   sync.Cond
	waiting []byte
}

// New returns a journal that nobody writes yet: see Run.
func New(to io.Writer) *Journal {
	j := &Journal{to: to, ready: make(chan struct{}, 1), turn: make(chan struct{}, 1)}
	j.space.L = &j.mu
	return j
}

// Say adds a line, which has no newline. It waits while there is no room, but a
// line that is longer than all of it is taken as well.
func (j *Journal) Say(line string) {
	j.mu.Lock()
	for len(j.waiting) > 0 && len(j.waiting)+len(line) >= room {
		j.space.Wait()
	}
	j.waiting = append(append(j.waiting, line...), '\n')
	j.mu.Unlock()
	select {
	case j.ready <- struct{}{}:
	default: // it is known
	}
}

// Sayf is Say with a format.
func (j *Journal) Sayf(format string, args ...any) { j.Say(fmt.Sprintf(format, args...)) }

// Run writes what was said, until the context ends.
func (j *Journal) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-j.ready:
			j.Flush()
		}
	}
}

// Flush writes what was said before, and returns when it is written: before the
// domain ends itself. A console that takes nothing more has nobody to be told.
func (j *Journal) Flush() {
	j.turn <- struct{}{}
	defer func() { <-j.turn }()
	if text := j.take(); len(text) > 0 {
		j.to.Write(text)
	}
}

// Fatal says a last line and ends the program, with code 1, when all was written; xl
// starts a service's domain anew if its configuration says so.
func (j *Journal) Fatal(line string) {
	j.Say(line)
	j.Flush()
	os.Exit(1)
}

func (j *Journal) take() []byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	text := j.waiting
	j.waiting = nil
	j.space.Broadcast()
	return text
}
