// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The names there are: an empty read-only root directory with /dev in it, as
// a fixed table.

package posix

// node is the number of an entry of nodes.
type node uint8

// The entries. The root is the zero value, so a program starts there.
const (
	nodeRoot node = iota
	nodeDev
	nodeConsole
	nodeFull
	nodeNull
	nodeRandom
	nodeTTY
	nodeURandom
	nodeZero
	nodeCount
)

// nodeInfo is one name in the tree.
type nodeInfo struct {
	name         string
	parent       node
	mode         uint32
	major, minor uint8 // Linux's device numbers
}

// nodes is read-only. A directory's entries follow in the table's order.
var nodes = [nodeCount]nodeInfo{
	nodeRoot:    {"", nodeRoot, modeDirectory | 0o755, 0, 0},
	nodeDev:     {"dev", nodeRoot, modeDirectory | 0o755, 0, 0},
	nodeConsole: {"console", nodeDev, modeDevice | 0o600, 5, 1},
	nodeFull:    {"full", nodeDev, modeDevice | 0o666, 1, 7},
	nodeNull:    {"null", nodeDev, modeDevice | 0o666, 1, 3},
	nodeRandom:  {"random", nodeDev, modeDevice | 0o666, 1, 8},
	nodeTTY:     {"tty", nodeDev, modeDevice | 0o666, 5, 0},
	nodeURandom: {"urandom", nodeDev, modeDevice | 0o666, 1, 9},
	nodeZero:    {"zero", nodeDev, modeDevice | 0o666, 1, 5},
}

// nameMax is the longest name of one path component (Linux's NAME_MAX).
const nameMax = 255

func (n node) directory() bool { return nodes[n].mode&modeType == modeDirectory }

func (n node) status() status {
	i := &nodes[n]
	return status{
		inode: uint64(n) + 1,
		mode:  i.mode,
		major: uint32(i.major),
		minor: uint32(i.minor),
		block: 4096,
	}
}

// lookup finds name in directory n.
func (n node) lookup(name string) (node, Errno) {
	switch {
	case !n.directory():
		return 0, ENOTDIR
	case len(name) > nameMax:
		return 0, ENAMETOOLONG
	case name == "" || name == ".":
		return n, 0
	case name == "..":
		return nodes[n].parent, 0
	}
	for child := nodeDev; child < nodeCount; child++ {
		if nodes[child].parent == n && nodes[child].name == name {
			return child, 0
		}
	}
	return 0, ENOENT
}

// walk follows path from directory n. last is the final component where only
// that one is missing (ENOENT), so that a caller can tell what would be made.
func walk(n node, path string) (found node, last string, e Errno) {
	if path == "" {
		return 0, "", ENOENT
	}
	if path[0] == '/' {
		n = nodeRoot
	}
	for path != "" {
		var name string
		name, path = cutPath(path)
		if n, e = n.lookup(name); e != 0 {
			if path == "" || path == "/" {
				last = name
			}
			return 0, last, e
		}
	}
	return n, "", 0
}

// cutPath splits off the first component. What stays keeps its slash, so that
// a closing one still asks for a directory.
func cutPath(path string) (name, rest string) {
	if path[0] == '/' {
		path = path[1:]
	}
	for i := range len(path) {
		if path[i] == '/' {
			return path[:i], path[i:]
		}
	}
	return path, ""
}

// path returns the absolute path of n.
func (n node) path() string {
	parent := nodes[n].parent
	if parent == nodeRoot {
		return "/" + nodes[n].name
	}
	return parent.path() + "/" + nodes[n].name
}

// open returns a file of the node, without a descriptor.
func (n node) open(s *system, flags uint32) *file {
	if n == nodeConsole || n == nodeTTY {
		return s.console.open(flags)
	}
	f := &file{object: &opened{n, s.k}, k: s.k}
	f.flags.Store(flags)
	return f
}
