// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// One end of a data connection: what each message is to it. One goroutine.

package wire

import "encoding/binary"

// End is an end of a data connection.
type End int

// The two ends.
const (
	Client  End = iota // the caller: sends input; listens at the port
	Service            // what was called: sends output, errors and the exit code; dials
)

// Kind is what the body of a data message is to the end that receives it.
type Kind int

// The kinds.
const (
	Greeting Kind = iota // HELLO: for Greet
	Stream               // bytes of the stream towards this end, none at its end
	Errors               // bytes of standard error, none at its end; only to a client
	Exit                 // the exit code: for ExitCode; only to a client
	Ignored              // nothing: what must not count, or comes after its stream's end
)

// Part is a data message.
type Part struct {
	Kind Kind
	Size int  // of the body, in bytes
	Odd  bool // the message belongs to the other direction, or nowhere, and is worth a line in a log
}

// Data is one end of a data connection. It sees every header that comes, in order.
type Data struct {
	end     End
	own     uint32
	version uint32  // 0 before HELLO
	ended   [2]bool // of Stream and Errors
	over    bool    // the exit code has come
}

// NewData returns an end of a new connection that speaks versions up to own.
func NewData(end End, own uint32) *Data { return &Data{end: end, own: own} }

// Version returns the version that both ends speak, 0 before the other one's HELLO.
func (d *Data) Version() uint32 { return d.version }

// Hello returns this end's first message, to be sent at once.
func (d *Data) Hello() *Message { return &Message{Type: Hello, Version: d.own} }

// Next says what the body is that follows a header. After an exit code there is nothing to be said.
func (d *Data) Next(h Header) (Part, error) {
	if h.Type == Hello || d.version == 0 {
		return d.greeting(h)
	}
	if d.over {
		return Part{}, h.misplaced("after the exit code")
	}
	p := Part{Size: int(h.len)}
	switch h.Type {
	case DataStdin, DataStdout:
		p.Kind, p.Odd = d.stream(0, Stream, h.len), (h.Type == DataStdin) != (d.end == Service)
	case DataStderr:
		p.Kind = d.stream(1, Errors, h.len)
	case DataExitCode:
		p.Kind = Exit
	default:
		return Part{}, h.misplaced("on a data connection")
	}
	if d.end == Service && h.Type >= DataStderr { // a client has neither, and must not write into a service's log
		p.Kind, p.Odd = Ignored, true
	}
	d.over = p.Kind == Exit
	return p, h.within(0, ChunkLimit(d.version))
}

// stream is the kind of a message to a stream: none once that has ended.
func (d *Data) stream(i int, k Kind, n length) Kind {
	if d.ended[i] {
		return Ignored
	}
	d.ended[i] = n == 0
	return k
}

// greeting wants a HELLO, once and first.
func (d *Data) greeting(h Header) (Part, error) {
	if err := h.inOrder(d.version != 0); err != nil {
		return Part{}, err
	}
	return Part{Kind: Greeting, Size: helloSize}, h.within(helloSize, helloSize)
}

// Greet takes the body of the other end's HELLO.
func (d *Data) Greet(body [helloSize]byte) (err error) {
	d.version, err = agree(d.own, binary.LittleEndian.Uint32(body[:]))
	return err
}

// ExitCode takes the code out of the body of DATA_EXIT_CODE: its first four bytes, ExitUnknown if there are not as many.
func ExitCode(body []byte) int {
	if len(body) < 4 {
		return ExitUnknown
	}
	return int(int32(binary.LittleEndian.Uint32(body)))
}

// AppendExitCode appends a DATA_EXIT_CODE with its header.
func AppendExitCode(b []byte, code int) []byte {
	return binary.LittleEndian.AppendUint32(AppendHeader(b, DataExitCode, 4), uint32(code))
}
