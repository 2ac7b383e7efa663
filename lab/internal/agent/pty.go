// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file gives a session a terminal in dom0.

package agent

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"
)

// ptySize is a terminal's size in character cells and pixels, as on the wire.
type ptySize struct{ Columns, Rows, Width, Height uint32 }

// askPty remembers that the client wants a terminal.
func (s *session) askPty(payload []byte) bool {
	var m struct {
		Term                         string
		Columns, Rows, Width, Height uint32
		Modes                        string
	}
	if ssh.Unmarshal(payload, &m) != nil {
		return false
	}
	s.term = m.Term
	if s.term == "" {
		s.term = "dumb"
	}
	s.size = ptySize{m.Columns, m.Rows, m.Width, m.Height}
	return true
}

// resize follows the client's window.
func (s *session) resize(payload []byte) bool {
	if ssh.Unmarshal(payload, &s.size) != nil || s.pty == nil {
		return false
	}
	return setSize(s.pty, s.size) == nil
}

// startPty runs cmd as the leader of a session on a new terminal.
func (s *session) startPty(cmd *exec.Cmd) (func() error, error) {
	pty, tty, err := openPty()
	if err != nil {
		return nil, err
	}
	defer tty.Close()
	setSize(pty, s.size)
	cmd.Env = append(cmd.Env, "TERM="+s.term)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		pty.Close()
		return nil, err
	}
	s.pty = pty
	output := make(chan struct{})
	go io.Copy(pty, s.ch)
	go func() { io.Copy(s.ch, pty); close(output) }() // ends when the last writer closes the terminal
	return func() error {
		err := cmd.Wait()
		<-output
		return err
	}, nil
}

// setSize sets a terminal's size.
func setSize(pty *os.File, size ptySize) error {
	return unix.IoctlSetWinsize(int(pty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{
		Row: uint16(size.Rows), Col: uint16(size.Columns),
		Xpixel: uint16(size.Width), Ypixel: uint16(size.Height),
	})
}

// openPty makes a pair of terminal ends; the program gets tty.
func openPty() (pty, tty *os.File, err error) {
	pty, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			pty.Close()
		}
	}()
	n, err := unix.IoctlGetInt(int(pty.Fd()), unix.TIOCGPTN)
	if err != nil {
		return nil, nil, err
	}
	if err = unix.IoctlSetPointerInt(int(pty.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, err
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	return pty, tty, err
}
