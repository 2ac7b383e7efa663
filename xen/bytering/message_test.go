// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Who may write a message when. Host.

package bytering

import "testing"

func TestMessages(t *testing.T) {
	var m Messages
	if !m.Begin() || m.Begin() || m.Seal() {
		t.Error("a message was begun within a message")
	}
	m.End()
	if !m.Begin() {
		t.Error("no second message")
	}
	m.End()
	if !m.Seal() || m.Begin() || m.Seal() {
		t.Error("a message was begun after the last")
	}
}
