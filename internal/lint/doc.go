// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package lint holds the rules that the sources of domlet keep, as functions over a tree of files. Its tests run them on
// the repository, so that `go test ./...` is also the style check; it runs on the host only.
//
// Three tables say what is allowed where:
//
//   - house (house.go) lists every room, the rule-set it lives under and the rooms it may import;
//   - Rules (rules.go) lists the rules that read source text;
//   - runtimeCalls (compiled.go) lists what compiled privileged code may call in the Go runtime.
//
// A rule that cannot fail is worth nothing: for each one, testdata has an archive of small bad files together with the
// findings it must produce, and the tests refuse a rule without one.
package lint
