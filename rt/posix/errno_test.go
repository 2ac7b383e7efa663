// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build linux && amd64 && !domlet

// The error numbers against Go's own list of Linux's.

package posix

import (
	"syscall"
	"testing"
)

func TestErrnoValues(t *testing.T) {
	for ours, linux := range map[Errno]syscall.Errno{

		EPERM:           syscall.EPERM,
		ENOENT:          syscall.ENOENT,
		EIO:             syscall.EIO,
		ESRCH:           syscall.ESRCH,
		ENXIO:           syscall.ENXIO,
		EBADF:           syscall.EBADF,
		ECHILD:          syscall.ECHILD,
		EAGAIN:          syscall.EAGAIN,
		EACCES:          syscall.EACCES,
		EFAULT:          syscall.EFAULT,
		EBUSY:           syscall.EBUSY,
		EEXIST:          syscall.EEXIST,
		EXDEV:           syscall.EXDEV,
		ENODEV:          syscall.ENODEV,
		ENOTDIR:         syscall.ENOTDIR,
		EISDIR:          syscall.EISDIR,
		EINVAL:          syscall.EINVAL,
		EMFILE:          syscall.EMFILE,
		ENOTTY:          syscall.ENOTTY,
		EFBIG:           syscall.EFBIG,
		ENOSPC:          syscall.ENOSPC,
		ESPIPE:          syscall.ESPIPE,
		EPIPE:           syscall.EPIPE,
		ERANGE:          syscall.ERANGE,
		ENAMETOOLONG:    syscall.ENAMETOOLONG,
		ENOSYS:          syscall.ENOSYS,
		ENOTEMPTY:       syscall.ENOTEMPTY,
		ELOOP:           syscall.ELOOP,
		EOVERFLOW:       syscall.EOVERFLOW,
		ENOTSOCK:        syscall.ENOTSOCK,
		EDESTADDRREQ:    syscall.EDESTADDRREQ,
		EMSGSIZE:        syscall.EMSGSIZE,
		EPROTOTYPE:      syscall.EPROTOTYPE,
		ENOPROTOOPT:     syscall.ENOPROTOOPT,
		EPROTONOSUPPORT: syscall.EPROTONOSUPPORT,
		ESOCKTNOSUPPORT: syscall.ESOCKTNOSUPPORT,
		EOPNOTSUPP:      syscall.EOPNOTSUPP,
		EAFNOSUPPORT:    syscall.EAFNOSUPPORT,
		EADDRINUSE:      syscall.EADDRINUSE,
		EADDRNOTAVAIL:   syscall.EADDRNOTAVAIL,
		ENETDOWN:        syscall.ENETDOWN,
		ENETUNREACH:     syscall.ENETUNREACH,
		ECONNABORTED:    syscall.ECONNABORTED,
		ECONNRESET:      syscall.ECONNRESET,
		ENOBUFS:         syscall.ENOBUFS,
		EISCONN:         syscall.EISCONN,
		ENOTCONN:        syscall.ENOTCONN,
		ETIMEDOUT:       syscall.ETIMEDOUT,
		ECONNREFUSED:    syscall.ECONNREFUSED,
		EHOSTDOWN:       syscall.EHOSTDOWN,
		EHOSTUNREACH:    syscall.EHOSTUNREACH,
		EALREADY:        syscall.EALREADY,
		EINPROGRESS:     syscall.EINPROGRESS,
	} {
		if uintptr(ours) != uintptr(linux) {
			t.Errorf("%d is not %d, %v", ours, uintptr(linux), linux)
		}
	}
}
