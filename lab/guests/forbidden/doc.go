// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package forbidden boots domains that do what no program may, and kernels that do
// what no kernel may, and looks at how each dies of it.
//
// The programs lie beside it in lab/guests: protection for programs, trials for what
// only a test image's kernel can do to itself. It has a lab of its own, so that it
// can run beside the other tests that boot domains: one lab keeps one processor
// busy.
package forbidden
