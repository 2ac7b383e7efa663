// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package qrexec lets a domain call services of other domains and serve its own,
// in the protocol of Qubes OS: under Qubes with dom0's daemon, elsewhere with a
// relay of package relay. It is to qrexec what net/http is to HTTP.
//
//	mux := qrexec.NewMux()
//	mux.HandleFunc("domlet.Echo", func(ctx context.Context, r *qrexec.Request) int {
//		io.Copy(r.Stdout, r.Stdin)
//		return 0
//	})
//	agent := &qrexec.Agent{Transport: transport, Handler: mux, Go: start}
//	err := agent.Run(ctx)
//
// and from any goroutine
//
//	call, err := agent.Call(ctx, "work", "domlet.Hash", "sha256")
//	io.Copy(call, file)
//	call.CloseWrite()
//	sum, err := io.ReadAll(call)
//	code, err := call.Wait()
//
// # Who meets whom
//
// An [Agent] offers its daemon one control connection, and another one when that
// ends. Over it the two agree on calls and move no data. The ends of a call meet
// in a data connection: the caller listens at the port that the daemon chose, the
// service dials. Neither sees the other's control connection, and the daemon sees
// no data. Calls under way go on when the control connection is lost.
//
// Everything that connects comes from a [Transport]: byvchan has one over Xen's
// shared memory, bysocket one over Unix sockets for machines without Xen.
//
// # Goroutines and memory
//
// Package qrexec starts goroutines with [Agent].Go, so that whoever serves decides
// who pays for them. A call that is served has two: the handler's, and one that
// reads what comes, so that the caller's end is noticed while the handler works. A
// [Call] moves bytes in the goroutine that calls Read or Write. Where a context can
// end there is one more that waits for that. All have a buffer of a few KiB and no queue, so that a reader who
// stops stops the writer at the other end: through the ring, and no further.
//
// When a call ends, in whatever way, its connection is closed and the daemon is
// told that its port is free; when [Agent.Run] returns, every handler has.
//
// # How a call can end
//
// The exit code is the service's, from 0 to 255, or qrexec's own: 125 if something
// failed on the way, 126 if the service is refused, 127 if there is none. A caller
// gets [ErrRefused] where a policy said no, and [ErrLost] where the other end went
// away without an exit code; a service whose caller went away finds its context
// cancelled and its input cut, not ended.
package qrexec
