// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package directory tells a service who its clients are, and a client where its
// service is.
//
// Xen tells a domain the number of whoever it has a vchan with, and no more; a
// domain without privilege can neither read the names of others nor see them
// come. Dom0 can. The command domlet-ctl, by package keeper, writes what dom0
// knows into xenstore, for each pair of domains that its owner attached to each
// other, and this package reads it. The number that Xen enforces is the only
// identity that anybody believes; everything else is looked up from it.
//
// # The nodes
//
// C is the number of the client, S that of the service's domain:
//
//	/local/domain/S/domlet/clients/C             ATTACHMENT NAME uuid=... type=... tags=...
//	/local/domain/S/domlet/clients/C/attachment  ATTACHMENT
//	/local/domain/C/domlet/services/S            ATTACHMENT SERVICE
//	/local/domain/C/domlet/services/S/attachment ATTACHMENT
//
// All belong to dom0, and nobody else writes them. They lie beside the directory
// data, in which a domain may write, so that a domain cannot put nodes there
// first. The first is for the service's domain to read, the third for the client,
// the two named attachment for both. What stands behind ATTACHMENT in the first is
// a line as package policy's ParseDomain takes it; SERVICE is the name under which
// the client knows the service, such as clipboard.
//
// # Two halves
//
// ATTACHMENT is a number of 128 random bits, another one each time that dom0
// attaches a client. It stands in the directories of both domains, and holds only
// while it stands in both. When either domain is destroyed, the tool stack removes
// its directory, and does so before another domain gets its number. So a number
// that is used again inherits nothing, even while nobody keeps the nodes up to
// date: one half is missing. [Directory.Identify] and [Find] look at both.
//
// A service keeps the [Client] of whoever it talks to. When it deals with that
// number again, after it waited for a connection, say, it calls Identify again and
// compares the two with [Client.Is].
//
// # Following
//
// [Directory.Follow] is a loop over clients that come, change and go. While it
// runs, a Directory answers what policies ask of domains without asking xenstored:
// it is a policy.Directory. Following takes one watch, however many clients
// there are. That a client is gone reaches Follow when dom0's keeper has seen it;
// Identify knows it at once.
package directory
