// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file runs QEMU with Xen, dom0's kernel and its RAM file system, on the
// developer's machine.

package lab

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/domlet/domlet/lab/internal/initrd"
)

// The machine. Every deviation from QEMU's defaults is a must under software
// emulation:
//
//   - without -smap, Xen's first bounce into dom0 faults;
//   - without -rdtscp, Xen meets an instruction in a PVH guest whose length it is
//     not told;
//   - spec-ctrl=eager-fpu, or floating-point registers change under a program
//     whenever two domains take turns;
//   - clocksource=xen in dom0: its own clock drifts from the one that guests see.
//
// dom0 has one processor, the first, so that in a lab with two a guest can have
// the other to itself.
//
// bootscrub=0 leaves the memory that no guest uses untouched, which also keeps
// QEMU small: what it gives out is zero anyway.
const (
	cpuModel  = "max,-smap,-rdtscp"
	memoryMiB = 2048
	dom0MiB   = 768
	xenLine   = "console=com1 com1=115200,8n1 loglvl=warning guest_loglvl=all no-real-mode bootscrub=0 spec-ctrl=eager-fpu"
	dom0Line  = "console=hvc0 clocksource=xen quiet loglevel=4 panic=1"
	agentPort = 22
)

// machine is what one QEMU is started with.
type machine struct {
	kind Kind
	pkgs *packages
	dir  string // the instance's directory; it holds the RAM file systems
	port int    // on 127.0.0.1, forwarded to the agent
}

// acceleration returns the options that differ between kinds.
func (m *machine) acceleration() []string {
	if m.kind.Repeatable {
		return []string{"-accel", "tcg,thread=single,tb-size=256", "-icount", "shift=0,sleep=off", "-seed", "1",
			"-rtc", "base=2026-01-01T00:00:00,clock=vm"}
	}
	return []string{"-accel", "tcg,thread=multi,tb-size=256"}
}

// args is QEMU's command line. Files of the lab's directory go by their bare
// names: QEMU runs there, and their names can hold nothing that QEMU would
// understand.
func (m *machine) args() []string {
	share := filepath.Join(string(m.pkgs.tree), "usr/share")
	xen := fmt.Sprintf("%s dom0_mem=%dM,max:%dM dom0_max_vcpus=1 dom0_vcpus_pin", xenLine, dom0MiB, dom0MiB)
	args := append(m.acceleration(), disk("kernel", linuxKernel)...)
	args = append(args, disk("initrd", linuxInitrd)...)
	return append(args,
		"-machine", "q35", "-cpu", cpuModel, "-m", fmt.Sprint(memoryMiB), "-smp", fmt.Sprint(m.kind.SMP),
		"-L", share+"/qemu", "-L", share+"/seabios",
		"-display", "none", "-nodefaults", "-no-user-config", "-no-reboot",
		"-serial", "file:"+consoleLog,
		"-chardev", "socket,id=gdb,server=on,wait=off,path="+gdbSocket, "-gdb", "chardev:gdb",
		"-netdev", fmt.Sprintf("user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:%d-:%d", m.port, agentPort),
		"-device", "virtio-net-pci,netdev=net,romfile=",
		"-kernel", m.pkgs.xen(), "-append", xen,
		"-initrd", fmt.Sprintf("%s %s,%s", dom0Kernel, dom0Line, dom0Initrd),
	)
}

// disk returns the options for a read-only disk. Disks come to dom0 as vda, vdb.
func disk(id, file string) []string {
	return []string{"-drive", "if=none,format=raw,readonly=on,id=" + id + ",file=" + file,
		"-device", "virtio-blk-pci,drive=" + id}
}

// command prepares QEMU.
func (m *machine) command() (*exec.Cmd, error) {
	cmd, err := m.pkgs.program("/usr/bin/qemu-system-x86_64", m.args()...)
	if err != nil {
		return nil, err
	}
	cmd.Env = append(os.Environ(), "QEMU_MODULE_DIR="+string(m.pkgs.tree)+initrd.LibDir+"/qemu")
	return cmd, nil
}

// start starts QEMU in a session of its own: neither an interrupt from the
// terminal nor the end of this program reaches it. It inherits alive, whose lock
// shows others that it runs.
func (m *machine) start(alive *os.File) (*os.Process, error) {
	cmd, err := m.command()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(m.dir, qemuLog))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{alive}
	cmd.Dir = m.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start QEMU: %w", err)
	}
	return cmd.Process, nil
}

// freePort picks a TCP port on 127.0.0.1. Another program may take it before QEMU
// does; QEMU then says so and start is tried again.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
