// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a vCPU owns. All of it is one struct, reached by GS.

//go:build domlet

package kernel

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/raw"
)

const (
	stackSize     = 32 << 10 // a kernel stack
	faultSize     = 8 << 10  // the stack on which a trap of the kernel is reported
	bootStackSize = 32 << 10
	bootTables    = 16 << 10 // the part of it that holds page tables when a PVH domain begins
	kernelGuard   = 1024     // what the compiler keeps free below a Go frame, and some
	spill         = 64       // room for spilled arguments above a return address
)

// flagIF in a thread's flags: events may come.
const flagIF = 1 << 9

// Selectors of an iret to kernel mode. In a PV domain Xen takes ring 3 in the
// selector for the domain's user mode, and puts the real ring in itself.
var (
	codeSelector  uintptr = abi.FLAT_KERNEL_CS &^ 3
	stackSelector uintptr = abi.FLAT_KERNEL_SS
)

// What the entry code says to Xen.
const (
	callVersion = abi.HYPERVISOR_xen_version
	callIret    = abi.HYPERVISOR_iret
	callSetBase = abi.HYPERVISOR_set_segment_base
	callSched   = abi.HYPERVISOR_sched_op
	schedBlock  = abi.SCHEDOP_block
	schedEnd    = abi.SCHEDOP_shutdown
	endCrash    = abi.SHUTDOWN_crash
	baseFS      = abi.SEGBASE_FS
)

// Offsets that the assembly needs, relative to GS.
const (
	infoPending = unsafe.Offsetof(cpu{}.info) + unsafe.Offsetof(abi.Vcpu_info{}.Evtchn_upcall_pending)
	infoMask    = unsafe.Offsetof(cpu{}.info) + unsafe.Offsetof(abi.Vcpu_info{}.Evtchn_upcall_mask)
	infoTime    = unsafe.Offsetof(cpu{}.info) + unsafe.Offsetof(abi.Vcpu_info{}.Time)
	timeVersion = infoTime + unsafe.Offsetof(abi.Vcpu_time_info{}.Version)
	timeTSC     = infoTime + unsafe.Offsetof(abi.Vcpu_time_info{}.Tsc_timestamp)
	timeSystem  = infoTime + unsafe.Offsetof(abi.Vcpu_time_info{}.System_time)
	timeMul     = infoTime + unsafe.Offsetof(abi.Vcpu_time_info{}.Tsc_to_system_mul)
	timeShift   = infoTime + unsafe.Offsetof(abi.Vcpu_time_info{}.Tsc_shift)
)

// Offsets into the shared-info page.
const (
	wallVersion = unsafe.Offsetof(abi.Shared_info{}.Wc_version)
	wallSec     = unsafe.Offsetof(abi.Shared_info{}.Wc_sec)
	wallNsec    = unsafe.Offsetof(abi.Shared_info{}.Wc_nsec)
	wallSecHi   = unsafe.Offsetof(abi.Shared_info{}.Wc_sec_hi)
)

// cpu is a vCPU's area. It starts a page, so that info, which Xen writes, does
// not cross one. Pointers into it are integers: a stored pointer would need a
// write barrier.
type cpu struct {
	info       abi.Vcpu_info
	control    abi.Evtchn_fifo_control_block // Xen's too, if it has FIFO event channels
	self       uintptr                       // this area
	current    uintptr                       // the thread that runs, a *thread
	stack      uintptr                       // top of the kernel stack
	g          uintptr                       // the kernel's g; it stands at fs-8 too
	fs         uintptr                       // FS base while the kernel runs
	fault      uintptr                       // stand-in thread for traps of the kernel
	faultStack uintptr
	resting    uintptr // SP of block, where block needs it
	depth      uint8   // 0: a thread runs; 1: kernel; 2: kernel trapped
	idle       uint8   // blocked in the hypervisor
	id         uint32
	timerPort  uint32
	ipiPort    uint32 // an event on it means: enter the kernel
	generation uint32 // that of the two ports
	armed      int64  // what the one-shot timer was set to, ns; 0: not running
	sliceEnd   int64  // when the current thread has had its turn, ns
	sample     int64  // how long it will have worked when a profile wants the next sample, ns
	born       int64  // system time when it began to run, ns
	blocked    int64  // system time when it went idle, ns; 0: it runs
	ports      cpuPorts
	stats      Stats
	past       history
	machine    machineState // what the CPU itself looks into; PVH
	bounds     [4]uintptr   // stack.lo, stack.hi and both guards: all of a g that kernel code looks at
}

// A vCPU's area fits in a page.
var _ [raw.PageSize - unsafe.Sizeof(cpu{})]byte

// The boot vCPU runs on a stack in the image until it has frames of its own.
var (
	bootStack [bootStackSize]byte
	bootG     [4]uintptr
	bootTLS   uintptr // the boot vCPU's g, until it has an area of its own
)

// newCPU lays a vCPU's area over a frame. nil: there is none.
func newCPU(id uint32) *cpu {
	pfn, ok := takeFrame()
	if !ok {
		return nil
	}
	base := frame(pfn)
	raw.ZeroPage(base)
	c := (*cpu)(raw.Ptr(base))
	c.self, c.id = base, id
	c.g = base + unsafe.Offsetof(c.bounds)
	c.fs = base + unsafe.Offsetof(c.g) + 8
	c.depth = 1
	return c
}

// equip gives a vCPU its stacks and its stand-in thread. False: the domain has
// no room for them.
func (c *cpu) equip() bool {
	stack, ok := newStack(stackSize)
	faultStack, ok2 := newStack(faultSize)
	t := newThread()
	if !ok || !ok2 || t == nil || !equipMachine(c) {
		return false
	}
	t.wait = ended // it never runs
	c.stack, c.faultStack, c.fault = stack-spill, faultStack-spill, t.addr()
	return true
}

// low is the lowest address of the vCPU's stack.
func (c *cpu) low() uintptr { return c.stack + spill - stackSize }

// guard has the compiler's stack checks hold for the vCPU's own stack.
func (c *cpu) guard() {
	low := c.low()
	c.bounds = [4]uintptr{low, c.stack, low + kernelGuard, low + kernelGuard}
}

// me returns the vCPU that runs this code. Kernel only: a thread may move.
func me() *cpu { return (*cpu)(raw.Ptr(this())) }

// running returns the current thread.
func running() *thread { return (*thread)(raw.Ptr(me().current)) }

func this() uintptr
func block()
func pause()
func rdrand() (v uint64, ok bool)
func rdseed() (v uint64, ok bool)
func rdtsc() uint64
func nanotime() int64
func walltime() (sec int64, nsec int32)
func doorCall(nr, a1, a2, a3, a4, a5, a6 uintptr) uintptr

//go:noescape
func trapEntries(t *[16]uintptr)

func callbackEntries() (event, failsafe uintptr)
func apEntry() uintptr
