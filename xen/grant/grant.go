// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a grant table can do, whichever world it belongs to. Any goroutine.

package grant

import (
	"errors"
	"fmt"

	"github.com/domlet/domlet/xen/abi"
)

// PageSize is the size in bytes of a page, the unit of sharing.
const PageSize = 4096

// Ref is a grant reference: the number of an entry in the granter's table
// (grant_ref_t of grant_table.h). One that came from a peer proves nothing: Xen
// checks it when it is mapped.
type Ref uint32

// Table is one domain's view of granted memory. All methods may be called from
// any goroutine.
type Table interface {
	// Share grants peer the use of fresh, zeroed pages: read and write, or only
	// read. They are contiguous in our memory and have a reference each.
	Share(peer abi.Domid_t, pages int, readOnly bool) (*Shared, error)
	// Map maps pages that peer granted us, contiguously and in this order: all of
	// them or none.
	Map(peer abi.Domid_t, refs []Ref, readOnly bool) (*Mapping, error)
	// Copy copies bytes between our memory and granted pages. Each operation's
	// outcome is in its Err; Copy returns the first that is not nil.
	Copy(ops []CopyOp) error
	// Stats counts what is in use now.
	Stats() Stats
}

// CopyOp is one piece of a [Table.Copy].
type CopyOp struct {
	Peer   abi.Domid_t
	Ref    Ref    // one of peer's pages
	Offset uint32 // bytes into that page
	Data   []byte // ours; must not reach over the end of the page
	Write  bool   // Data goes to the peer; otherwise Data is filled from the page
	Err    error  // out
}

// checkAll clears Err, and finds what Xen need not be asked about: then nothing
// is copied.
func checkAll(ops []CopyOp) error {
	for i := range ops {
		op := &ops[i]
		op.Err = nil
		if op.Offset >= PageSize || uint(len(op.Data)) > uint(PageSize-op.Offset) {
			return failAll(ops, fmt.Errorf("grant: copy of %d bytes at offset %d crosses the end of a page: split it", len(op.Data), op.Offset))
		}
	}
	return nil
}

// failAll is the outcome where nothing is known to be copied: who looks at one
// operation only must not take it for done.
func failAll(ops []CopyOp, err error) error {
	for i := range ops {
		ops[i].Err = err
	}
	return err
}

func firstError(ops []CopyOp) error {
	for i := range ops {
		if ops[i].Err != nil {
			return ops[i].Err
		}
	}
	return nil
}

// Stats says what a table is used for, in pages, which is one entry each.
type Stats struct {
	Version  int // of the grant table, 1 or 2; 0 where Linux hides it
	Shared   int // granted now
	Deferred int // no longer granted by us, but a peer has not let go
	Mapped   int // of peers, mapped here
	Free     int // entries of the table that nobody uses
	Frames   int // of the table itself
	Limit    int // of Frames, set by the toolstack: max_grant_frames
}

// Errors to test for. What is returned adds details and what to do.
var (
	ErrTableFull    = errors.New("the grant table is full")
	ErrMaptrackFull = errors.New("Xen tracks no more mappings for this domain")
	ErrNoMemory     = errors.New("the domain has no memory for it")
)

var (
	errNoPages = errors.New("grant: nothing to share: ask for at least one page")
	errNoRefs  = errors.New("grant: nothing to map: give at least one reference")
)

// StatusError is a grant operation that Xen refused.
type StatusError struct {
	Op     string
	Peer   abi.Domid_t
	Ref    Ref
	Status int16 // GNTST_, below zero (grant_table.h)
}

// Error says which reference, and why in words where Xen's header has some.
func (e *StatusError) Error() string {
	return fmt.Sprintf("grant: %s of reference %d of domain %d: %s", e.Op, e.Ref, e.Peer, statusText(e.Status))
}

// Unwrap makes the two statuses that a setting can mend testable.
func (e *StatusError) Unwrap() error {
	if e.Status == abi.GNTST_no_device_space || e.Status == abi.GNTST_no_space {
		return ErrMaptrackFull
	}
	return nil
}

func statusText(s int16) string {
	switch s {
	case abi.GNTST_bad_domain:
		return "no such domain, or it is dying"
	case abi.GNTST_bad_gntref:
		return "not granted to this domain"
	case abi.GNTST_permission_denied:
		return "granted for reading only, or to somebody else"
	case abi.GNTST_bad_page:
		return "the granter has no such page"
	case abi.GNTST_bad_copy_arg:
		return "the copy crosses a page"
	case abi.GNTST_eagain:
		return "the granter's page is paged out: try again"
	case abi.GNTST_no_device_space, abi.GNTST_no_space:
		return "Xen tracks no more mappings for this domain: raise max_maptrack_frames in its configuration"
	}
	return fmt.Sprintf("Xen answers %d", s)
}
