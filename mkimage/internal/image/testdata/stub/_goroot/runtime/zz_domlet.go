// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

package runtime

import "unsafe"

func domletFatal() {}

//go:nosplit
func domletCommit(v unsafe.Pointer, n uintptr) {}

func setThreadCPUProfiler(hz int32) { getg().m.profilehz = hz }

func domletActivated() {}

func domletQuiet() bool { return true }

func domletInits(list []*initTask) {}

func domletNap(n *note, ns int64) bool { return notetsleep(n, ns) }

func domletDumpAsked() bool { return false }

func domletAwake() {}
