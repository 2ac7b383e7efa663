// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Standard input: through mkimage run as a pipe, and as a terminal. Host; boots
// domains.

package guests

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
)

const terminalPackage = "./lab/guests/terminal"

// dialogue runs the program terminal as a domain with a standard input, and
// returns the exit code and what it printed.
func dialogue(t *testing.T, stdin io.Reader, g domtest.Guest) (int, string) {
	t.Helper()
	defer domtest.Slot()()
	g.Pkg = terminalPackage
	cmd := exec.CommandContext(t.Context(), domtest.Mkimage(t), g.Command(domtest.Image(t, g.Pkg))...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	cmd.Stdin = stdin
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// Every byte of a pipe arrives, and its end.
func TestPipedInput(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		data := make([]byte, 100_000)
		for i := range data {
			data[i] = byte(rand.Uint32())
		}
		for _, in := range [][]byte{nil, data} {
			code, out := dialogue(t, bytes.NewReader(in), domtest.Guest{Mode: mode, Args: []string{"sum"}})
			want := fmt.Sprintf("terminal=false 0x0\n%d bytes %x\nok sum\n", len(in), sha256.Sum256(in))
			if code != 0 || out != want {
				t.Errorf("code %d, printed %q, want %q", code, out, want)
			}
		}
	})
}

// slowly hands text over in pieces, when the domain is ready for them, and then
// waits: what it stands for has no end.
func slowly(t *testing.T, pieces ...string) io.Reader {
	r, w := io.Pipe()
	t.Cleanup(func() { w.Close() })
	go func() {
		for _, p := range pieces {
			io.WriteString(w, p)
			time.Sleep(2 * time.Second)
		}
	}()
	return r
}

// A terminal edits and shows lines.
func TestTerminalLines(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		g := domtest.Guest{Mode: mode, Args: []string{"lines"}, Params: []string{"console=tty", "window=132x43"}}
		code, out := dialogue(t, slowly(t, "helo\x7flo\rtwo\r\x04"), g)
		for _, want := range []string{"terminal=true 132x43\r\n", "helo\b \blo\r\n", "line \"hello\"\r\n", "line \"two\"\r\n", "ok lines\r\n"} {
			if !strings.Contains(out, want) {
				t.Errorf("no %q in %q", want, out)
			}
		}
		if code != 0 {
			t.Errorf("code %d", code)
		}
	})
}

// A terminal without a line discipline passes every key on, and none is shown.
func TestTerminalKeys(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		g := domtest.Guest{Mode: mode, Args: []string{"keys"}, Params: []string{"console=tty"}}
		in := slowly(t, "", "", "", "a\r\x03\x7f\x04b")
		if code, out := dialogue(t, in, g); code != 0 || !strings.Contains(out, "press\r\npressed \"a\\r\\x03\\x7f\\x04b\"\r\nok keys\r\n") {
			t.Errorf("code %d, printed %q", code, out)
		}
	})
}

// Ctrl-C on a terminal ends a program that reads, as on Linux.
func TestTerminalInterrupt(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		g := domtest.Guest{Mode: mode, Args: []string{"lines"}, Params: []string{"console=tty"}}
		if code, out := dialogue(t, slowly(t, "abc\x03"), g); code != 130 || !strings.Contains(out, "abc^C") {
			t.Errorf("code %d, printed %q", code, out)
		}
	})
}
