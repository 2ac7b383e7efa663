// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The file format. Host only; that tcpdump reads it is for the lab to show.

package capture

import (
	"bytes"
	"encoding/hex"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestFormat(t *testing.T) {
	var b bytes.Buffer
	w := writer{&b}
	if err := w.begin(); err != nil {
		t.Fatal(err)
	}
	if err := w.packet(time.Unix(0x01020304, 0x05060708), []byte{0xaa, 0xbb}, 0x1234); err != nil {
		t.Fatal(err)
	}
	const want = "4d3cb2a1" + "02000400" + "0000000000000000" + "0e000100" + "01000000" +
		"04030201" + "08070605" + "02000000" + "34120000" + "aabb"
	if got := hex.EncodeToString(b.Bytes()); got != want {
		t.Errorf("the file is\n%s, want\n%s", got, want)
	}
}

func TestMoment(t *testing.T) {
	message := make([]byte, unix.CmsgSpace(16))
	copy(message, []byte{byte(unix.CmsgLen(16)), 0, 0, 0, 0, 0, 0, 0, unix.SOL_SOCKET, 0, 0, 0, unix.SCM_TIMESTAMPNS})
	message[unix.CmsgLen(0)], message[unix.CmsgLen(8)] = 7, 9
	if got := moment(message); !got.Equal(time.Unix(7, 9)) {
		t.Errorf("the time is %v", got)
	}
	if since := time.Since(moment(nil)); since < 0 || since > time.Minute {
		t.Errorf("without one it is %v ago", since)
	}
}

// TestNothing: a recorder that is none records nothing.
func TestNothing(t *testing.T) {
	var r *Recorder
	r.Of("5")
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
