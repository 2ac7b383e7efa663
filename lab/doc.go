// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package lab runs real Xen with a Linux dom0 under QEMU, on a machine that need
// have neither virtualization hardware nor root. mkimage and the tests use it.
//
// [Open] joins the lab that is up or starts it. Starting goes through these steps,
// each of which leaves its result complete in the cache or not at all:
//
//  1. Apt names the packages of Xen, its tools, a kernel and QEMU; they are
//     downloaded, checked and unpacked into a tree, and never installed. The tree
//     is made once: later starts do not ask apt or the network for anything.
//  2. From the tree comes dom0's RAM file system: busybox, kernel modules, xl and
//     the daemons with the libraries that they need.
//  3. For each start, fresh keys and a static mkimage are added to it, and QEMU is
//     started from the tree in a session of its own.
//  4. The mkimage in dom0 is the agent: an SSH server on a port of 127.0.0.1 that
//     runs commands. The lab is declared ready when a check shows that
//     floating-point registers survive in dom0 while a guest is busy.
//
// A lab serves any number of processes at a time. Only starting and ending are
// done under a lock. Ten minutes after the last client left, the agent restarts
// the machine, which ends QEMU; [Down] and [Lab.EndSoon] end it earlier. A command
// in dom0 does not outlive the process that asked for it.
//
// QEMU's stub for gdb listens on a socket in the lab's directory: HACKING.md tells
// what it is good for.
//
// [Lab.Linux] is an ordinary Linux guest for comparison and as a peer: one for all
// processes, started when it is first asked for. [Lab.LinuxGuest] has more of them.
//
// DOMLET_CACHE moves the cache, DOMLET_LAB_DIR the state of running labs, so that
// two users of one machine, or a test and its developer, do not meet.
package lab
