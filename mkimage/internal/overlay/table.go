// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The table of edits that make a domain of a program, in the order in which they
// are applied. Data only; lean.go has what is left out.

package overlay

import "slices"

// edit is one change of one file below GOROOT/src.
type edit struct {
	file string
	why  string
	do   op
}

const (
	runtimeAsm = "runtime/sys_linux_amd64.s"
	timeAsm    = "runtime/time_linux_amd64.s"
	linuxAsm   = "internal/runtime/syscall/linux/asm_linux_amd64.s"
	syscallAsm = "syscall/asm_linux_amd64.s"
	syscallGo  = "syscall/syscall_linux.go"
	panicGo    = "runtime/panic.go"
	procGo     = "runtime/proc.go"
	stackGo    = "runtime/stack.go"
	fcntlGo    = "internal/syscall/unix/fcntl_unix.go"
)

const (
	syscallLine = `^\tSYSCALL$`
	doorCall    = "\tCALL\tdomlet·door(SB)"
	kernelDoor  = "in a PV kernel SYSCALL is a hypercall with Linux's own registers"
	posixDoor   = "these calls are served by Go on the caller's goroutine"
	callsOnce   = "threads have no user, group or namespace of their own: one call is a call of them all"
	ownFrame    = "Xen pushes its frame, up to 79 bytes, on the running stack"
	wakesSysmon = "nothing preempts a loop that begins after an idle moment, unless sysmon is woken"
	diesAtOnce  = "sigfwdgo, which is not asked, would have reset the signal before it is sent again"
	dumps       = "xl sysrq has all goroutines printed: sysmon wakes a helper, which may stop the world"
	saysFatal   = "a fatal Go error ends the domain as a crash"
	initsDial   = "a package init may dial: the inits of what serves it come first"
	saysFlag    = "what is missing is in a domain only on request, and the error says how"
	ownClock    = "the clock is read from shared memory, many times per request"
)

// edits changes what is there.
var edits = slices.Concat(needed, lean)

