// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package slice is the compartment of one peer domain in a service that many
// share: what it holds, what runs for it, and how all of that ends at once.
//
// # The idea
//
// A service that virtual machines share is where they could hurt each other. So
// whatever a service does for a peer it does in that peer's slice, and what a
// slice may use is bounded from the start ([Budget]). What goes beyond is refused,
// at once, with [ErrBudget]; it does not wait in a queue, because a queue is
// memory too, and somebody's delay.
//
//	set := slice.New(options)             // one for the service
//	s := set.Open("7/work", nil)       // when a peer is attached
//	s.Go("accept", func(ctx context.Context) { ... })
//	s.End(errors.New("detached"))         // when it goes, or breaks the rules
//	<-s.Done()                            // nothing of it is left
//
// # What a slice owns
//
//   - Goroutines: [Slice.Go] starts them, and is the only way to: lint sees to it.
//     It recovers a panic, logs it, and ends that slice alone.
//   - Memory for what the peer sends: [Slice.Pages], outside the Go heap, and
//     [Slice.Hold] for what is kept elsewhere. An [Account] counts both.
//   - Event channels and shared pages: those taken through [Slice.Platform]. A
//     page that the peer does not let go of counts until it does, beyond the end of
//     the slice, which is not [Slice.Done] before.
//   - Connections: [Slice.Connect]. The end of a slice closes them.
//   - A rate: [Slice.Message] counts messages, and ends the slice of a peer that
//     goes on after it was refused.
//   - A log: [Slice.Logf] puts the peer's name in front.
//
// Slices share nothing but what the service puts between them by a narrow, typed
// interface of its own. What one slice hands over there it may charge to another
// account ([Block.Charge]).
//
// # Time
//
// A handler runs in [Slice.Handle] and has so much time. Beyond it the slice ends:
// the context is cancelled, the connections are cut. Go cannot end a goroutine that
// does not want to, so one that still does not return is left where it is, its
// slice goes into quarantine, and nothing that it might still write to is used
// again. Quarantined slices are counted; when there are too many the domain is to
// end ([Options]). Should the goroutine return after all, the slice is over as if
// nothing had been.
//
// # What a slice does not contain
//
// SPEC.md lists it, with reasons: fatal errors of Go's runtime, time on the
// processor, memory that code takes from the Go heap by itself, and what slices
// share below this package.
package slice
