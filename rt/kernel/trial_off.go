// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// An image that is for use has no trials. Kernel, lock held.

//go:build domlet && !domlettest

package kernel

import "github.com/domlet/domlet/xen/abi"

// trialCall refuses calls that no image for use knows.
func trialCall(*thread, uintptr) uintptr { return errno(abi.XEN_ENOSYS) }
