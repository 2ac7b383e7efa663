// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package capture records what goes over a domain's network interface, in the file
// format that tcpdump and Wireshark read. It runs in dom0, where the other end of the
// interface is: packets stand in the file as they passed there, so those that stand for
// many segments are long, and checksums that were left to the other end are not in
// them.
package capture

import (
	"encoding/binary"
	"io"
	"time"
)

// Values of the format: draft-ietf-opsawg-pcap.
const (
	magicNano    = 0xa1b23c4d // times are in nanoseconds
	versionMajor = 2
	versionMinor = 4
	linkEthernet = 1
	// longest is the longest frame that an interface carries, its header included.
	longest = 64<<10 + 14
)

// writer writes the format.
type writer struct{ to io.Writer }

// begin writes the file's header.
func (w writer) begin() error {
	b := binary.LittleEndian.AppendUint32(nil, magicNano)
	b = binary.LittleEndian.AppendUint16(b, versionMajor)
	b = binary.LittleEndian.AppendUint16(b, versionMinor)
	b = append(b, make([]byte, 8)...) // reserved
	b = binary.LittleEndian.AppendUint32(b, longest)
	b = binary.LittleEndian.AppendUint32(b, linkEthernet)
	_, err := w.to.Write(b)
	return err
}

// packet writes a frame that had so many bytes, of which data are the first.
func (w writer) packet(at time.Time, data []byte, length int) error {
	b := binary.LittleEndian.AppendUint32(nil, uint32(at.Unix()))
	b = binary.LittleEndian.AppendUint32(b, uint32(at.Nanosecond()))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = binary.LittleEndian.AppendUint32(b, uint32(length))
	_, err := w.to.Write(append(b, data...))
	return err
}
