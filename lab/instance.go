// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file keeps the state of one lab in its directory on the developer's
// machine, shared by all processes that use it.

package lab

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Files in an instance's directory.
const (
	consoleLog  = "console.log" // Xen's and dom0's console
	qemuLog     = "qemu.log"    // what QEMU itself says
	dom0Kernel  = "vmlinuz"     // links into the tree
	linuxKernel = "vmlinux"
	dom0Initrd  = "dom0.cpio"  // dom0's RAM file system
	linuxInitrd = "linux.cpio" // the Linux guest's
	aliveFile   = "alive"      // locked by QEMU while it runs
	gdbSocket   = "gdb"        // where gdb can look at the whole machine
	stateFile   = "state.json" // an instance
)

// instance is what a process must know to use a lab that is up.
type instance struct {
	// PID is QEMU's process, Port the agent's port on 127.0.0.1.
	PID, Port int
	// Ready is false until dom0 answers and has passed its checks.
	Ready bool
	// Started is when QEMU was started.
	Started time.Time
	// Versions are of what runs.
	Versions Versions
	// Program is the hash of the mkimage that dom0 was booted with.
	Program string
	// FPURounds is how many checks of the floating-point registers passed.
	FPURounds int
}

// readInstance reads the state in dir.
func readInstance(dir string) (*instance, error) {
	data, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil {
		return nil, err
	}
	var i instance
	return &i, json.Unmarshal(data, &i)
}

// write puts the state into dir.
func (i *instance) write(dir string) error {
	return writeFile(filepath.Join(dir, stateFile), 0o600, func(w io.Writer) error {
		return json.NewEncoder(w).Encode(i)
	})
}

// lockAlive opens and locks dir's alive file for a QEMU to inherit. The lock
// belongs to the open file, so it lasts until the last process that has it ends.
func lockAlive(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, aliveFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &lock); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// isAlive says whether a QEMU holds dir's alive file; it only asks and takes no
// lock itself.
func isAlive(dir string) bool {
	f, err := os.Open(filepath.Join(dir, aliveFile))
	if err != nil {
		return false
	}
	defer f.Close()
	lock := unix.Flock_t{Type: unix.F_RDLCK}
	err = unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, &lock)
	return err == nil && lock.Type != unix.F_UNLCK
}

// waitDead waits until no QEMU holds dir's alive file, and says whether that
// came to be.
func waitDead(dir string, d time.Duration) bool {
	for end := time.Now().Add(d); isAlive(dir); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// kill ends the QEMU of dir. The alive lock makes sure that the process id still
// means that QEMU.
func kill(dir string) error {
	i, err := readInstance(dir)
	if err != nil || !isAlive(dir) {
		return nil
	}
	syscall.Kill(i.PID, syscall.SIGTERM)
	if !waitDead(dir, 20*time.Second) {
		syscall.Kill(i.PID, syscall.SIGKILL)
		if !waitDead(dir, 20*time.Second) {
			return errors.New("QEMU does not end; end its process yourself")
		}
	}
	return os.Remove(filepath.Join(dir, stateFile))
}
