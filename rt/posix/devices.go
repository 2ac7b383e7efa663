// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The devices of /dev, but for the console.

package posix

// device is one of the character devices there are.
type device uint8

const (
	noDevice device = iota
	deviceConsole
	deviceTTY
	deviceNull
	deviceZero
	deviceFull
	deviceRandom
	deviceURandom
	deviceOutlet // and on: one for each file that is handed out
)

// number is what Linux numbers the device: major and minor.
func (d device) number() (major, minor uint32) {
	switch d {
	case deviceConsole:
		return 5, 1
	case deviceTTY:
		return 5, 0
	case deviceNull:
		return 1, 3
	case deviceZero:
		return 1, 5
	case deviceFull:
		return 1, 7
	case deviceRandom:
		return 1, 8
	case deviceURandom:
		return 1, 9
	}
	return 240, uint32(d - deviceOutlet) // a major for local use
}

// console reports whether d stands for the console.
func (d device) console() bool { return d == deviceConsole || d == deviceTTY }

// special is an opened device.
type special struct{ opened }

func (o *special) read(_ *file, b []byte, _ int64) (int, Errno) {
	switch o.node.device {
	case deviceNull:
		return 0, 0
	case deviceRandom, deviceURandom:
		randomize(o.t.k, b)
	default:
		clear(b)
	}
	return len(b), 0
}

// randomize fills b in pieces: the kernel does not switch threads during one.
func randomize(k kernel, b []byte) {
	for len(b) > 0 {
		n := min(len(b), 4096)
		k.random(b[:n])
		b = b[n:]
	}
}

// write takes everything; what is written to the random devices is not needed
// as entropy.
func (o *special) write(_ *file, b []byte, _ int64) (int, Errno) {
	if o.node.device == deviceFull && len(b) > 0 {
		return 0, ENOSPC
	}
	return len(b), 0
}

// seek stays where it is: a device has no positions.
func (o *special) seek(*file, int64, int) (int64, Errno) { return 0, 0 }
