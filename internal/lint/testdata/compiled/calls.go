// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package compiled has one function for each kind of call that privileged code may not make, named after it.
package compiled

var (
	ints    []int
	object  *[64]int
	table   map[int]int
	text    string
	closure func() int
	method  interface{ M() int }
)

func makeSlice(n int)         { ints = make([]int, n) }
func newObject()              { object = new([64]int) }
func appendInts(n int)        { ints = append(ints, n) }
func mapAccess(n int) int     { return table[n] }
func addStrings(s string)     { text = s + text + s }
func storePointer(p *[64]int) { object = p }
func panicText()              { panic("text") }
func callClosure() int        { return closure() }
func callMethod() int         { return method.M() }

// allowed indexes, divides and copies: calls that privileged code may make.
func allowed(a *[1024]int, i, j int) (b [1024]int) {
	copy(b[i:], a[j:])
	b[i] = a[j] / i << j
	return b
}
