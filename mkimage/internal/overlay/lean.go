// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a domain's standard library does without, so that images stay small. Data
// only. Without all of this a domain would run as well.

package overlay

const (
	wrappers  = "syscall/zsyscall_linux_amd64.go"
	copyRange = "internal/poll/copy_file_range_linux.go"
	common    = "every program has this call: what serves all calls is linked only where others are made"
	noC       = "there is no C in a domain, and never was: what asks is decided when the runtime is compiled"
	noCopy    = "copy_file_range is refused, whatever the release of Linux that uname tells"
	stubs     = "Go's own stubs for systems without what the removed files are about"
)

// lean has the edits by which the linker finds out what a program cannot reach.
var lean = []edit{
	{wrappers, common, lines("write", `\bSyscall\(SYS_WRITE,`, "domletCommon(SYS_WRITE,", 1)},
	{wrappers, common, lines("read", `\bSyscall\(SYS_READ,`, "domletRead(SYS_READ,", 1)},
	{wrappers, common, lines("Close", `\bSyscall\(SYS_CLOSE,`, "domletCommon(SYS_CLOSE,", 1)},
	{wrappers, common, lines("fcntl", `\bSyscall\(SYS_FCNTL,`, "domletCommon(SYS_FCNTL,", 1)},
	{wrappers, common, lines("mmap", `\bSyscall6\(SYS_MMAP,`, "domletCommon6(SYS_MMAP,", 1)},
	{wrappers, common, lines("munmap", `\bSyscall\(SYS_MUNMAP,`, "domletCommon(SYS_MUNMAP,", 1)},
	{"runtime/asm_amd64.s", "nothing can inject calls into a domain: these are kept for debuggers that use ptrace",
		lines("runtime·rt0_go(SB)", `^\tMOVQ\t\$runtime·debug(PinnerV1|CallV2)<ABIInternal>\(SB\), AX$`, "", 2)},
	{"runtime/cgo.go", noC, lines("", `^//go:linkname iscgo$`, "//", 1)},
	{"runtime/cgo.go", noC, lines("", `^var iscgo bool$`, "const iscgo = false", 1)},
	{"runtime/traceback.go", noC, lines("", `^\treturn cgo(Traceback|Symbolizer) != nil && _cgo_call_\w+ != nil$`, "\treturn iscgo", 2)},
	{"runtime/signal_unix.go", "a call for all threads is made once, and by none of them",
		lines("sighandler", `^\tif \(GOOS == "linux" .* && sig == sigPerThreadSyscall \{$`, "\tif false {", 1)},
	{"runtime/signal_unix.go", noC, lines("sigtrampgo", `^\tif sigfwdgo\(sig, info, ctx\) \{$`, "\tif false {", 1)},
	{"runtime/signal_unix.go", noC, lines("sigtrampgo", `^\tif gp == nil \|\| \(gp\.m != nil && gp\.m\.isExtraInC\) \{$`, "\tif false {", 1)},
	{"runtime/signal_unix.go", noC, lines("adjustSignalStack2", `^\t(setg\(nil\)|needm\(true\)|dropm\(\))$`, "", 3)},
	{"runtime/os_linux.go", "a profile's clock is the process's: threads have no timers of their own", goFunc("setThreadCPUProfiler")},
	{"syscall/rlimit.go", "descriptors have no soft limit to raise", goFunc("init")},
	{copyRange, noCopy, lines("", `^\t"(internal/syscall/unix|sync)"$`, "", 2)},
	{copyRange, noCopy, lines("", `= sync\.OnceValue\(func\(\) bool \{$`, "= (func() bool {", 1)},
	{copyRange, noCopy, lines("", `^\treturn unix\.KernelVersionGE\(5, 3\)$`, "\treturn false", 1)},
	{"runtime/cgroup_stubs.go", stubs, lines("", `^//go:build !linux$`, "", 1)},
	{"runtime/os_linux_novdso.go", stubs, lines("", `^//go:build linux && !386 && !amd64 .*`, "", 1)},
	{"runtime/vdso_in_none.go", stubs, lines("", `^//go:build .* !linux$`, "", 1)},
	{"runtime/vgetrandom_unsupported.go", stubs, lines("", `^//go:build !\(linux && .*`, "", 1)},
	{"os/pidfd_other.go", stubs, lines("", `^//go:build \(unix && !linux\) .*`, "", 1)},
	{"os/pidfd_other.go", "the tests of os, which are for Linux, ask for it",
		lines("", `^import "syscall"$`, "${0}; func checkPidfdOnce() error { return syscall.ENOSYS }", 1)},
}

// removed names the files that a domain's standard library does without, and
// why: what they do cannot happen in a domain, and every image would hold it.
var removed = map[string]string{
	"runtime/badlinkname_linux.go": "it names a variable of the vDSO",
	"runtime/cgroup_linux.go":      "a domain has no control groups that limit it",
	"runtime/vdso_elf64.go":        "there is no vDSO",
	"runtime/vdso_linux.go":        "there is no vDSO",
	"runtime/vdso_linux_amd64.go":  "there is no vDSO",
	"runtime/vgetrandom_linux.go":  "there is no vDSO",
	"os/pidfd_linux.go":            "a domain has one process",

	"runtime/export_vdso_linux_test.go": "runtime's test of the vDSO, which there is not",
	"runtime/vdso_linux_test.go":        "runtime's test of the vDSO, which there is not",
}
