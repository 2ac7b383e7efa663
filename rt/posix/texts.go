// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Files of /proc: what the program can read about itself and its machine, made
// when it opens them.

package posix

// text is one of these files.
type text uint8

const (
	noText text = iota
	textCommand
	textMaps
	textCPUs
	textMemory
)

// text returns what a file of /proc holds now.
func (s *system) text(which text) string {
	o := readOptions(s.k.commandLine(), 0)
	switch which {
	case textCommand:
		return o.commandText()
	case textCPUs:
		return s.cpuText()
	case textMemory:
		return s.memoryText()
	}
	low, high := s.k.image()
	return hexadecimal(low) + "-" + hexadecimal(high) + " r-xp 00000000 00:00 0 " + o.program() + "\n"
}

// cpuText is /proc/cpuinfo as far as programs count with it: a paragraph for each
// vCPU. What they can do, CPUID says.
func (s *system) cpuText() (all string) {
	for i := range s.k.ncpu() {
		all += "processor\t: " + decimal(i) + "\n\n"
	}
	return all
}

// memoryText is the front of /proc/meminfo. All free memory is to be had: there is
// no cache that would have to give some up.
func (s *system) memoryText() string {
	total, free := s.k.memory()
	kib := func(name string, n uint64) string { return name + ": " + decimal(int(n>>10)) + " kB\n" }
	return kib("MemTotal", total) + kib("MemFree", free) + kib("MemAvailable", free)
}

// hexadecimal writes an address as /proc/self/maps has it: eight digits or more.
func hexadecimal(v uintptr) string {
	var b [16]byte
	i := len(b)
	for v != 0 || i > len(b)-8 {
		i--
		b[i] = "0123456789abcdef"[v%16]
		v /= 16
	}
	return string(b[i:])
}

// decimal writes a number that is not negative.
func decimal(v int) string {
	var b [20]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + v%10)
		if v /= 10; v == 0 {
			return string(b[i:])
		}
	}
}

// namesOf returns what a reader of directory n is shown. /proc/1/fd has the
// descriptors that are open now and lead into the tree.
func (s *system) namesOf(n *inode) *names {
	if n != s.tree.open {
		return n.names
	}
	d := newNames(n.names.parent, n.names.name)
	for fd := range s.fds.end() {
		if child := s.descriptor(decimal(fd)); child != nil {
			d.add(decimal(fd), child)
		}
	}
	return d
}
