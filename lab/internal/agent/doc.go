// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package agent is the part of the lab that runs in dom0: a small SSH server that
// executes commands for the machine that QEMU runs on, and the check of the
// floating-point registers.
//
// A command lives no longer than the connection that asked for it: when the
// connection drops, its process group gets SIGTERM and, ten seconds later,
// SIGKILL. Without any connection the agent restarts the machine after a while,
// which ends QEMU; so a forgotten lab ends itself even if nothing else of it is
// left on the host.
package agent
