// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The seam sideways: what this package asks of whatever carries Internet
// sockets. net/stack is one; tests have a fake.

package posix

// Families of sockets and addresses, Linux's values (AF_*).
const (
	FamilyNone    = 0
	FamilyUnix    = 1
	FamilyInet4   = 2
	FamilyInet6   = 10
	FamilyNetlink = 16
)

// Kinds of sockets, Linux's values (SOCK_*).
const (
	KindStream    = 1
	KindDatagram  = 2
	KindRaw       = 3
	KindSeqPacket = 5
)

// Flags of one transfer, Linux's values (MSG_*): those that a Network sees.
const (
	MessagePeek      = 0x2  // leave what is received in the queue
	MessageControl   = 0x8  // set on receipt: control messages were cut
	MessageTruncated = 0x20 // set on receipt: the datagram was cut
)

// Address is an Internet address with its port.
type Address struct {
	Family int      // FamilyInet4, FamilyInet6, or FamilyNone for no address
	IP     [16]byte // of an IPv4 address the first four
	Port   uint16
	Zone   uint32 // the interface an IPv6 address is scoped to; 0 is none

	name string // of a unix socket, beginning with NUL when it is no path
	pid  uint32 // of a netlink socket
}

// Message is what belongs to a transfer beside its bytes.
type Message struct {
	Address Address // where to; after receipt where from
	Control []byte  // control messages, laid out as Linux's struct cmsghdr
	Flags   int     // what was asked; after receipt what happened
	Size    int     // after receipt: the datagram's own length

	files []*file // that a unix socket passes on, each with a reference
}

// Link is a network interface.
type Link struct {
	Index    int // from 1
	Name     string
	MTU      int      // in bytes
	Flags    uint32   // Linux's IFF_*
	Hardware []byte   // the Ethernet address, empty where there is none
	Prefixes []Prefix // its addresses
	Counters Counters
}

// Counters are what an interface has carried since it was made, in the order of the
// first eight of Linux's struct rtnl_link_stats64.
type Counters struct {
	ReceivedPackets, SentPackets uint64
	ReceivedBytes, SentBytes     uint64
	ReceiveErrors, SendErrors    uint64 // packets that were not as they must be
	ReceiveDropped, SendDropped  uint64 // for want of memory, or of a connection
}

// Prefix is an address of an interface and the length of its network's part.
type Prefix struct {
	Address
	Bits int
}

// Network makes Internet sockets.
type Network interface {
	// Socket makes a socket of a family, a kind and a protocol, 0 being the
	// kind's usual one. EAFNOSUPPORT, ESOCKTNOSUPPORT and EPROTONOSUPPORT say
	// which of them there is not.
	Socket(family, kind, protocol int) (Socket, Errno)
	// Links lists the interfaces by index.
	Links() []Link
}

// Socket is one socket of a Network. No method waits: what cannot be done yet
// is EAGAIN, or EINPROGRESS of Connect. Errors are those of Linux. Slices are
// the caller's again after the call; they lie in the heap.
type Socket interface {
	// Notify names the function to call when the socket may have become
	// readable ('r') or writable ('w'), which includes every error. It is
	// called from any goroutine, perhaps with the network's locks held, and
	// calls nothing of the socket. Notify itself comes before all other calls.
	Notify(ready func(mode byte))
	// Bind gives the socket its own address.
	Bind(a Address) Errno
	// Connect starts a connection, or sets where datagrams go; FamilyNone
	// undoes it.
	Connect(a Address) Errno
	// Listen has the socket accept connections, of which backlog may wait.
	Listen(backlog int) Errno
	// Accept takes a connection that waits, and tells its peer's address.
	Accept() (Socket, Address, Errno)
	// Receive fills b and says in m what the bytes are, unless it fails; 0
	// bytes of a stream are its end.
	Receive(b []byte, m *Message) (int, Errno)
	// Send takes bytes of b: of a stream as many as there is room for, of
	// datagrams all. The address of m is FamilyNone for a connected peer.
	Send(b []byte, m *Message) (int, Errno)
	// Shutdown ends one or both directions.
	Shutdown(read, write bool) Errno
	// Local returns the socket's own address.
	Local() (Address, Errno)
	// Peer returns the address the socket is connected to.
	Peer() (Address, Errno)
	// Option returns an option as Linux lays it out; ENOPROTOOPT is none of
	// the socket's.
	Option(level, name int) ([]byte, Errno)
	// SetOption sets an option.
	SetOption(level, name int, value []byte) Errno
	// Pending returns how many bytes one Receive could deliver now.
	Pending() int
	// Close ends the socket. Nothing is called afterwards.
	Close()
}
