// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Tests of what gentable refuses, and of the one thing it computes.

package main

import (
	"strings"
	"testing"
)

func TestRefusesBadLines(t *testing.T) {
	for text, want := range map[string]string{
		"read = input":                     "1: neither",
		"0 read : ENOSYS":                  "1: neither",
		"0 read : enosys because":          "1: neither",
		"# ok\n1 b() = x\n1 c() = x":       "3: number 1 is out of order",
		"5 b() = x\n4 c : EPERM no reason": "2: number 4 is out of order",
		"0 read(fd, *b) = far read":        "1: neither",
		"99999999999999999999 read() = x":  "value out of range",
	} {
		if _, err := generate([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestKindsAndPointers(t *testing.T) {
	for line, want := range map[string]call{
		"0 a(fd, *b, n) = h":      {0, "a", "onFile", "h", "", "", "", 0b010},
		"1 b(*p, *q, x) = cwd h":  {1, "b", "onPath", "h", "", "", "", 0b011},
		"2 c(dir, *p) = h":        {2, "c", "plain", "h", "", "", "", 0b010},
		"3 d(*p) = 20":            {3, "d", "constant", "", "", "", "20", 0},
		"4 e : EPERM for good":    {4, "e", "refused", "", "", "", "EPERM", 0},
		"5 f(fd) = common h":      {5, "f", "onFile", "h", "common", "", "", 0},
		"6 g(fd, *p) = net h":     {6, "g", "onFile", "h", "net", "", "", 0b10},
		"7 h(fd) = common h or i": {7, "h", "onFile", "h", "common", "i", "", 0},
	} {
		if got, err := parse(line); got != want || err != nil {
			t.Errorf("%q: %+v, %v; want %+v", line, got, err, want)
		}
	}
}
