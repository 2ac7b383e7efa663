// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Files in a console's output. Host only.

package handed

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// splitter returns one with two files.
func splitter(t *testing.T, to *bytes.Buffer) *Splitter {
	t.Helper()
	dir := t.TempDir()
	return &Splitter{To: to, Files: []string{filepath.Join(dir, "a"), filepath.Join(dir, "b")}}
}

// TestSplit sends output with frames in it in pieces of every size.
func TestSplit(t *testing.T) {
	const text = "one\n\x1b_domlet:0:0:6869\x1b\\two \x1b[1mbold\x1b[0m\x1b_domlet:1:0:\x1b\\" +
		"\x1b_domlet:0:2:21\x1b\\three\x1b_other\x1b\\\x1b_doml"
	for size := 1; size <= len(text); size++ {
		var out bytes.Buffer
		s := splitter(t, &out)
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			if _, err := s.Write([]byte(rest[:n])); err != nil {
				t.Fatalf("in pieces of %d: %v", size, err)
			}
			rest = rest[n:]
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if got, want := out.String(), "one\ntwo \x1b[1mbold\x1b[0mthree\x1b_other\x1b\\\x1b_doml"; got != want {
			t.Errorf("in pieces of %d: %q", size, got)
		}
		a, _ := os.ReadFile(s.Files[0])
		b, err := os.ReadFile(s.Files[1])
		if string(a) != "hi!" || len(b) != 0 || err != nil {
			t.Errorf("in pieces of %d: files %q and %q, %v", size, a, b, err)
		}
	}
}

// TestAnew sees that offset 0 begins a file anew.
func TestAnew(t *testing.T) {
	s := splitter(t, new(bytes.Buffer))
	if _, err := s.Write([]byte("\x1b_domlet:0:0:6869\x1b\\\x1b_domlet:0:0:61\x1b\\")); err != nil {
		t.Fatal(err)
	}
	if a, err := os.ReadFile(s.Files[0]); string(a) != "a" || err != nil {
		t.Errorf("%q, %v", a, err)
	}
}

func TestSplitErrors(t *testing.T) {
	for in, want := range map[string]string{
		"\x1b_domlet:2:0:00\x1b\\":                                "nobody asked for",
		"\x1b_domlet:-1:0:00\x1b\\":                               "nobody asked for",
		"\x1b_domlet:0:x:00\x1b\\":                                "offset",
		"\x1b_domlet:0:0:0\x1b\\":                                 "damaged",
		"\x1b_domlet:0:7:00\x1b\\":                                "bytes 0 to 7 were lost",
		"\x1b_domlet:0:0:00\x1b[":                                 "lost part of a file",
		"\x1b_domlet:0:0:" + strings.Repeat("0", most) + "\x1b\\": "",
		"\x1b_domlet:0:0:" + strings.Repeat("0", most):            "lost part of a file",
	} {
		_, err := splitter(t, new(bytes.Buffer)).Write([]byte(in))
		if err == nil && want != "" || err != nil && (want == "" || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.30q: %v, wanted %q", in, err, want)
		}
	}
}

// FuzzSplit: whatever a domain prints, what is no frame comes out, and files stay
// those that were asked for.
func FuzzSplit(f *testing.F) {
	f.Add([]byte("x\x1b_domlet:0:0:00\x1b\\y"), 3)
	f.Add([]byte("\x1b_domlet:1:0:\x1b_domlet:0:0:"), 1)
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		var out bytes.Buffer
		s := splitter(t, &out)
		cut = min(max(cut, 0), len(text))
		_, err1 := s.Write(text[:cut])
		_, err2 := s.Write(text[cut:])
		if err1 == nil && err2 == nil && !bytes.Contains(text, []byte(head)) {
			if err := s.Close(); err != nil || !bytes.Equal(out.Bytes(), text) {
				t.Errorf("%q became %q, %v", text, out.Bytes(), err)
			}
		}
	})
}
