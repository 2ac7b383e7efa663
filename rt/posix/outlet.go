// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Files that are handed out: what is written to one goes through the console to
// whoever started the domain, in frames that a terminal would not show.

package posix

// A frame is an application program command of ECMA-48:
//
//	ESC _ domlet: INDEX : OFFSET : DATA ESC \
//
// INDEX counts the keys files.out of the command line from 0; OFFSET is where in
// the file DATA goes, in bytes; DATA is in hexadecimal. A frame with offset 0
// begins the file anew. package mkimage/internal/handed reads them.
const (
	frameHead = "\x1b_domlet:"
	frameTail = "\x1b\\"
	frameMost = 512 // bytes of the file in one frame
)

// outletsMost is how many files can be handed out, so that device can number them.
const outletsMost = 16

// giveOutlet puts an outlet at an absolute path, and makes the directories that
// lead there. It takes the place of a file: what an earlier run handed out may have
// come back in the ramdisk.
func (t *tree) giveOutlet(s *system, path string, d device) {
	p, e := t.parents(s, path)
	if e != 0 || !p.named() || p.node != nil && (p.node.directory() || p.node.device != noDevice) {
		return
	}
	if p.node != nil {
		t.unlink(p.dir, p.name, p.node)
	}
	if n, e := t.make(p.dir, p.name, modeDevice, 0o600); e == 0 {
		n.device = d
	}
}

// outlet is an opened file that is handed out. It has a position that only
// writing moves, and nothing to read.
type outlet struct {
	special
	console *console
}

func (o *outlet) read(*file, []byte, int64) (int, Errno) { return 0, 0 }

// write sends b on. What nobody took is an error, since a file with a hole is
// worse than none.
func (o *outlet) write(f *file, b []byte, off int64) (int, Errno) {
	if off != current {
		return 0, ESPIPE
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for done := 0; done < len(b); {
		part := b[done:min(len(b), done+frameMost)]
		if !o.console.send(frame(int(o.node.device-deviceOutlet), f.at, part)) {
			return done, EIO
		}
		f.at += int64(len(part))
		done += len(part)
	}
	return len(b), 0
}

// frame writes a frame.
func frame(index int, offset int64, data []byte) []byte {
	const digits = "0123456789abcdef"
	b := append([]byte(frameHead), decimal(index)+":"+decimal(int(offset))+":"...)
	for _, c := range data {
		b = append(b, digits[c>>4], digits[c&15])
	}
	return append(b, frameTail...)
}

// send writes all of b between two writes of the program, and reports whether
// somebody took it.
func (c *console) send(b []byte) bool {
	c.output.Lock()
	defer c.output.Unlock()
	if c.stalled && !c.confess() {
		return false
	}
	n, _ := c.put(b)
	if c.stalled = n < len(b); c.stalled {
		c.drop(len(b) - n)
	}
	return n == len(b)
}
