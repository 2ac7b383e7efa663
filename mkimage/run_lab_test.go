// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage run and exec with real domains. Runs on the host; the domains are in
// the lab.

package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/lab/labtest"
	"github.com/domlet/domlet/mkimage/internal/domain"
)

// guest is the image of guestSource.
type guest string

// guestSource ends with the code it is told, panics, or prints a word ten times
// a second, "stubborn" also when it is asked to end.
const guestSource = `package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

func main() {
	switch code, err := strconv.Atoi(os.Args[1]); {
	case err == nil:
		os.Exit(code)
	case os.Args[1] == "panic":
		panic("on purpose")
	case os.Args[1] == "stubborn":
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		go func() {
			<-c
			fmt.Println("not yet")
		}()
	}
	for {
		fmt.Println("waiting")
		time.Sleep(100 * time.Millisecond)
	}
}
`

// buildGuest builds the guest as a user would, in a module of its own.
func buildGuest(t *testing.T) guest {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{"go.mod": "module example.com/guest\n\ngo 1.26\n", "main.go": guestSource}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "guest")
	if r := mkimage(t, dir, "build", "-o", out, "."); r.failed {
		t.Fatal(r.stderr)
	}
	return guest(out)
}

// TestInLab builds the guest and runs all tests with it, several at a time.
func TestInLab(t *testing.T) {
	labtest.Need(t)
	g := buildGuest(t)
	for name, test := range map[string]func(*testing.T, guest){
		"package":           testPackage,
		"exit code":         testExitCode,
		"panic":             testPanic,
		"timeout":           testTimeout,
		"interrupt":         testInterrupt,
		"Ctrl-C":            testCtrlC,
		"Ctrl-C twice":      testCtrlCTwice,
		"reader gone":       testReaderGone,
		"two at once":       testTwoAtOnce,
		"too little memory": testTooLittleMemory,
		"refused by Xen":    testRefusedByXen,
		"early crash":       testEarlyCrash,
		"kernel crash":      testKernelCrash,
		"on dom0":           testOnDom0,
		"exec":              testExec,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, g)
		})
	}
}

// an ended is how mkimage ended.
type ended struct {
	stdout, stderr string
	code           int
}

// start starts mkimage under test.
func start(t *testing.T, stdout *os.File, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), "MKIMAGE_UNDER_TEST=1")
	cmd.Stderr = new(bytes.Buffer)
	if stdout != nil {
		cmd.Stdout = stdout
	}
	return cmd
}

// finish waits for a command and returns how it ended.
func finish(t *testing.T, cmd *exec.Cmd, run func() error) ended {
	t.Helper()
	err := run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	e := ended{stderr: cmd.Stderr.(*bytes.Buffer).String(), code: cmd.ProcessState.ExitCode()}
	if out, ok := cmd.Stdout.(*bytes.Buffer); ok {
		e.stdout = out.String()
	}
	return e
}

// run runs mkimage to its end.
func run(t *testing.T, args ...string) ended {
	t.Helper()
	cmd := start(t, nil, args...)
	cmd.Stdout = new(bytes.Buffer)
	return finish(t, cmd, cmd.Run)
}

// want fails the test unless mkimage ended with a code and a text on stderr.
func (e ended) want(t *testing.T, code int, stderr string) {
	t.Helper()
	if e.code != code || !strings.Contains(e.stderr, stderr) {
		t.Errorf("code %d, want %d with %q\n--- stdout\n%s--- stderr\n%s", e.code, code, stderr, e.stdout, e.stderr)
	}
}

// unique returns a name for a domain.
func unique(what string) string { return domain.NewName("test-" + what) }

// wantGone fails the test if a domain exists.
func wantGone(t *testing.T, name string) {
	t.Helper()
	if e := run(t, "lab", "sh", "--", "xl", "list", name); e.code == 0 || !strings.Contains(e.stderr, name+" is an invalid domain identifier") {
		t.Errorf("domain %s was left behind:\n%s%s", name, e.stdout, e.stderr)
	}
}

