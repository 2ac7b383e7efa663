// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Places where Xen may act between two steps of this side: nothing, in a build
// that is used. Any context.

//go:build !invariants

package core

// window marks such a place. Tests with the tag invariants let others run there,
// which makes the interleavings common that are rarest in nature.
func window() {}
