// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package vchantest is what two ends of a vchan must do in every world, as
// scenarios of package xentest.
package vchantest
