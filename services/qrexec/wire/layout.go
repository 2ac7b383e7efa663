// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Where the fields of a request are in its three forms, and how long bodies may be. Any goroutine.

package wire

// span is a field's place in a body; the whole rest where the size is 0, and nothing where at is below 0.
type span struct{ at, size int }

// of is the field in a body that is long enough. One that is not there is an empty name.
func (s span) of(body []byte) []byte {
	switch {
	case s.at < 0:
		return []byte{0}
	case s.size == 0:
		return body[s.at:]
	}
	return body[s.at : s.at+s.size]
}

// layout is a form of a request.
type layout struct {
	source, target, service span
	ident                   int
	size                    int // without a name of variable length
}

// triggers are the forms by type: struct trigger_service_params, …params3 and …params4.
var triggers = map[Type]layout{
	TriggerService:  {span{-1, 0}, span{64, 32}, span{0, 64}, 96, 128},
	TriggerService3: {span{-1, 0}, span{0, domainSize}, span{96, 0}, 64, 96},
	TriggerService4: {span{0, domainSize}, span{64, domainSize}, span{160, 0}, 128, 160},
}

// name takes the service out of a body: up to a NUL in a field of fixed size, and otherwise all of the rest but the NUL.
func (l layout) name(body []byte) (string, error) {
	if l.service.size > 0 {
		return field(l.service.of(body))
	}
	return line(l.service.of(body))
}

// limits returns the least and the greatest length of a control message's body in bytes, and whether there is such a message.
func limits(t Type) (low, high int, ok bool) {
	switch t {
	case Hello:
		return helloSize, helloSize, true
	case ExecCmdline, JustExec:
		return connectSize + 1, connectSize + MaxCommand, true
	case ServiceConnect:
		return connectSize + 1, connectSize + identSize, true
	case ServiceRefused:
		return identSize, identSize, true
	case ConnectionTerminated:
		return connectSize, connectSize, true
	case TriggerService:
		return triggers[t].size, triggers[t].size, true
	case TriggerService3, TriggerService4:
		return triggers[t].size + 1, maxRequest, true
	}
	return 0, 0, false
}

// MaxService is how many characters a service with its argument may have in a request of a version.
func MaxService(version uint32) int {
	l := triggers[triggerOf(version)]
	if l.service.size > 0 {
		return l.service.size - 1
	}
	return maxRequest - l.size - 1
}

// triggerOf is the request's type in a version.
func triggerOf(version uint32) Type {
	switch {
	case version >= 4:
		return TriggerService4
	case version == 3:
		return TriggerService3
	}
	return TriggerService
}
