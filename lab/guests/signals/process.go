// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a program asks of the process that it is. In a domain.

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

// firstThread gives the number of the thread that runs init.
var firstThread = make(chan int, 1)

func init() { firstThread <- syscall.Gettid() }

// process asks all questions and returns every answer that is wrong.
func process(string) error {
	return errors.Join(numbers(), who(), everywhere(), limits(), absent())
}

func numbers() error {
	if first := <-firstThread; first != os.Getpid() {
		return fmt.Errorf("process %d, first thread %d", os.Getpid(), first)
	}
	if os.Getpid() != 1 || os.Getppid() != 0 || os.Getuid() != 0 || os.Getegid() != 0 {
		return fmt.Errorf("process %d, parent %d, user %d, group %d", os.Getpid(), os.Getppid(), os.Getuid(), os.Getegid())
	}
	var u syscall.Utsname
	if err := syscall.Uname(&u); err != nil || u.Sysname[0] != 'L' || u.Machine[0] != 'x' {
		return fmt.Errorf("uname: %v, %v", u, err)
	}
	return nil
}

func who() error {
	u, err := user.Current()
	if err != nil || u.Uid != "0" || u.Username != "root" || u.HomeDir == "" {
		return fmt.Errorf("the user: %+v, %v", u, err)
	}
	if _, err := user.Lookup("nobody-of-that-name"); !errors.As(err, new(user.UnknownUserError)) {
		return fmt.Errorf("a user that is not there: %v", err)
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return fmt.Errorf("the home directory: %q, %v", dir, err)
	}
	if exe, err := os.Executable(); err != nil || exe == "" {
		return fmt.Errorf("the executable: %q, %v", exe, err)
	}
	if dir, err := os.Getwd(); err != nil || dir != "/" {
		return fmt.Errorf("the working directory: %q, %v", dir, err)
	}
	return nil
}

// everywhere makes calls that Linux makes once for each thread.
func everywhere() error {
	if err := errors.Join(syscall.Setuid(0), syscall.Setgid(0)); err != nil {
		return fmt.Errorf("becoming what one is: %v", err)
	}
	if err := syscall.Setuid(5); !errors.Is(err, syscall.EPERM) {
		return fmt.Errorf("becoming somebody else: %v", err)
	}
	if r, _, e := syscall.AllThreadsSyscall(syscall.SYS_GETPID, 0, 0, 0); int(r) != os.Getpid() || e != 0 {
		return fmt.Errorf("a call for all threads: %d, %v", r, e)
	}
	return nil
}

func limits() error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil || l.Cur == 0 || l.Cur > l.Max {
		return fmt.Errorf("descriptors: %+v, %v", l, err)
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return fmt.Errorf("usage: %v", err)
	}
	return nil
}

// absent tries what a domain cannot do.
func absent() error {
	if err := exec.Command("/bin/true").Run(); !errors.Is(err, syscall.ENOSYS) && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("a child process: %v", err)
	}
	if _, err := os.StartProcess("/", []string{"/"}, &os.ProcAttr{}); !errors.Is(err, syscall.ENOSYS) ||
		!strings.Contains(err.Error(), "function not implemented") {
		return fmt.Errorf("fork: %v", err)
	}
	if err := syscall.Exec("/", nil, nil); !errors.Is(err, syscall.ENOSYS) {
		return fmt.Errorf("execve: %v", err)
	}
	if err := syscall.PtraceAttach(1); !errors.Is(err, syscall.ENOSYS) {
		return fmt.Errorf("ptrace: %v", err)
	}
	if _, err := os.FindProcess(2); err != nil {
		return nil
	}
	if err := syscall.Kill(2, 0); !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("a signal to process 2: %v", err)
	}
	return nil
}

// debugging uses what runtime/debug offers.
func debugging(string) error {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.GoVersion != runtime.Version() {
		return fmt.Errorf("the build: %v, %v", info, ok)
	}
	if !bytes.Contains(debug.Stack(), []byte("main.debugging(")) {
		return errors.New("the stack does not show this function")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	debug.FreeOSMemory()
	var stats debug.GCStats
	if debug.ReadGCStats(&stats); stats.NumGC == 0 || time.Since(stats.LastGC) > time.Hour {
		return fmt.Errorf("collections: %+v", stats)
	}
	if limit := debug.SetMemoryLimit(-1); limit <= 0 || limit == 1<<63-1 {
		return fmt.Errorf("the memory limit is %d", limit)
	}
	return nil
}
