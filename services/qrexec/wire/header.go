// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Types, versions, sizes, and the header of a message. Any goroutine.

package wire

import (
	"encoding/binary"
	"fmt"
)

// Type says what a message is (libqrexec/qrexec.h).
type Type uint32

// The types of messages. Data messages of length 0 end their stream.
const (
	DataStdin            Type = 0x190 // client to service
	DataStdout           Type = 0x191 // service to client
	DataStderr           Type = 0x192 // service to client
	DataExitCode         Type = 0x193 // service to client; the last one
	ExecCmdline          Type = 0x200 // daemon to agent: connect there and run this
	JustExec             Type = 0x201 // daemon to agent: the same without streams
	ServiceConnect       Type = 0x202 // daemon to agent: wait there for your service
	ServiceRefused       Type = 0x203 // daemon to agent
	TriggerService       Type = 0x210 // agent to daemon, version 2
	ConnectionTerminated Type = 0x211 // agent to daemon: the port is free
	TriggerService3      Type = 0x212 // agent to daemon, version 3
	TriggerService4      Type = 0x213 // agent to daemon, version 4: with a source
	Hello                Type = 0x300 // both ways, first
)

// typeNames are Qubes' names without their prefix.
var typeNames = map[Type]string{
	DataStdin: "DATA_STDIN", DataStdout: "DATA_STDOUT", DataStderr: "DATA_STDERR", DataExitCode: "DATA_EXIT_CODE",
	ExecCmdline: "EXEC_CMDLINE", JustExec: "JUST_EXEC", ServiceConnect: "SERVICE_CONNECT", ServiceRefused: "SERVICE_REFUSED",
	TriggerService: "TRIGGER_SERVICE", ConnectionTerminated: "CONNECTION_TERMINATED",
	TriggerService3: "TRIGGER_SERVICE3", TriggerService4: "TRIGGER_SERVICE4", Hello: "HELLO",
}

// String returns Qubes' name of the type without its prefix MSG_, or the number.
func (t Type) String() string {
	if name, ok := typeNames[t]; ok {
		return name
	}
	return fmt.Sprintf("%#x", uint32(t))
}

// The versions of the protocol that are spoken.
const (
	Oldest = 2
	Newest = 4
)

// Exit codes that are qrexec's own, and no service's.
const (
	ExitProblem  = 125 // the call could not be made or did not end as it should
	ExitRefused  = 126 // a policy, or who was called, refused
	ExitNotFound = 127 // there is no such service
	ExitUnknown  = 255 // what the service sent is no exit code
)

// Port is a vchan's number between two domains.
type Port uint32

// The ports of qrexec.
const (
	ControlPort   Port = 512
	FirstDataPort Port = 513
	LastDataPort  Port = 768
)

// MaxCalls is how many data ports there are, and so how many calls a daemon has with one agent at once.
const MaxCalls = int(LastDataPort-FirstDataPort) + 1

// Sizes in bytes.
const (
	HeaderSize  = 8
	MaxCommand  = 65535 // of a command line with its NUL
	maxRequest  = 4096  // of what an agent sends: a daemon takes a body in one piece, from a ring of that size
	helloSize   = 4
	connectSize = 8 // domain and port
	identSize   = 32
	domainSize  = 64
)

// ChunkLimit is the largest length in bytes of a data message in a version.
func ChunkLimit(version uint32) int {
	if version < 3 {
		return 4096
	}
	return 65536
}

// length is a body's length as the other end says it is.
type length uint32

// Header is the first eight bytes of a message, unchecked.
type Header struct {
	Type Type
	len  length
}

// ParseHeader takes a header apart.
func ParseHeader(b *[HeaderSize]byte) Header {
	return Header{Type(binary.LittleEndian.Uint32(b[:])), length(binary.LittleEndian.Uint32(b[4:]))}
}

// AppendHeader appends the header of a message with a body of n bytes.
func AppendHeader(b []byte, t Type, n int) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(t))
	return binary.LittleEndian.AppendUint32(b, uint32(n))
}

// Violation is a message that has no place where it came. The connection is over.
type Violation struct {
	Type Type
	Why  string
}

// Error says which message and why.
func (v *Violation) Error() string {
	return fmt.Sprintf("qrexec: the other end broke the protocol: %v %s", v.Type, v.Why)
}

// violation makes one.
func (h Header) violation(format string, args ...any) error {
	return &Violation{h.Type, fmt.Sprintf(format, args...)}
}

// misplaced is a violation: the type is not for this end, this version or this moment.
func (h Header) misplaced(when string) error { return h.violation("may not come %s", when) }

// inOrder wants HELLO first, and not again.
func (h Header) inOrder(greeted bool) error {
	switch {
	case h.Type == Hello && greeted:
		return h.misplaced("twice")
	case h.Type != Hello && !greeted:
		return h.misplaced("before HELLO")
	}
	return nil
}

// within wants a length between two limits.
func (h Header) within(low, high int) error {
	switch {
	case uint64(h.len) >= uint64(low) && uint64(h.len) <= uint64(high):
		return nil
	case low == high:
		return h.violation("has a body of %d bytes, not of %d", h.len, low)
	}
	return h.violation("has a body of %d bytes, not of %d to %d", h.len, low, high)
}

// agree returns the version that an end with version own goes on with when the other one's HELLO is told.
func agree(own, told uint32) (uint32, error) {
	v := min(own, told)
	if v < Oldest {
		return 0, &Violation{Hello, fmt.Sprintf("is of version %d, which is not spoken here; the oldest is %d", told, Oldest)}
	}
	return v, nil
}
