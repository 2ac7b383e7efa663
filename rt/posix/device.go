// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The character devices of /dev other than the console.

package posix

// device is one opened device.
type device struct {
	node
	k kernel
}

func (d *device) read(_ *file, b []byte, _ int64) (int, Errno) {
	switch d.node {
	case nodeNull:
		return 0, 0
	case nodeRandom, nodeURandom:
		d.k.random(b)
	default:
		clear(b)
	}
	return len(b), 0
}

// write takes everything; what is written to the random devices is not needed
// as entropy.
func (d *device) write(_ *file, b []byte, _ int64) (int, Errno) {
	if d.node == nodeFull && len(b) > 0 {
		return 0, ENOSPC
	}
	return len(b), 0
}

// seek succeeds and stays at 0: these devices have no position.
func (d *device) seek(*file, int64, int) (int64, Errno) { return 0, 0 }

func (d *device) control(arguments) (uintptr, Errno) { return 0, ENOTTY }

func (d *device) pollable(int) bool { return false }

func (d *device) close(*file) {}
