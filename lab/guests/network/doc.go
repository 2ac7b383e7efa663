// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package network has no code of its own, only tests: of domains that have a network
// interface, which are asked, measured and ill-treated from dom0, from a Linux domain
// beside them, and from the developer's machine. The tests run on that machine and
// boot domains in a lab of their own.
package network
