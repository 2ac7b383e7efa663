// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package domain runs one Xen domain from beginning to end. It works in dom0,
// as root, beside the machine's own xl, xenstored and xenconsoled, and is the
// only place where mkimage touches a running Xen.
//
// The life of a domain here:
//
//  1. [Toolstack.Run] writes the configuration to a directory of its own and
//     calls xl create -e: xl starts the domain and leaves nothing behind that
//     would restart or destroy it, so a dead domain keeps its last words.
//  2. The domain's console is a terminal whose path xenconsoled writes into
//     xenstore. It is read directly; xl console would eat escape characters.
//     Every byte is handed on as it comes, but for the kernel's last line. What
//     the domain is to read goes the other way (input.go).
//     A run that is to stop first asks the domain to, as xl shutdown does, and
//     gives it five seconds.
//  3. xenstored tells when any domain goes down. Then, and only then, xl is
//     asked whether it was this one.
//  4. The rest of the console is read, the last line is understood, and the
//     domain is destroyed, as it is on every other way out: an error, a
//     timeout, a cancelled context. Domains are destroyed by the number that
//     belongs to the name made up for this run; no other one is ever touched.
package domain
