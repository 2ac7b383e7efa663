// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What differs from one stream to xenstored to another. Data.

package store

// Options are what a connection needs beyond a stream.
type Options struct {
	// Home is where relative paths start. Empty: they are sent as they are, and
	// xenstored has them start at the domain's own path.
	Home string
	// Outstanding is how many requests may be without an answer, MaxOutstanding
	// if 0.
	Outstanding int
	// Payload is how many bytes may follow the header of a request,
	// abi.XENSTORE_PAYLOAD_MAX if 0.
	Payload int
	// Refused, if not nil, gets an error of the stream's Write and returns the name
	// of xenstored's that it stands for, if it is an answer to that one message;
	// any other error ends the connection.
	Refused func(err error) (name string)
	// Listening, if not nil, is called when the client begins to expect messages,
	// and at the end of a message when it expects none: somebody else may read the
	// stream meanwhile.
	Listening func(yes bool)
	// Stranger, if not nil, gets what nobody here asked for: the message's type,
	// its request's number, which is at least FirstStranger, or of a watch's
	// event any, and its payload. It is somebody else's.
	Stranger func(kind, id uint32, payload []byte)
}

// FirstStranger is the smallest number of a request that is not the client's.
const FirstStranger = 1 << 31
