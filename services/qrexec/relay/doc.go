// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package relay is the other side of package qrexec: what Qubes OS has in dom0 as
// one daemon for each domain. It has a control connection to each agent, takes
// their requests, has a policy decide, and lets the two ends meet. Any goroutine.
//
//	r := &relay.Relay{Transport: transport, Decide: decide, Go: start}
//	err := r.Attend(ctx, relay.Peer{ID: 7, Name: "work"})    // for each domain, in a goroutine of its own
//
// # What it sees
//
// Names, services and arguments; never data. An allowed call is two messages, one
// to the service's agent and one to the caller's, with each other's number and a
// port; then they connect to each other.
//
// # What an agent can do
//
// Everything in package wire that is a violation ends its own connection for good:
// [Relay.Attend] returns, as Qubes' daemon exits. What is only wrong is refused.
// A refusal says nothing of why: what a policy has in it is for the log (QSB-099).
//
// An agent has 256 ports, and as many requests that wait for a decision; a call
// beyond that is refused, and so is one beyond [MaxAsking] that somebody would be
// asked about. A port is the caller's: only the caller, who listens
// there, gives it back, so that no service can use up another domain's. Ports are
// given out in turn, so that one which was just given back rests.
//
// An agent that does not read what it is sent loses its connection after a while.
// Nobody waits for it with a lock held but its own messages.
//
// A domain that is destroyed before it comes to a call makes its caller wait no
// longer than the relay needs to see it: a refusal after the grant takes that back,
// for callers that understand it.
//
// Calls for which [Answer] says so pass through the relay (mediate.go), for domains
// that must not share memory with each other. Only then it sees data, and passes
// them on as they are.
//
// # As a domain
//
// [Relay] knows nothing of policies and slices. [Attached] gives each domain that
// dom0 attaches a slice of its own, [Rules] decide by a policy over the names that
// dom0 knows, and [Asker] has a domain ask, and tell, whoever sits before it. What is
// called of dom0 and is the relay's own, such as the services of package admin, by
// which the policy is changed, its Handler serves. The program in
// services/qrexec/domain puts them together.
package relay
