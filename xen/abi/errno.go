// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Declarations of errno.h: a hypercall that fails answers with one of these, negated.

package abi

// Error numbers.
const (
	XEN_EPERM      = 1
	XEN_ENOENT     = 2
	XEN_ESRCH      = 3
	XEN_EIO        = 5
	XEN_ENXIO      = 6
	XEN_E2BIG      = 7
	XEN_ENOEXEC    = 8
	XEN_EBADF      = 9
	XEN_ECHILD     = 10
	XEN_EAGAIN     = 11
	XEN_ENOMEM     = 12
	XEN_EACCES     = 13
	XEN_EFAULT     = 14
	XEN_EBUSY      = 16
	XEN_EEXIST     = 17
	XEN_EXDEV      = 18
	XEN_ENODEV     = 19
	XEN_EINVAL     = 22
	XEN_ENOSPC     = 28
	XEN_EROFS      = 30
	XEN_ERANGE     = 34
	XEN_EDEADLK    = 35
	XEN_ENOSYS     = 38
	XEN_ENOTEMPTY  = 39
	XEN_ENODATA    = 61
	XEN_ETIME      = 62
	XEN_EOVERFLOW  = 75
	XEN_EOPNOTSUPP = 95
	XEN_ENOBUFS    = 105
	XEN_EISCONN    = 106
	XEN_ENOTCONN   = 107
	XEN_ETIMEDOUT  = 110
)
