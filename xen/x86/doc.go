// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package x86 has the instructions that a kernel needs and Go has no words for,
// one to a function. It belongs to the privileged rooms; every function may be
// called in any context that the instruction itself bears.
package x86
