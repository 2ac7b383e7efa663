// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// gVisor's errors as Linux's numbers.

package stack

import (
	"gvisor.dev/gvisor/pkg/tcpip"

	"github.com/domlet/domlet/rt/posix"
)

// errno returns what Linux would say; an error that is not listed is EINVAL, as
// gVisor itself has it.
func errno(err tcpip.Error) posix.Errno {
	switch err.(type) {
	case nil:
		return 0
	case *tcpip.ErrWouldBlock:
		return posix.EAGAIN
	case *tcpip.ErrConnectStarted:
		return posix.EINPROGRESS
	case *tcpip.ErrAlreadyConnecting:
		return posix.EALREADY
	case *tcpip.ErrAlreadyConnected:
		return posix.EISCONN
	case *tcpip.ErrNotConnected:
		return posix.ENOTCONN
	case *tcpip.ErrConnectionRefused:
		return posix.ECONNREFUSED
	case *tcpip.ErrConnectionReset:
		return posix.ECONNRESET
	case *tcpip.ErrConnectionAborted:
		return posix.ECONNABORTED
	case *tcpip.ErrClosedForSend, *tcpip.ErrAborted:
		return posix.EPIPE
	case *tcpip.ErrTimeout:
		return posix.ETIMEDOUT
	case *tcpip.ErrPortInUse:
		return posix.EADDRINUSE
	}
	return errnoOfSetting(err)
}

// errnoOfSetting is errno for what comes of addresses, options and routes.
func errnoOfSetting(err tcpip.Error) posix.Errno {
	switch err.(type) {
	case *tcpip.ErrBadLocalAddress:
		return posix.EADDRNOTAVAIL
	case *tcpip.ErrNoPortAvailable:
		return posix.EADDRINUSE
	case *tcpip.ErrAddressFamilyNotSupported:
		return posix.EAFNOSUPPORT
	case *tcpip.ErrDestinationRequired:
		return posix.EDESTADDRREQ
	case *tcpip.ErrMessageTooLong:
		return posix.EMSGSIZE
	case *tcpip.ErrNetworkUnreachable:
		return posix.ENETUNREACH
	case *tcpip.ErrHostUnreachable:
		return posix.EHOSTUNREACH
	case *tcpip.ErrHostDown:
		return posix.EHOSTDOWN
	case *tcpip.ErrNoBufferSpace:
		return posix.ENOBUFS
	case *tcpip.ErrBroadcastDisabled:
		return posix.EACCES
	case *tcpip.ErrNotPermitted:
		return posix.EPERM
	case *tcpip.ErrNotSupported:
		return posix.EOPNOTSUPP
	case *tcpip.ErrUnknownProtocolOption:
		return posix.ENOPROTOOPT
	case *tcpip.ErrUnknownDevice, *tcpip.ErrUnknownNICID:
		return posix.ENODEV
	}
	return posix.EINVAL
}
