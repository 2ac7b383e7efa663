// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Descriptors and credentials that pass through unix sockets, in control
// messages (SCM_RIGHTS, SCM_CREDENTIALS).

package posix

const (
	controlRights = 1 // SCM_RIGHTS
	controlCreds  = 2 // SCM_CREDENTIALS
	rightsMax     = 253
)

// passed takes the descriptors out of a message's control messages.
func (s *system) passed(m *Message) Errno {
	rest := m.Control
	m.Control = nil
	for len(rest) >= controlHeader {
		level, kind, data, ok := 0, 0, []byte(nil), false
		if level, kind, data, rest, ok = CutControl(rest); !ok {
			s.drop(m)
			return EINVAL
		}
		switch {
		case level != levelSocket:
		case kind == controlRights:
			if e := s.take(m, data); e != 0 {
				s.drop(m)
				return e
			}
		case kind != controlCreds:
			s.drop(m)
			return EINVAL
		}
	}
	return 0
}

// take adds the files of descriptors to a message.
func (s *system) take(m *Message, data []byte) Errno {
	if len(data)/4+len(m.files) > rightsMax {
		return EINVAL
	}
	for ; len(data) >= 4; data = data[4:] {
		f, e := s.fds.get(int(int32(get32(data))))
		if e != 0 {
			return e
		}
		m.files = append(m.files, f)
	}
	return 0
}

// drop gives back the files of a message that go nowhere.
func (s *system) drop(m *Message) {
	for _, f := range m.files {
		f.release()
	}
	m.files = nil
}

// arrived gives the files of a message descriptors, as many as there is room
// for, and tells them in a control message. What does not fit is closed.
func (s *system) arrived(m *Message, cloexec bool, room int) {
	if len(m.files) == 0 {
		return
	}
	var data []byte
	for _, f := range m.files {
		if controlHeader+len(data)+4 > room {
			break
		}
		fd, e := s.fds.add(f, 0, cloexec)
		if e != 0 {
			break
		}
		data = append(data, word(fd)...)
	}
	if len(data) < 4*len(m.files) {
		m.Flags |= MessageControl
	}
	s.drop(m)
	if len(data) > 0 {
		m.Control = AppendControl(m.Control, levelSocket, controlRights, data)
	}
}
