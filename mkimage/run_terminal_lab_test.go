// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage run on a terminal, as a user sees it. Runs on the host; the domains are
// in the lab.

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// pty is a terminal, by the end that a user types on.
type pty struct {
	user, program *os.File
	before        *unix.Termios
}

// openPTY makes a terminal (pts(4)).
func openPTY(t *testing.T) *pty {
	t.Helper()
	user, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { user.Close() })
	number, err := unix.IoctlGetInt(int(user.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(user.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return &pty{user, program, settings(t, program)}
}

// settings are what stty shows.
func settings(t *testing.T, f *os.File) *unix.Termios {
	t.Helper()
	s, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// run starts mkimage run with the terminal as its own.
func (p *pty) run(t *testing.T, g guest, name, word string) *exec.Cmd {
	t.Helper()
	cmd := start(t, p.program, "run", "-name", name, string(g), "--", word)
	cmd.Stdin, cmd.Stderr = p.program, p.program
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// expect reads until a text was shown.
func (p *pty) expect(t *testing.T, want string) {
	t.Helper()
	var shown string
	buf := make([]byte, 4096)
	for !strings.Contains(shown, want) {
		n, err := p.user.Read(buf)
		shown += string(buf[:n])
		if err != nil {
			t.Fatalf("%v before %q was shown, but %q", err, want, shown)
		}
	}
}

// press types a key.
func (p *pty) press(t *testing.T, key string) {
	t.Helper()
	if _, err := p.user.WriteString(key); err != nil {
		t.Fatal(err)
	}
}

// wantEnd waits for mkimage, and looks at its code, at the terminal it leaves, and
// for the domain.
func (p *pty) wantEnd(t *testing.T, cmd *exec.Cmd, name string) {
	t.Helper()
	go func() { // what is still shown
		buf := make([]byte, 4096)
		for {
			if _, err := p.user.Read(buf); err != nil {
				return
			}
		}
	}()
	cmd.Wait()
	if code, want := cmd.ProcessState.ExitCode(), codeSignal+int(syscall.SIGINT); code != want {
		t.Errorf("mkimage ended with code %d, want %d", code, want)
	}
	if after := settings(t, p.program); *after != *p.before {
		t.Errorf("the terminal was %+v and is %+v", *p.before, *after)
	}
	wantGone(t, name)
}

// testCtrlC presses the key once: the domain is asked to end, and does.
func testCtrlC(t *testing.T, g guest) {
	p, name := openPTY(t), unique("ctrlc")
	cmd := p.run(t, g, name, "wait")
	p.expect(t, "waiting")
	if on := settings(t, p.program); on.Lflag&(unix.ICANON|unix.ECHO|unix.ISIG) != 0 {
		t.Errorf("the terminal is not raw: %+v", *on)
	}
	p.press(t, "\x03")
	p.wantEnd(t, cmd, name)
}

// testCtrlCTwice presses it twice: the domain does not end by itself.
func testCtrlCTwice(t *testing.T, g guest) {
	p, name := openPTY(t), unique("ctrlctwice")
	cmd := p.run(t, g, name, "stubborn")
	p.expect(t, "waiting")
	p.press(t, "\x03")
	p.expect(t, "not yet")
	p.expect(t, "waiting")
	p.press(t, "\x03")
	p.wantEnd(t, cmd, name)
}
