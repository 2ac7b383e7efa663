// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Pages of a process. Host.

package pages

import (
	"bytes"
	"testing"
)

func TestLocal(t *testing.T) {
	for range 100 {
		mem := Local().Alloc(16)
		if len(mem) != 16*Size || !bytes.Equal(mem, make([]byte, 16*Size)) {
			t.Fatalf("%d bytes, or not zeros", len(mem))
		}
		copy(mem[15*Size:], "the last page is there too")
		Local().Free(mem)
	}
	if mem := Local().Alloc(1 << 40); mem != nil {
		t.Error("more pages than there are")
	}
}

func TestFor(t *testing.T) {
	for bytes, want := range map[int]int{0: 0, 1: 1, Size: 1, Size + 1: 2, 65536: 16} {
		if got := For(bytes); got != want {
			t.Errorf("For(%d) = %d, want %d", bytes, got, want)
		}
	}
}