// needed has the edits without which nothing runs. Counts are those of the
// unchanged file.
var needed = []edit{
	{runtimeAsm, kernelDoor, lines("", syscallLine, doorCall, 40)},
	{runtimeAsm, "a frame of size 0 that holds a CALL saves BP, which moves sigreturn's SP",
		lines("", `^TEXT runtime·sigreturn__sigaction\(SB\),NOSPLIT,\$0$`,
			"TEXT runtime·sigreturn__sigaction(SB),NOSPLIT|NOFRAME,$$0", 1)},
	{runtimeAsm, ownClock, asmFunc("runtime·nanotime1(SB)", `TEXT runtime·nanotime1(SB),NOSPLIT,$0-8
	CALL	domlet·nanotime(SB)
	MOVQ	AX, ret+0(FP)
	RET`)},
	{runtimeAsm, "the stack is free only when nothing is pushed on it any more: the kernel says so", asmFunc("runtime·exitThread(SB)", `TEXT runtime·exitThread(SB),NOSPLIT,$0-8
	MOVQ	wait+0(FP), SI
	MOVL	$0, DI
	MOVL	$SYS_exit, AX
	CALL	domlet·door(SB)
	INT	$3
	JMP	0(PC)`)},
	{timeAsm, kernelDoor, lines("", syscallLine, doorCall, 2)},
	{timeAsm, ownClock, asmFunc("time·now<ABIInternal>(SB)", `TEXT time·now<ABIInternal>(SB),NOSPLIT,$0-24
	CALL	domlet·now(SB)
	RET`)},
	{linuxAsm, kernelDoor, lines("", syscallLine, doorCall, 1)},
	{syscallAsm, kernelDoor, lines("", syscallLine, doorCall, 3)},
	{syscallAsm, posixDoor, asmFunc("·rawSyscallNoError(SB)", "")},
	{syscallAsm, posixDoor, asmFunc("·gettimeofday(SB)", "")},
	{"syscall/syscall_linux_amd64.go", posixDoor, goFunc("gettimeofday")},
	{fcntlGo, posixDoor, lines("", `^//go:linkname fcntl runtime\.fcntl$`, "//go:linkname fcntl syscall.domletFcntl", 1)},
	{"runtime/rt0_linux_amd64.s", "the program begins in the library OS, which this keeps in the link",
		lines("_rt0_amd64_linux(SB)", `^\tJMP\t_rt0_amd64\(SB\)$`, "\tJMP\tdomlet·entry(SB)", 1)},
	{procGo, wakesSysmon, lines("pidleget", `^\t\tsched\.npidle\.Add\(-1\)$`, "${0}; domletActivated()", 1)},
	{procGo, wakesSysmon, lines("sysmon", `^(\t\tif debug\.schedtrace <= 0 && )(\(sched\.gcwaiting\.Load\(\) \|\| .* \{)$`, "${1}domletQuiet() && ${2}", 1)},
	{procGo, initsDial, lines("main", `^\t\tdoInit\(m\.inittasks\)$`, "\t\tdomletInits(m.inittasks); doInit(m.inittasks)", 1)},
	{"runtime/signal_unix.go", diesAtOnce, lines("", `^func dieFromSignal\(sig uint32\) \{$`, "${0} setsig(sig, _SIG_DFL)", 1)},
	{procGo, dumps, lines("sysmon", `notetsleep\(&sched\.sysmonnote, sleep\)$`, "domletNap(&sched.sysmonnote, sleep)", 1)},
	{procGo, dumps, lines("sysmon", `; t\.test\(\) && (forcegc\.idle\.Load\(\) \{)$`, "; (t.test() || domletDumpAsked()) && ${1}", 1)},
	{procGo, dumps, lines("forcegchelper", `^\t\tgoparkunlock\(&forcegc\.lock, .*$`, "${0}; domletAwake()", 1)},
	{"runtime/mem_linux.go", "heap and stacks are backed before use: a trap may land on them",
		lines("", `^func sysUsedOS\(v unsafe\.Pointer, n uintptr\) \{$`, "${0} domletCommit(v, n)", 1)},
	{stackGo, ownFrame, lines("", `^(\tstackSystem = goos\.IsWindows\*4096 \+ .*)$`, "${1} + 128", 1)},
	{stackGo, "goroutines keep starting with 2 KiB in all",
		lines("", `^\tstackMin = 2048$`, "\tstackMin = 2048 - 128", 1)},
	{panicGo, saysFatal, lines("fatalthrow", `^\t\tif isSecureMode\(\) \{$`, "\t\tdomletFatal(); if isSecureMode() {", 1)},
	{panicGo, saysFatal, lines("fatalpanic", `^\t\tif startpanic_m\(\) && msgs != nil \{$`,
		"\t\tdomletFatal(); if startpanic_m() && msgs != nil {", 1)},
	{syscallGo, posixDoor, goFunc("Syscall")},
	{syscallGo, posixDoor, goFunc("Syscall6")},
	{syscallGo, posixDoor, goFunc("RawSyscall")},
	{syscallGo, posixDoor, goFunc("RawSyscall6")},
	{syscallGo, posixDoor, goFunc("rawSyscallNoError")},
	{syscallGo, callsOnce, lines("AllThreadsSyscall", `^\tr1, r2, errno := runtime_doAllThreadsSyscall\(trap, a1, a2, a3, 0, 0, 0\)$`,
		"\tr1, r2, errno := Syscall(trap, a1, a2, a3)", 1)},
	{syscallGo, callsOnce, lines("AllThreadsSyscall6", `^\tr1, r2, errno := runtime_doAllThreadsSyscall\(trap, a1, a2, a3, a4, a5, a6\)$`,
		"\tr1, r2, errno := Syscall6(trap, a1, a2, a3, a4, a5, a6)", 1)},
	{"time/zoneinfo_read.go", saysFlag, lines("", `^\treturn nil, errors\.New\("unknown time zone " \+ name\)$`,
		`	if fd, err := open("/usr/share/zoneinfo"); err != nil { name += ": the domain has no time zones; mkimage -tz puts them in" } else { closefd(fd) }; `+
			`return nil, errors.New("unknown time zone " + name)`, 1)},
	{"crypto/x509/verify.go", saysFlag, lines("", `^\t\topts\.Roots = systemRootsPool\(\)$`,
		`${0}; if opts.Roots != nil && opts.Roots.len() == 0 { `+
			`return nil, SystemRootsError{errors.New("the domain has no CA certificates; mkimage -certs puts them in")} }`, 1)},
	{syscallGo, "RawSyscall6 was the only user of this import", lines("", `^\t"internal/runtime/syscall/linux"$`, "", 1)},
}

// replaced names the files that give way to ours of the same name, and what
// the rest of the runtime expects of them.
var replaced = map[string][]string{
	"runtime/netpoll_epoll.go": {
		"func netpollinit() {",
		"func netpollIsPollDescriptor(fd uintptr) bool {",
		"func netpollopen(fd uintptr, pd *pollDesc) uintptr {",
		"func netpollclose(fd uintptr) uintptr {",
		"func netpollarm(pd *pollDesc, mode int) {",
		"func netpollBreak() {",
		"func netpoll(delay int64) (gList, int32) {",
	},
}
