// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package policy decides which domain may ask which other for what, by rules in
// the language of Qubes OS's qrexec policy ("5.0 format").
//
// # The language
//
// A policy is a list of lines. The first that matches a request decides; where
// none does, the answer is no. A line has five words, and options behind them:
//
//	qubes.Filecopy   *     work        vault      deny
//	qubes.Filecopy   *     @tag:work   @tag:work  allow
//	qubes.Filecopy   *     @anyvm      @anyvm     ask    default_target=work
//	clipboard.Paste  +     @type:AppVM @default   allow  target=notes notify=yes
//
// They are the service; its argument, with a plus before it; the domain that
// asks; the one that it asks; and the action. A star is any service, any
// argument, any domain. Words for a domain are:
//
//	work             the domain of that name
//	uuid:...         the domain with that UUID
//	@adminvm, dom0   dom0, which only these two and the star mean
//	@anyvm           any but dom0; as a target also @default and disposables
//	@tag:T, @type:T  any with the tag, or of the type
//	@default         no domain was named, or one that does not exist
//	@dispvm          a new disposable domain, of the asking domain's own template
//	@dispvm:NAME     a new one made from NAME
//	@dispvm:@tag:T   a new one made from a template with the tag
//
// The options: target= sends the call to another domain; default_target= is what
// the asker finds chosen; user= is the user it runs as; autostart=no leaves out
// domains that do not run; notify= says whether somebody is told. Lines that
// begin with # are comments, those with ! are directives:
//
//	!include FILE                        the lines of a file, in this place
//	!include-dir DIRECTORY               its *.policy files, in the order of their names
//	!include-service SERVICE ARGUMENT FILE
//	                                     a file whose lines lack the first two words,
//	                                     in the form of Qubes OS 4.0
//	!compat-4.0                          the files of the directory for that form
//
// # Errors
//
// A policy with an error denies everything: [Load] returns it with the errors,
// and each names the file, the line and what to write instead. So a service can
// go on with what it was given, and every refusal says what is wrong.
//
// What Qubes OS takes and this package refuses, because it cannot mean what its
// author thought: names of domains, tags, types and users with characters that
// they never have (a "$anyvm" or a "#" behind a rule), a carriage return within a
// line, a file that includes itself. Where Qubes OS gives two answers to what is
// one question, the stricter one holds: tags and types never match dom0, and
// "allow" or "ask" for a disposable wants a template that exists. Requests in
// the name of a RemoteVM are not part of the language, and not known here.
//
// # Evaluation
//
// [Policy.Evaluate] answers a [Request] with a [Decision], which names the rule.
// Domains come from a [Directory]: the one that dom0 keeps up to date in
// xenstore (package services/directory) or a fixed one ([ParseDomains]). A
// request's source is what the caller knows from Xen, not what the peer says.
// "ask" is a decision too: it comes with the targets to choose from, and what
// the answer may be is checked with [Decision.Choose]. To refuse a call from a
// domain to itself is left to the service, as is whether dom0 has to ask at all: in
// Qubes OS it does not.
//
// A Policy never changes and may be used by many goroutines at once. Evaluation
// allocates nothing unless the decision is "ask".
package policy
