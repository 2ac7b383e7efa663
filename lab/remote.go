// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file is what dom0 and the Linux guest have in common for programs on the
// developer's machine.

package lab

import (
	"fmt"

	"golang.org/x/crypto/ssh"
)

// Remote is a Linux system of the lab in which commands can be run: dom0, or the
// Linux guest. It may be used by several goroutines.
type Remote struct {
	client *ssh.Client
	name   string        // in messages
	last   func() string // the end of its console, for messages; may be nil
}

// Close ends the connection. What runs for it is ended, and nothing else.
func (r *Remote) Close() error { return r.client.Close() }

// broken explains the end of a connection.
func (r *Remote) broken(err error) error {
	if r.last == nil {
		return fmt.Errorf("lab: the connection to %s broke: %w", r.name, err)
	}
	return fmt.Errorf("lab: the connection to %s broke (%w); its console ends: %s", r.name, err, r.last())
}