func testPackage(t *testing.T, _ guest) {
	e := run(t, "run", "-memory", "8", "../examples/hello")
	e.want(t, 0, "")
	if e.stdout != "hello from a Xen domain\n" {
		t.Errorf("stdout is %q", e.stdout)
	}
}

func testExitCode(t *testing.T, g guest) {
	for _, code := range []int{0, 7, 255} {
		e := run(t, "run", "-memory", "16", string(g), "--", fmt.Sprint(code))
		e.want(t, code, "")
		if strings.Contains(e.stdout, "domlet:") || e.stderr != "" {
			t.Errorf("the kernel's last line shows:\n%s%s", e.stdout, e.stderr)
		}
	}
}

func testPanic(t *testing.T, g guest) {
	e := run(t, "run", string(g), "--", "panic")
	e.want(t, 2, "")
	if !strings.Contains(e.stdout, "goroutine 1 [running]:\n") || !strings.HasSuffix(e.stdout, "\n") {
		t.Errorf("the trace is not there:\n%s", e.stdout)
	}
}

func testTimeout(t *testing.T, g guest) {
	name := unique("timeout")
	run(t, "run", "-timeout", "2s", "-name", name, string(g), "--", "wait").want(t, codeTimeout, "did not end in time")
	wantGone(t, name)
}

// testInterrupt interrupts one of two runs by each signal: its domain goes, the
// other one's stays.
func testInterrupt(t *testing.T, g guest) {
	hangUps := make(chan os.Signal, 1)
	signal.Notify(hangUps, syscall.SIGHUP) // not handed down as ignored, where this test runs under nohup
	defer signal.Stop(hangUps)
	other := unique("other")
	_, endOther := g.running(t, other)
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		name := unique("interrupted")
		cmd, end := g.running(t, name)
		cmd.Process.Signal(s)
		end().want(t, codeSignal+int(s), s.String())
		wantGone(t, name)
	}
	run(t, "lab", "sh", "--", "xl", "destroy", other).want(t, 0, "")
	endOther().want(t, codeFailed, "somebody else destroyed the domain")
}

// running starts a domain that runs for a minute and returns when it has
// printed something.
func (g guest) running(t *testing.T, name string) (*exec.Cmd, func() ended) {
	t.Helper()
	cmd := start(t, nil, "run", "-name", name, string(g), "--", "wait")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if _, err := lines.ReadString('\n'); err != nil {
		e := finish(t, cmd, cmd.Wait)
		t.Fatalf("%s: no output: %v\n%s", name, err, e.stderr)
	}
	go lines.WriteTo(new(bytes.Buffer))
	return cmd, func() ended { return finish(t, cmd, cmd.Wait) }
}

// testReaderGone closes standard output, as head does.
func testReaderGone(t *testing.T, g guest) {
	name := unique("reader")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := start(t, write, "run", "-name", name, string(g), "--", "wait")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	read.Read(make([]byte, 10))
	read.Close()
	e := finish(t, cmd, cmd.Wait) // it does not wait for the domain, which never ends
	e.want(t, codeFailed, "cannot write the domain's output")
	wantGone(t, name)
}

func testTwoAtOnce(t *testing.T, g guest) {
	var wg sync.WaitGroup
	for code := range 2 {
		wg.Go(func() { run(t, "run", string(g), "--", fmt.Sprint(code)).want(t, code, "") })
	}
	wg.Wait()
}

func testTooLittleMemory(t *testing.T, g guest) {
	run(t, "run", "-memory", "1", string(g)).want(t, codeFailed, "mkimage: 1 MiB are too little to hold the image: give the domain more memory\n")
	run(t, "run", "-memory", "900000", string(g)).want(t, codeFailed, "mkimage: Xen has no 900000 MiB left")
}

