// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Control messages: taken apart and put together. Any goroutine.

package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/domlet/domlet/xen/abi"
)

// Message is a control message. Which fields count depends on the type.
type Message struct {
	Type    Type
	Version uint32      // HELLO
	Domain  abi.Domid_t // who is at the other end of the data connection: EXEC_CMDLINE, JUST_EXEC, SERVICE_CONNECT, CONNECTION_TERMINATED
	Port    Port        // of the data connection: the same
	Command string      // EXEC_CMDLINE, JUST_EXEC
	Ident   Ident       // SERVICE_CONNECT, SERVICE_REFUSED, TRIGGER_…
	Source  string      // TRIGGER_SERVICE4: whom the sender, a relay, speaks for; empty for itself
	Target  string      // TRIGGER_…
	Service string      // TRIGGER_…: with its argument
	Fault   error       // TRIGGER_…: why the request must be refused; names are empty then
}

// String returns the message in one line, for logs and for tests.
func (m *Message) String() string {
	switch m.Type {
	case Hello:
		return fmt.Sprintf("%v %d", m.Type, m.Version)
	case ExecCmdline, JustExec:
		return fmt.Sprintf("%v %d:%d %q", m.Type, m.Domain, m.Port, m.Command)
	case ServiceConnect:
		return fmt.Sprintf("%v %d:%d %q", m.Type, m.Domain, m.Port, m.Ident)
	case ConnectionTerminated:
		return fmt.Sprintf("%v %d:%d", m.Type, m.Domain, m.Port)
	case ServiceRefused:
		return fmt.Sprintf("%v %q", m.Type, m.Ident)
	}
	if m.Fault != nil {
		return fmt.Sprintf("%v %q to be refused: %v", m.Type, m.Ident, m.Fault)
	}
	return fmt.Sprintf("%v %q source=%q target=%q service=%q", m.Type, m.Ident, m.Source, m.Target, m.Service)
}

// parse takes a body apart whose length [limits] allows.
func parse(h Header, body []byte) (Message, error) {
	m := Message{Type: h.Type}
	switch h.Type {
	case Hello:
		m.Version = binary.LittleEndian.Uint32(body)
	case ServiceRefused:
		copy(m.Ident[:], body)
	case ExecCmdline, JustExec, ServiceConnect, ConnectionTerminated:
		return m, m.parseConnection(h, body)
	default:
		if m.Fault = m.parseTrigger(body); m.Fault != nil {
			m.Source, m.Target, m.Service = "", "", ""
		}
	}
	return m, nil
}

// parseConnection takes apart where a data connection is, and what is to be done there.
func (m *Message) parseConnection(h Header, body []byte) error {
	domain, port := binary.LittleEndian.Uint32(body), binary.LittleEndian.Uint32(body[4:])
	if domain >= uint32(abi.DOMID_FIRST_RESERVED) {
		return h.violation("names domain %d, which cannot be", domain)
	}
	if port < uint32(FirstDataPort) || port > uint32(LastDataPort) {
		return h.violation("names port %d, not %d to %d", port, FirstDataPort, LastDataPort)
	}
	m.Domain, m.Port = abi.Domid_t(domain), Port(port)
	rest, err := body[connectSize:], error(nil)
	switch h.Type {
	case ServiceConnect:
		copy(m.Ident[:], rest)
		err = m.Ident.check()
	case ExecCmdline, JustExec:
		m.Command, err = line(rest)
	}
	if err != nil {
		return h.violation("cannot be read: %v", err)
	}
	return nil
}

// parseTrigger takes a request apart. Its error is a reason to refuse it.
func (m *Message) parseTrigger(body []byte) error {
	l := triggers[m.Type]
	copy(m.Ident[:], body[l.ident:])
	source, err1 := field(l.source.of(body))
	target, err2 := field(l.target.of(body))
	service, err3 := l.name(body)
	if err := errors.Join(m.Ident.check(), err1, err2, err3); err != nil {
		return fmt.Errorf("%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	if service == "" || service[0] == '+' {
		return errService
	}
	m.Source, m.Target, m.Service = CleanDomain(source), CleanDomain(target), CleanService(service)
	return nil
}
