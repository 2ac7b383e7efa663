// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Tests of a lab's life: what it runs, how it fails, and how it ends.

package lab

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/internal/debian"
)

func TestVersions(t *testing.T) {
	l := open(t)
	v := l.Versions()
	t.Log(v)
	if xen := strings.TrimSpace(sh(t, l, "xl info xen_version")); !strings.HasPrefix(v.Xen, xen) || xen == "" {
		t.Errorf("Xen is %q and said to be %q", xen, v.Xen)
	}
	if linux := sh(t, l, "cat /proc/version"); !strings.Contains(linux, v.Linux) || v.Linux == "" {
		t.Errorf("Linux is %q and said to be %q", linux, v.Linux)
	}
	if v.QEMU == "unknown" {
		t.Error("QEMU has no version")
	}
}

// TestFPUCheckPassed sees that the lab was checked, with the flag that makes the
// check pass, and that the busy guest is gone.
func TestFPUCheckPassed(t *testing.T) {
	l := open(t)
	list, err := List()
	if err != nil || len(list) != 1 || list[0].FPURounds < 10 {
		t.Fatalf("labs %+v, %v; want one with checks", list, err)
	}
	if line := sh(t, l, "xl info xen_commandline"); !strings.Contains(line, "spec-ctrl=eager-fpu") {
		t.Errorf("Xen's command line is %q", line)
	}
	if names := sh(t, l, "xl list"); strings.Contains(names, "busy") {
		t.Errorf("the busy guest was left: %s", names)
	}
}

func TestDiagnose(t *testing.T) {
	text := open(t).Diagnose(t.Context(), "none")
	for _, want := range []string{"console of none", "xl dmesg", "(XEN)", "Domain-0"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
}

// TestDebugger asks QEMU's stub for gdb to go on and leave: the whole lab stood
// still from the connection on.
func TestDebugger(t *testing.T) {
	l := open(t)
	t.Chdir(l.dir) // a socket's path may be short only
	conn, err := net.Dial("unix", gdbSocket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, "$D#44"); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(conn) // it may say first that it stopped the machine
	for answer := ""; !strings.HasSuffix(answer, "$OK#"); {
		if answer, err = answers.ReadString('#'); err != nil {
			t.Fatalf("the stub answered %q, %v, want OK", answer, err)
		}
	}
	sh(t, l, "true")
}

// TestHangingLabIsReplaced stops the tests' QEMU for good and opens the lab again.
func TestHangingLabIsReplaced(t *testing.T) {
	first := open(t)
	if err := syscall.Kill(first.inst.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Command(t.Context(), "true").Run(); err == nil {
		t.Error("a command ran without QEMU")
	}
	second := open(t)
	if !second.Started() || second.inst.PID == first.inst.PID {
		t.Error("the lab was not started again")
	}
	sh(t, second, "true")
}

// TestUnusedLabEnds comes last: it lets the lab end by itself.
func TestUnusedLabEnds(t *testing.T) {
	l, other := open(t), open(t)
	if err := l.EndSoon(); err != nil {
		t.Fatal(err)
	}
	l.Close()
	time.Sleep(5 * time.Second)
	sh(t, other, "true") // still in use
	other.Close()
	soon(t, "the end of the lab", func() bool {
		list, err := List()
		return err == nil && len(list) == 0
	})
}

func TestDownWithoutLab(t *testing.T) {
	t.Setenv("DOMLET_LAB_DIR", filepath.Join(t.TempDir(), "none"))
	if n, err := Down(t.Context()); n != 0 || err != nil {
		t.Errorf("%d labs ended, %v", n, err)
	}
}

// TestNoPackageLists opens a lab with an empty cache and an apt that knows
// nothing: one line says what to do, and the cache stays empty.
func TestNoPackageLists(t *testing.T) {
	cache, empty := t.TempDir(), t.TempDir()
	t.Setenv("DOMLET_CACHE", cache)
	t.Setenv("DOMLET_LAB_DIR", t.TempDir())
	apt := debian.Apt{Options: []string{
		"Dir::Etc::sourcelist=" + empty + "/none", "Dir::Etc::sourceparts=" + empty, "Dir::State::lists=" + empty,
	}}
	_, err := getPackages(t.Context(), cache, &apt, &ui{new(bytes.Buffer)})
	if !errors.Is(err, debian.ErrNoLists) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want %v", err, debian.ErrNoLists)
	}
	left, _ := filepath.Glob(filepath.Join(cache, "packages", "*"))
	if hidden, _ := filepath.Glob(filepath.Join(cache, "packages", ".*")); len(left)+len(hidden) > 0 {
		t.Errorf("the cache holds %q and %q", left, hidden)
	}
}

func TestTooManyProcessors(t *testing.T) {
	if _, err := Open(t.Context(), Options{Kind: Kind{SMP: 99}}); err == nil {
		t.Error("99 processors were accepted")
	}
}

// TestWantedPaths holds the patterns of what is left out against names that
// matter.
func TestWantedPaths(t *testing.T) {
	const modules = "lib/modules/6.1.0-1-amd64/kernel/"
	for name, want := range map[string]bool{
		"usr/bin/qemu-system-x86_64": true, "usr/share/seabios/bios-256k.bin": true, "boot/vmlinuz-6.1": true,
		modules + "drivers/xen/xenfs/xenfs.ko": true, modules + "drivers/net/xen-netback/xen-netback.ko": true,
		modules + "drivers/net/virtio_net.ko": true, modules + "net/bridge/bridge.ko": true,
		modules + "drivers/net/ethernet/intel/e1000.ko": false, modules + "drivers/gpu/drm/drm.ko": false,
		modules + "sound/core/snd.ko": false, "usr/share/doc/xen/README": false, "boot/System.map-6.1": false,
	} {
		if got := wanted(name); got != want {
			t.Errorf("wanted(%q) = %v", name, got)
		}
	}
}

// TestHalfWrittenFilesDoNotAppear breaks off a write.
func TestHalfWrittenFilesDoNotAppear(t *testing.T) {
	dir := t.TempDir()
	want := errors.New("broken off")
	err := writeFile(filepath.Join(dir, "file"), 0o600, func(w io.Writer) error {
		w.Write([]byte("half"))
		return want
	})
	if left, _ := os.ReadDir(dir); !errors.Is(err, want) || len(left) != 0 {
		t.Errorf("error %v, left %v", err, left)
	}
}

// TestBootErrors reads the logs that a failed boot leaves.
func TestBootErrors(t *testing.T) {
	dir := t.TempDir()
	s := &starter{dir: dir}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(consoleLog, "(XEN) one\r\n(XEN) two\r\n(XEN) three\r\n")
	if err := s.bootError("too late"); !strings.Contains(err.Error(), "too late") || !strings.Contains(err.Error(), "(XEN) two | (XEN) three") {
		t.Errorf("error %v, want the end of the console", err)
	}
	write(qemuLog, "qemu: cannot set up guest memory 'pc.ram': Cannot allocate memory\n")
	if err := s.bootError("QEMU ended"); !strings.Contains(err.Error(), "cannot set up guest memory") {
		t.Errorf("error %v, want QEMU's", err)
	}
	write(qemuLog, "qemu: Could not set up host forwarding rule 'tcp:127.0.0.1:1-:22'\n")
	if err := s.bootError("QEMU ended"); !errors.Is(err, errPortTaken) {
		t.Errorf("error %v, want %v", err, errPortTaken)
	}
}
