// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package abi states Xen's public x86_64 interface as Go constants and types, and nothing else: it has no code, so any
// context may use it.
//
// Names are Xen's own, so that one grep finds a thing in both trees:
//
//   - a constant keeps its name; the leading underscores of __HYPERVISOR_sched_op fall away, because an exported Go name
//     cannot begin with them;
//   - a structure keeps its name with the first letter raised (struct start_info is [Start_info]), and so do its fields;
//   - where C has a union, the Go field is the member this project uses, or plain storage; a field tag such as
//     `xen:"arg1.mfn"` names the C member it stands for;
//   - a guest handle (a pointer given to Xen) is a uintptr, an address in the caller's own address space.
//
// One file here covers one header of Xen's xen/include/public, and says which. Frame numbers are in pages of 4096 bytes.
// Every constant, size and offset stands in testdata/abi.golden, which a test compares with these declarations and, where
// Xen's C headers are installed, with those.
package abi
