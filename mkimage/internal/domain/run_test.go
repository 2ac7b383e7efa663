// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The life of a domain against a fake dom0. Runs on the host.

package domain

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/domlet/domlet/mkimage/internal/xlcfg"
)

// job makes a job for a guest of the fake dom0.
func job(kernel string, out io.Writer) *Job {
	return &Job{
		Config: xlcfg.Config{Name: "test-" + kernel, Type: "pv", Kernel: kernel, Memory: 8, VCPUs: 1},
		Stdout: out,
		Notes:  io.Discard,
	}
}

// prints makes a guest that prints text and goes down for a reason.
func prints(reason int, text string) func(*guest) {
	return func(g *guest) {
		io.WriteString(g.tty, text)
		g.off(reason)
	}
}

const reasonCrash = 3

func TestRunEndings(t *testing.T) {
	for _, c := range []struct {
		name string
		run  func(*guest)
		out  string
		code int
		err  error
	}{
		{"exit", prints(reasonPoweroff, "hello\ndomlet: exit 0\n"), "hello\n", 0, nil},
		{"code", prints(reasonPoweroff, "domlet: exit 41\n"), "", 41, nil},
		{"panic", prints(reasonCrash, "panic: no\ndomlet: panic\n"), "panic: no\n", 2, nil},
		{"mid-line", prints(reasonPoweroff, "x\r\ndomlet: exit 1 (output ended mid-line)\n"), "x", 1, nil},
		{"crash", prints(reasonCrash, "boot\n"), "boot\n", 2, ErrCrashed},
		{"reboot", prints(reasonReboot, "domlet: exit 143 (reboot)\n"), "", 143, nil},
		{"reboot that is none", prints(reasonPoweroff, "domlet: exit 0 (reboot)\n"), "", 2, ErrCrashed},
		{"triple fault", prints(reasonReboot, ""), "", 2, ErrCrashed},
		{"triple fault late", prints(reasonReboot, "domlet: exit 0\n"), "", 2, ErrCrashed},
		{"poweroff", prints(reasonPoweroff, "bye"), "bye", 2, ErrCrashed},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, tools := newDom0(t)
			d.guests["k"] = c.run
			var out bytes.Buffer
			got, err := tools.Run(t.Context(), job("k", &out))
			if got.Code != c.code || !errors.Is(err, c.err) || out.String() != c.out {
				t.Errorf("code %d, error %v, output %q", got.Code, err, out.String())
			}
			if left := d.names(); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// TestRunLateBytes lets xenconsoled deliver the end of the console after the
// domain is down.
func TestRunLateBytes(t *testing.T) {
	d, tools := newDom0(t)
	d.guests["k"] = func(g *guest) {
		io.WriteString(g.tty, "first\n")
		g.off(reasonPoweroff)
		time.Sleep(300 * time.Millisecond)
		io.WriteString(g.tty, "last\ndomlet: exit 3\n")
	}
	var out bytes.Buffer
	got, err := tools.Run(t.Context(), job("k", &out))
	if got.Code != 3 || err != nil || out.String() != "first\nlast\n" {
		t.Errorf("code %d, error %v, output %q", got.Code, err, out.String())
	}
}

// TestRunWhole sends 20 MB through the console to a reader that stutters.
func TestRunWhole(t *testing.T) {
	d, tools := newDom0(t)
	sent := sha256.New()
	d.guests["k"] = func(g *guest) {
		w := io.MultiWriter(g.tty, sent)
		chunk := make([]byte, 20000)
		for range 1000 {
			for i := range chunk {
				chunk[i] = byte(rand.Uint32())
			}
			w.Write(chunk)
		}
		io.WriteString(w, "\n")
		io.WriteString(g.tty, "domlet: exit 0\n")
		g.off(reasonPoweroff)
	}
	got := sha256.New()
	stutter := writerFunc(func(p []byte) (int, error) {
		if rand.IntN(1000) == 0 {
			time.Sleep(10 * time.Millisecond)
		}
		return got.Write(p)
	})
	if r, err := tools.Run(t.Context(), job("k", stutter)); err != nil || r.Code != 0 {
		t.Fatal(r, err)
	}
	if !bytes.Equal(got.Sum(nil), sent.Sum(nil)) {
		t.Error("the console's bytes changed on their way")
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestRunAsItComes wants each line before the domain writes the next one.
func TestRunAsItComes(t *testing.T) {
	d, tools := newDom0(t)
	seen := make(chan string)
	d.guests["k"] = func(g *guest) {
		for i := range 5 {
			line := fmt.Sprintf("line %d\n", i)
			io.WriteString(g.tty, line)
			if got := <-seen; got != line {
				t.Errorf("got %q, want %q", got, line)
			}
		}
		io.WriteString(g.tty, "domlet: exit 0\n")
		g.off(reasonPoweroff)
	}
	out := writerFunc(func(p []byte) (int, error) {
		seen <- string(p)
		return len(p), nil
	})
	if _, err := tools.Run(t.Context(), job("k", out)); err != nil {
		t.Error(err)
	}
}

// forever is a guest that never ends.
func forever(g *guest) { io.WriteString(g.tty, "running\n") }

func TestRunTimeout(t *testing.T) {
	d, tools := newDom0(t)
	d.guests["k"] = forever
	j := job("k", io.Discard)
	j.Timeout = 200 * time.Millisecond
	if _, err := tools.Run(t.Context(), j); !errors.Is(err, ErrTimeout) {
		t.Errorf("error %v", err)
	}
	if left := d.names(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestRunCancelled cancels a run while another domain of the same machine
// goes on: only the caller's is removed, even with a reader that is stuck.
func TestRunCancelled(t *testing.T) {
	d, tools := newDom0(t)
	d.guests["k"], d.guests["other"] = forever, forever
	if a := d.create(writeConfig(t, "other")); a.Code != 0 {
		t.Fatal(a.Err)
	}
	why := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	stuck := make(chan struct{})
	defer close(stuck)
	out := writerFunc(func(p []byte) (int, error) {
		cancel(why)
		<-stuck
		return len(p), nil
	})
	if _, err := tools.Run(ctx, job("k", out)); !errors.Is(err, why) {
		t.Errorf("error %v", err)
	}
	if left := d.names(); len(left) != 1 || left[0] != "test-other" {
		t.Errorf("left: %v", left)
	}
}

func writeConfig(t *testing.T, kernel string) string {
	path, err := job(kernel, nil).write(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRunDestroyedByOther(t *testing.T) {
	d, tools := newDom0(t)
	d.guests["k"] = func(g *guest) { d.destroy(g.id) }
	if _, err := tools.Run(t.Context(), job("k", io.Discard)); !errors.Is(err, ErrDestroyed) {
		t.Errorf("error %v", err)
	}
}

func TestRunOutputGone(t *testing.T) {
	d, tools := newDom0(t)
	d.guests["k"] = forever
	gone := writerFunc(func(p []byte) (int, error) { return 0, io.ErrClosedPipe })
	_, err := tools.Run(t.Context(), job("k", gone))
	if !errors.Is(err, ErrOutput) || !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v", err)
	}
	if left := d.names(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestRunMany(t *testing.T) {
	d, tools := newDom0(t)
	var wg sync.WaitGroup
	for i := range 8 {
		kernel := fmt.Sprint("k", i)
		d.guests[kernel] = prints(reasonPoweroff, fmt.Sprintf("from %d\ndomlet: exit %d\n", i, i))
		wg.Go(func() {
			var out bytes.Buffer
			r, err := tools.Run(t.Context(), job(kernel, &out))
			if err != nil || r.Code != i || out.String() != fmt.Sprintf("from %d\n", i) {
				t.Errorf("%d: %+v, %v, %q", i, r, err, out.String())
			}
		})
	}
	wg.Wait()
}

// TestRunRefused has xl refuse a domain with its own words, and wants ours.
func TestRunRefused(t *testing.T) {
	for _, c := range []struct{ xl, want string }{
		{"xc: error: panic: xg_dom_core.c:536: xc_dom_chk_alloc_pages: segment kernel too large (0x20e > 0x100 - 0x0 pages): Out of memory\n",
			"8 MiB are too little to hold the image: give the domain more memory"},
		{"xc: error: panic: xg_dom_core.c:689: xc_dom_find_loader: no loader found: Invalid kernel\nlibxl: error: more\n",
			"Xen refuses the image as a kernel: build it again with mkimage build"},
		{"chatter\nlibxl: error: something new\nlibxl: error: and more\n", "xl create: libxl: error: something new"},
		{"Unhappy\n", "xl create: exit status 1 Unhappy"},
	} {
		d, tools := newDom0(t)
		d.refuse = c.xl
		if _, err := tools.Run(t.Context(), job("k", io.Discard)); err == nil || err.Error() != c.want {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
}

func TestRunNoXenstored(t *testing.T) {
	tools := &Toolstack{Store: "/nowhere/socket"}
	_, err := tools.Run(t.Context(), job("k", io.Discard))
	if err == nil || !strings.Contains(err.Error(), "no xenstored here") {
		t.Errorf("error %v", err)
	}
}

// TestRunCrashNotes wants the part of Xen's log that speaks of the domain.
func TestRunCrashNotes(t *testing.T) {
	d, tools := newDom0(t)
	d.guests["k"] = prints(reasonCrash, "")
	j := job("k", io.Discard)
	var notes bytes.Buffer
	j.Notes = &notes
	tools.Run(t.Context(), j)
	if text := notes.String(); !strings.HasSuffix(text, "RIP: e033:[<0>]\n") || strings.Contains(text, "d1v0") {
		t.Errorf("notes:\n%s", notes.String())
	}
}
