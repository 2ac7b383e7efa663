// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Declarations of sched.h: giving up the CPU, and ending a domain.

package abi

import "structs"

// Commands of sched_op.
const (
	SCHEDOP_yield           = 0
	SCHEDOP_block           = 1
	SCHEDOP_shutdown        = 2
	SCHEDOP_poll            = 3
	SCHEDOP_remote_shutdown = 4
	SCHEDOP_shutdown_code   = 5
	SCHEDOP_watchdog        = 6
	SCHEDOP_pin_override    = 7
)

// Reasons of [Sched_shutdown].
const (
	SHUTDOWN_poweroff   = 0
	SHUTDOWN_reboot     = 1
	SHUTDOWN_suspend    = 2
	SHUTDOWN_crash      = 3
	SHUTDOWN_watchdog   = 4
	SHUTDOWN_soft_reset = 5
	SHUTDOWN_MAX        = 5
)

// Sched_shutdown is the argument of SCHEDOP_shutdown.
type Sched_shutdown struct {
	_      structs.HostLayout
	Reason uint32 // SHUTDOWN_
}

// Sched_poll is the argument of SCHEDOP_poll.
type Sched_poll struct {
	_        structs.HostLayout
	Ports    uintptr // address of Nr_ports port numbers (uint32)
	Nr_ports uint32
	Timeout  uint64 // absolute system time in ns; 0: none
}

// Sched_watchdog is the argument of SCHEDOP_watchdog.
type Sched_watchdog struct {
	_       structs.HostLayout
	Id      uint32 // 0: a new watchdog
	Timeout uint32 // seconds; 0: stop it
}
