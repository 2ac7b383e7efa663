// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Declarations of callback.h: where Xen enters a PV kernel.

package abi

import "structs"

// Commands of callback_op.
const (
	CALLBACKOP_register   = 0
	CALLBACKOP_unregister = 1
)

// Types of [Callback_register].
const (
	CALLBACKTYPE_event     = 0
	CALLBACKTYPE_failsafe  = 1
	CALLBACKTYPE_syscall   = 2
	CALLBACKTYPE_nmi       = 4
	CALLBACKTYPE_sysenter  = 5
	CALLBACKTYPE_syscall32 = 7
)

// CALLBACKF_mask_events masks events when the callback is entered.
const CALLBACKF_mask_events = 1 << 0

// Callback_register is the argument of CALLBACKOP_register.
type Callback_register struct {
	_       structs.HostLayout
	Type    uint16 // CALLBACKTYPE_
	Flags   uint16 // CALLBACKF_
	Address uint64
}

// Callback_unregister is the argument of CALLBACKOP_unregister.
type Callback_unregister struct {
	_    structs.HostLayout
	Type uint16
	_    uint16
}
