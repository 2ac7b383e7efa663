// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package clock is where protocols take time from, so that a test can give them
// its own. Any goroutine.
package clock

import "time"

// Clock is a source of time.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f in a goroutine of its own after d, unless the timer is
	// stopped before.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a call to come. Stop is time.Timer's.
type Timer interface{ Stop() bool }

// System is the system's clock.
type System struct{}

// Now is time.Now.
func (System) Now() time.Time { return time.Now() }

// AfterFunc is time.AfterFunc.
func (System) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }
