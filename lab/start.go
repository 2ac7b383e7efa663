// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file boots a lab, on the developer's machine. It runs under the lock of
// the lab's directory.

package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// bootTime is how long a lab may take to come up; it needs about ten seconds on
// an idle machine.
const bootTime = 5 * time.Minute

// starter starts one lab.
type starter struct {
	cache, dir string
	options    *Options
	program    string // a static mkimage; set by start, as is pkgs
	ui         *ui
	pkgs       *packages
}

// start brings the lab up, with three tries for the port that QEMU listens on.
func (s *starter) start(ctx context.Context) (*Lab, error) {
	var err error
	if s.pkgs, err = getPackages(ctx, s.cache, &s.options.apt, s.ui); err != nil {
		return nil, err
	}
	if _, ok := ownProgram(); !ok {
		s.ui.logf("building mkimage for dom0")
	}
	if s.program, err = program(ctx, s.cache); err != nil {
		return nil, err
	}
	if err := kill(s.dir); err != nil { // one that hangs, or whose starter died
		return nil, err
	}
	if err := s.prepare(); err != nil {
		return nil, err
	}
	s.ui.logf("booting Xen %s", s.versions().Xen)
	ctx, cancel := context.WithTimeout(ctx, bootTime)
	defer cancel()
	for try := 0; ; try++ {
		l, err := s.boot(ctx)
		if !errors.Is(err, errPortTaken) || try == 2 {
			return l, err
		}
	}
}

// prepare writes keys and the RAM file systems of dom0 and of the Linux guest.
func (s *starter) prepare() error {
	k, err := newKeys()
	if err != nil {
		return err
	}
	if err := k.save(s.dir); err != nil {
		return err
	}
	if err := s.linkKernels(); err != nil {
		return err
	}
	if err := s.writeInitrd(dom0Initrd, s.pkgs.dom0(), k); err != nil {
		return err
	}
	return s.writeInitrd(linuxInitrd, s.pkgs.linux(), k)
}

// linkKernels makes the links to the kernels.
func (s *starter) linkKernels() error {
	kernel, err := s.pkgs.tree.One("/boot/vmlinuz-*")
	if err != nil {
		return err
	}
	for name, target := range map[string]string{
		dom0Kernel: filepath.Join(string(s.pkgs.tree), kernel), linuxKernel: s.pkgs.vmlinux(),
	} {
		link := filepath.Join(s.dir, name)
		os.Remove(link)
		if err := os.Symlink(target, link); err != nil {
			return err
		}
	}
	return nil
}

// writeInitrd writes the file name in the lab's directory: the archive common,
// and behind it our own.
func (s *starter) writeInitrd(name, common string, k *keys) error {
	return writeFile(filepath.Join(s.dir, name), 0o600, func(w io.Writer) error {
		f, err := os.Open(common)
		if err != nil {
			return err
		}
		defer f.Close()
		if _, err := io.Copy(w, f); err != nil {
			return err
		}
		return writePrivate(w, s.pkgs, k, s.program)
	})
}

// errPortTaken says that QEMU could not listen on its port.
var errPortTaken = errors.New("QEMU cannot listen on its port")

// boot starts QEMU, waits for dom0 and checks it. A lab that fails is ended.
func (s *starter) boot(ctx context.Context) (*Lab, error) {
	i, process, err := s.launch()
	if err != nil {
		return nil, err
	}
	l, err := s.settle(ctx, i, process)
	if err != nil {
		process.Kill()
		process.Wait()
		return nil, err
	}
	return l, nil
}

// launch starts QEMU and records it.
func (s *starter) launch() (*instance, *os.Process, error) {
	hash, err := fileHash(s.program)
	if err != nil {
		return nil, nil, err
	}
	alive, err := lockAlive(s.dir)
	if err != nil {
		return nil, nil, err
	}
	defer alive.Close()
	port, err := freePort()
	if err != nil {
		return nil, nil, err
	}
	os.Remove(filepath.Join(s.dir, consoleLog))
	m := &machine{kind: s.options.Kind, pkgs: s.pkgs, dir: s.dir, port: port}
	process, err := m.start(alive)
	if err != nil {
		return nil, nil, err
	}
	i := &instance{PID: process.Pid, Port: port, Started: time.Now(), Versions: s.versions(), Program: hash}
	return i, process, i.write(s.dir)
}

// settle waits until dom0 answers, checks it, and declares the lab ready.
func (s *starter) settle(ctx context.Context, i *instance, process *os.Process) (*Lab, error) {
	if err := s.waitReady(ctx, process); err != nil {
		return nil, err
	}
	client, err := dial(ctx, s.dir, i.Port)
	if err != nil {
		return nil, err
	}
	l := &Lab{Remote: dom0Remote(client, s.dir), dir: s.dir, inst: i, started: true}
	if i.FPURounds, err = l.checkFPU(ctx); err != nil {
		l.Close()
		return nil, err
	}
	i.Ready = true
	return l, i.write(s.dir)
}

// readyLine is what the agent prints on dom0's console when it listens.
const readyLine = "domlet-lab: ready"

// waitReady watches the console until the agent listens.
func (s *starter) waitReady(ctx context.Context, process *os.Process) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		log, _ := os.ReadFile(filepath.Join(s.dir, consoleLog))
		if bytes.Contains(log, []byte(readyLine)) {
			return nil
		}
		var status syscall.WaitStatus
		if pid, _ := syscall.Wait4(process.Pid, &status, syscall.WNOHANG, nil); pid == process.Pid {
			return s.bootError("QEMU ended")
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return ctx.Err()
			}
			return s.bootError("dom0 did not come up in time")
		}
	}
}

// bootError explains a failed boot by the logs' last lines.
func (s *starter) bootError(what string) error {
	if text := tail(filepath.Join(s.dir, qemuLog), 1); text != "" {
		if strings.Contains(text, "host forwarding") {
			return errPortTaken
		}
		return fmt.Errorf("%s: %s", what, text)
	}
	return fmt.Errorf("%s; see %s, which ends: %s", what, filepath.Join(s.dir, consoleLog),
		tail(filepath.Join(s.dir, consoleLog), 2))
}

// tail returns the last lines of a file as one line.
func tail(path string, n int) string {
	data, _ := os.ReadFile(path)
	lines := strings.FieldsFunc(string(data), func(r rune) bool { return r == '\n' || r == '\r' })
	return strings.Join(lines[max(0, len(lines)-n):], " | ")
}
