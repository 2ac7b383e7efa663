// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Control messages put together, and requests of each version. Any goroutine.

package wire

import (
	"encoding/binary"
	"fmt"
)

// Request makes the trigger of a version that asks for a service, with its argument, of a domain. Names must be clean, and
// fit; nobody repairs what we send ourselves.
func Request(version uint32, id Ident, target, service string) (Message, error) {
	m := Message{Type: triggerOf(version), Ident: id, Target: target, Service: service}
	if err := CheckService(service); err != nil {
		return m, err
	}
	if err := CheckDomain(target); err != nil {
		return m, err
	}
	if n := MaxService(version); len(service) > n {
		return m, fmt.Errorf("the service and its argument have %d characters, the limit is %d", len(service), n)
	}
	if l := triggers[m.Type]; len(target) >= l.target.size {
		return m, fmt.Errorf("%.60q has more than %d characters", target, l.target.size-1)
	}
	return m, nil
}

// Append appends the message with its header. The caller has seen to what is in it: it fits where the type has room.
func (m *Message) Append(b []byte) []byte {
	body := m.body()
	return append(AppendHeader(b, m.Type, len(body)), body...)
}

// body is the message without its header.
func (m *Message) body() []byte {
	switch m.Type {
	case Hello:
		return binary.LittleEndian.AppendUint32(nil, m.Version)
	case ServiceRefused:
		return m.Ident[:]
	case ExecCmdline, JustExec:
		return append(append(m.connection(), m.Command...), 0)
	case ServiceConnect:
		return append(m.connection(), m.Ident[:]...)
	case ConnectionTerminated:
		return m.connection()
	}
	return m.request()
}

func (m *Message) connection() []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(m.Domain))
	return binary.LittleEndian.AppendUint32(b, uint32(m.Port))
}

// request is a trigger's body: names in their fields, zeros between them.
func (m *Message) request() []byte {
	l := triggers[m.Type]
	b := make([]byte, l.size, l.size+len(m.Service)+1)
	if l.service.size == 0 {
		b = b[:l.size+len(m.Service)+1]
	}
	if l.source.at >= 0 {
		copy(b[l.source.at:l.source.at+l.source.size-1], m.Source)
	}
	copy(b[l.target.at:l.target.at+l.target.size-1], m.Target)
	copy(b[l.ident:l.ident+identSize], m.Ident[:])
	copy(b[l.service.at:], m.Service)
	return b
}
