// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The trail that operations leave: never a byte of contents. Any goroutine.

package clipboard

import (
	"fmt"
	"strings"

	"github.com/domlet/domlet/services/directory"
)

// Event is an operation and what came of it. Its texts are names, types and rules; none is from contents.
type Event struct {
	Action string // copy, paste, clear or expire
	Who    *directory.Client
	Number uint64 // of the operation
	Bytes  int
	Type   string // MIME type, checked
	Target string // named at copy time, checked
	Of     string // of a paste or clear: name of the domain that copied
	Copy   uint64 // of a paste: number of the copy
	Kept   bool   // of a paste: the contents stay
	Result string // "ok", or the error
	Why    string // the rule that decided
}

// audit completes an event and passes it on.
func (c *Clipboard) audit(e Event, err error) {
	e.Result = "ok"
	if err != nil {
		e.Result = err.Error()
	}
	c.o.Audit(e)
}

// String returns the event as one line of key=value.
func (e Event) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s by=%s domid=%d number=%d bytes=%d", e.Action, e.Who.Domain.Name, e.Who.ID, e.Number, e.Bytes)
	for _, f := range []struct{ key, value string }{{"type", e.Type}, {"for", e.Target}, {"of", e.Of}} {
		if f.value != "" {
			fmt.Fprintf(&b, " %s=%s", f.key, f.value)
		}
	}
	if e.Copy != 0 {
		fmt.Fprintf(&b, " copy=%d kept=%t", e.Copy, e.Kept)
	}
	fmt.Fprintf(&b, " result=%q", e.Result)
	if e.Why != "" {
		fmt.Fprintf(&b, " rule=%q", e.Why)
	}
	return b.String()
}
