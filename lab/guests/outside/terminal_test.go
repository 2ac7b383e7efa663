// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Standard input: through mkimage run as a pipe, and as a terminal. Host; boots
// domains.

package outside

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

// command is mkimage run of the program terminal.
func command(t *testing.T, g domtest.Guest) *exec.Cmd {
	t.Helper()
	g.Pkg = terminalPackage
	cmd := exec.CommandContext(t.Context(), domtest.Mkimage(t), g.Command(domtest.Image(t, g.Pkg))...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	return cmd
}

// piped runs a domain with a standard input that ends.
func piped(t *testing.T, stdin []byte, g domtest.Guest) (code int, out string) {
	t.Helper()
	defer domtest.Slot()()
	cmd := command(t, g)
	cmd.Stdin = bytes.NewReader(stdin)
	text, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(text)
}

// say is a line of a dialogue: what is typed once a text was printed.
type say struct{ after, text string }

// dialogue runs a domain whose console is a terminal that somebody types on, for
// as long as the domain runs.
func dialogue(t *testing.T, g domtest.Guest, says ...say) (code int, said string) {
	t.Helper()
	defer domtest.Slot()()
	g.Params = append(g.Params, "console=tty")
	cmd := command(t, g)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4096)
	for err == nil {
		var n int
		n, err = out.Read(buf)
		said += string(buf[:n])
		for len(says) > 0 && strings.Contains(said, says[0].after) {
			io.WriteString(in, says[0].text)
			says = says[1:]
		}
	}
	cmd.Wait()
	return cmd.ProcessState.ExitCode(), said
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
			code, out := piped(t, in, domtest.Guest{Mode: mode, Args: []string{"sum"}})
			want := fmt.Sprintf("terminal=false 0x0\n%d bytes %x\nok sum\n", len(in), sha256.Sum256(in))
			if code != 0 || out != want {
				t.Errorf("code %d, printed %q, want %q", code, out, want)
			}
		}
	})
}

// A terminal edits and shows lines.
func TestTerminalLines(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		g := domtest.Guest{Mode: mode, Args: []string{"lines"}, Params: []string{"window=132x43"}}
		code, out := dialogue(t, g, say{"terminal=", "helo\x7flo\r"}, say{"line", "two\r\x04"})
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
		code, out := dialogue(t, domtest.Guest{Mode: mode, Args: []string{"keys"}}, say{"press", "a\r\x03\x7f\x04b"})
		if code != 0 || !strings.HasSuffix(out, "press\r\npressed \"a\\r\\x03\\x7f\\x04b\"\r\nok keys\r\n") {
			t.Errorf("code %d, printed %q", code, out)
		}
	})
}

// Ctrl-C on a terminal ends a program that reads, as on Linux.
func TestTerminalInterrupt(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		code, out := dialogue(t, domtest.Guest{Mode: mode, Args: []string{"lines"}}, say{"terminal=", "abc\x03"})
		if code != 130 || !strings.Contains(out, "abc^C") {
			t.Errorf("code %d, printed %q", code, out)
		}
	})
}