// spoil returns a copy of the image with a part replaced.
func (g guest) spoil(t *testing.T, change func(data []byte)) string {
	t.Helper()
	data := bytes.Clone(read(t, string(g)))
	change(data)
	path := filepath.Join(t.TempDir(), "spoilt")
	if err := os.WriteFile(path, data, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func testRefusedByXen(t *testing.T, g guest) {
	path := g.spoil(t, func(data []byte) {
		copy(data[bytes.Index(data, []byte("xen-3.0\x00")):], "xen-9.9")
	})
	run(t, "run", path).want(t, codeFailed, "mkimage: Xen refuses the image as a kernel")
}

// testEarlyCrash crashes at the first instruction.
func testEarlyCrash(t *testing.T, g guest) {
	path := g.spoil(t, func(data []byte) {
		copy(data[entry(data):], "\x0f\x0b") // UD2
	})
	name := unique("crash")
	e := run(t, "run", "-name", name, path)
	e.want(t, 2, "mkimage: the domain crashed before its kernel could say why\n")
	if !strings.Contains(e.stderr, "xl dmesg says") || !strings.Contains(e.stderr, "RIP:") {
		t.Errorf("Xen's own log is not shown:\n%s", e.stderr)
	}
	if !strings.Contains(e.stderr, "  domlet.entry+0x0  ") {
		t.Errorf("the instruction that crashed has no name:\n%s", e.stderr)
	}
	wantGone(t, name)
}

// testKernelCrash crashes in the kernel, at its door: it must say so itself, and
// mkimage must name the place, from the run and from what it printed.
func testKernelCrash(t *testing.T, g guest) {
	const door = "github.com/domlet/domlet/rt/kernel.door"
	path := g.spoil(t, func(data []byte) {
		copy(data[testkit.Address(t, string(g), door)-4<<20:], "\x0f\x0b") // UD2
	})
	e := run(t, "run", path)
	e.want(t, 2, "  "+door+"+0x0  ")
	if !strings.Contains(e.stdout, "domlet: the kernel trapped\nvector 6 ") {
		t.Errorf("the kernel does not say that it trapped:\n%s", e.stdout)
	}
	cmd := start(t, nil, "symbolize", path)
	cmd.Stdin, cmd.Stdout = strings.NewReader(e.stdout), new(bytes.Buffer)
	again := finish(t, cmd, cmd.Run)
	again.want(t, 0, "")
	if !strings.Contains(again.stdout, "  "+door+"+0x0  ") {
		t.Errorf("mkimage symbolize says %q", again.stdout)
	}
}

// entry returns where in an image its first instruction is: domlet's header
// has the address, and the first byte of the file is at 4 MiB.
func entry(data []byte) uint64 {
	header := bytes.Index(data, []byte("domlet-image\x00\x00\x00\x01"))
	return binary.LittleEndian.Uint64(data[header+16:]) - 4<<20
}

// testOnDom0 is the case of a machine that is a dom0: a static mkimage and an
// image are copied there and used as a user would.
func testOnDom0(t *testing.T, g guest) {
	tool := filepath.Join(t.TempDir(), "mkimage")
	build := exec.Command("go", "build", "-o", tool, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	dir := strings.TrimSpace(run(t, "lab", "sh", "--", "mktemp", "-d").stdout)
	defer run(t, "lab", "sh", "--", "rm", "-rf", dir)
	for _, file := range []string{tool, string(g)} {
		run(t, "lab", "cp", file, "dom0:"+dir).want(t, 0, "")
	}
	script := `cd "$1" && ./mkimage run -memory 16 guest -- 7`
	run(t, "lab", "sh", "--", "sh", "-c", script, "sh", dir).want(t, 7, "")
}

// testExec runs a package's own tests by go test -exec.
func testExec(t *testing.T, _ guest) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := `set -e; settings=$("$0" env -test sort); eval "$settings"; go test -short -count=1 -v -run 'TestSort' -exec "$0 exec -memory 64" sort`
	e := execute(t, ".", "sh", "-c", script, self)
	if e.failed || !strings.Contains(e.stdout, "--- PASS: TestSortIntSlice") {
		t.Errorf("go test -exec:\n%s%s", e.stdout, e.stderr)
	}
}
