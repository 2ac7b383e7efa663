// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Socket options: those that are answered the same whatever carries the socket.

package posix

// levelSocket is Linux's SOL_SOCKET.
const levelSocket = 1

// Options of that level, Linux's values (SO_*).
const (
	optionReuseAddress = 2
	optionType         = 3
	optionError        = 4
	optionSendBuffer   = 7
	optionRecvBuffer   = 8
	optionPassCred     = 16
	optionPeerCred     = 17
	optionAccepting    = 30
	optionProtocol     = 38
	optionDomain       = 39
)

// option returns the value of an option.
func (o *socket) option(level, name int) ([]byte, Errno) {
	if level == levelSocket {
		switch name {
		case optionType:
			return word(o.kind), 0
		case optionProtocol:
			return word(o.protocolNumber()), 0
		case optionDomain:
			return word(o.family), 0
		}
	}
	return o.carrier.Option(level, name)
}

// setOption sets an option.
func (o *socket) setOption(level, name int, value []byte) Errno {
	if level == levelSocket {
		switch name {
		case optionType, optionProtocol, optionDomain, optionError, optionAccepting, optionPeerCred:
			return ENOPROTOOPT
		}
	}
	return o.carrier.SetOption(level, name, value)
}

// protocolNumber is the protocol, where 0 stands for the kind's usual one.
func (o *socket) protocolNumber() int {
	const tcp, udp = 6, 17
	inet := o.family == FamilyInet4 || o.family == FamilyInet6
	switch {
	case o.protocol != 0 || !inet:
		return o.protocol
	case o.kind == KindStream:
		return tcp
	case o.kind == KindDatagram:
		return udp
	}
	return 0
}

// word is a C int as an option's value.
func word(v int) []byte {
	b := make([]byte, 4)
	put32(b, uint32(v))
	return b
}
