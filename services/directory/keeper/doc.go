// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package keeper keeps, in dom0, the nodes that package directory reads.
//
// # Wishes
//
// What the machine's owner wants is a list of wishes: this client is attached to
// that service's domain, under this name of the service. Wishes name domains as
// policies do, by their names, which dom0 alone gives; so they outlast a restart
// of either, and may be made before there is such a domain. They are nodes of
// dom0's own:
//
//	/tool/domlet/attached/SERVICE-DOMAIN/CLIENT    SERVICE
//
// with @ in the place of a dot, which xenstore does not allow there.
//
// # Reconciling
//
// [Keeper.Reconcile] compares wishes with domains and nodes, and makes the nodes
// right: one transaction for each pair, so that there is never a half of one. It
// does the same however it got there, so nothing depends on having seen each
// change; whoever calls it after every change that xenstore tells of ([Watched])
// keeps services up to date. A pair whose both halves agree stays as it is; one
// where they do not, because a domain was destroyed and its number or its name is
// another's now, is attached anew, with another number.
//
// A name that two domains have is nobody's, until one of them is gone.
package keeper
