// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What stands in the tree when a program first looks at it. Runs once, in the
// first call that names a file or asks for the working directory.

package posix

// roomLeast is what the tree may take in any case, in bytes.
const roomLeast = 256 << 10

// files returns the tree, which the first call makes.
func (s *system) files() *tree {
	t := &s.tree
	if !t.ready.Load() {
		t.mu.Lock()
		if !t.ready.Load() {
			t.start(s)
			t.ready.Store(true)
		}
		t.mu.Unlock()
	}
	return t
}

// start makes the tree: what the ramdisk holds, and what is always there.
// Unless the command line says otherwise it may grow to half of the memory that
// is free now.
func (t *tree) start(s *system) {
	t.k = s.k
	_, free := s.k.memory()
	o := readOptions(s.k.commandLine(), int64(free/2))
	t.all = max(o.limit, roomLeast)
	t.room.give(t.all)
	t.numbers.Store(consoleInode) // and on
	t.root = t.create(modeDirectory, 0o755)
	t.root.links = 2
	t.root.names = newNames(nil, "")
	t.root.names.parent = t.root
	if problem := t.unpack(s, s.k.ramdisk()); problem != "" {
		s.console.say("domlet: ramdisk: " + problem + "\n")
		s.k.exit(codeRamdisk)
	}
	t.populate(s, &o)
	t.current.Store(t.root)
	if n, e := t.find(s, t.root, o.directory, true); e == 0 && n.directory() {
		t.current.Store(n)
	}
}

// given is one name that is always there.
type given struct {
	path   string
	mode   uint32
	device device
	text   text
	holds  string // of a regular file; where a symbolic link leads
}

// populate makes what is always there, unless the ramdisk has it already.
func (t *tree) populate(s *system, o *options) {
	for _, g := range [...]given{
		{path: "dev", mode: modeDirectory | 0o755},
		{path: "dev/console", mode: modeDevice | 0o600, device: deviceConsole},
		{path: "dev/fd", mode: modeLink | 0o777, holds: "/proc/self/fd"},
		{path: "dev/full", mode: modeDevice | 0o666, device: deviceFull},
		{path: "dev/null", mode: modeDevice | 0o666, device: deviceNull},
		{path: "dev/random", mode: modeDevice | 0o666, device: deviceRandom},
		{path: "dev/stderr", mode: modeLink | 0o777, holds: "/proc/self/fd/2"},
		{path: "dev/stdin", mode: modeLink | 0o777, holds: "/proc/self/fd/0"},
		{path: "dev/stdout", mode: modeLink | 0o777, holds: "/proc/self/fd/1"},
		{path: "dev/tty", mode: modeDevice | 0o666, device: deviceTTY},
		{path: "dev/urandom", mode: modeDevice | 0o666, device: deviceURandom},
		{path: "dev/zero", mode: modeDevice | 0o666, device: deviceZero},
		{path: "etc", mode: modeDirectory | 0o755},
		{path: "etc/group", mode: modeRegular | 0o644, holds: "root:x:0:\n"},
		{path: "etc/hosts", mode: modeRegular | 0o644, holds: "127.0.0.1 localhost\n::1 localhost\n"},
		{path: "etc/passwd", mode: modeRegular | 0o644, holds: "root:x:0:0:root:/:/sbin/nologin\n"},
		{path: "proc", mode: modeDirectory | 0o555},
		{path: "proc/1", mode: modeDirectory | 0o555},
		{path: "proc/1/cmdline", mode: modeRegular | 0o444, text: textCommand},
		{path: "proc/1/exe", mode: modeLink | 0o777, holds: o.program()},
		{path: "proc/1/fd", mode: modeDirectory | 0o500},
		{path: "proc/1/maps", mode: modeRegular | 0o444, text: textMaps},
		{path: "proc/cpuinfo", mode: modeRegular | 0o444, text: textCPUs},
		{path: "proc/meminfo", mode: modeRegular | 0o444, text: textMemory},
		{path: "proc/self", mode: modeLink | 0o777, holds: "1"},
		{path: "tmp", mode: modeDirectory | modeSticky | 0o777},
	} {
		t.give(s, &g)
	}
	for i, path := range o.outlets[:min(len(o.outlets), outletsMost)] {
		t.giveOutlet(s, path, deviceOutlet+device(i))
	}
	if t.open, _ = t.find(s, t.root, "/proc/1/fd", false); t.open == nil {
		t.open = new(inode) // the ramdisk has something else there; names that are not there are nil, too
	}
}

// give makes one name, if its directory is there and does not have it.
func (t *tree) give(s *system, g *given) {
	p, e := t.locate(s, t.root, g.path, 0)
	if e != 0 || p.node != nil {
		return
	}
	if g.mode&modeType == modeLink {
		t.makeLink(p.dir, p.name, g.holds)
		return
	}
	n, e := t.make(p.dir, p.name, g.mode&modeType, g.mode&modeBits)
	if e != 0 {
		return
	}
	n.device, n.text = g.device, g.text
	if g.holds != "" {
		n.content = content{base: []byte(g.holds), size: int64(len(g.holds))}
	}
	if n.device == deviceConsole {
		n.number = consoleInode
		t.console = n
	}
}
