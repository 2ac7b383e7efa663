// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package kernel is the library OS under the Go runtime: threads, memory,
// clock, signals, events, and the two ways into it. doc to come.
package kernel
