// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package byqrexec gives the clipboard of package clipboard to domains by qrexec:
// the form that a user of Qubes OS can install, as a qube of its own that others
// call. Any goroutine.
//
//	domlet.ClipboardCopy            standard input is copied
//	domlet.ClipboardCopy+DOMAIN     the same, for that domain alone to paste
//	domlet.ClipboardPaste           what is held comes out of standard output
//	domlet.ClipboardClear           the clipboard is emptied
//
// They end with 0, or with 1 and a line on standard error. What is copied is text of
// at most [clipboard.DefaultLimit] bytes.
//
// # Who is who
//
// A client is the name under which the daemon of qrexec, dom0's or a relay, has it
// call: the daemon has it from Xen. The policy of qrexec says who may call these
// services. It sees one domain and the clipboard, never who copied and who pastes; so
// that is decided here, by a policy of the clipboard's own, in which domains have
// names and nothing else.
//
// # What it promises less
//
// What [clipboard] promises of contents in memory ends where qrexec begins: on their
// way they pass through a few KiB of buffers for each call, in both domains, that
// nobody overwrites before the next call does.
package byqrexec
