// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Sequences of messages, as files: what each end makes of what it is sent. Host.

package wire

import (
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write what the tests get into testdata")

// TestGolden runs the stories of testdata/*.txt. A story is a first line that makes one end of a connection, lines of
// messages that it is sent, "----", and what it says to each. A message is its type and its body; a body is made of hex
// digits, of u32:NUMBER, and of "text", with /SIZE behind it where zeros fill it up. "raw" in front gives the length too.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { stories(t, file) })
	}
}

func stories(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, story := range strings.Split(strings.TrimSpace(string(text)), "\n\n") {
		told, want, _ := strings.Cut(story, "\n----")
		want = strings.TrimPrefix(want, "\n")
		got := tell(t, told)
		if got != want && !*rewrite {
			t.Errorf("%s\n----\n%s\nbut the file has:\n%s", told, got, want)
		}
		out = append(out, told+"\n----\n"+got)
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(strings.Join(out, "\n\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// tell plays a story and returns what the end said.
func tell(t *testing.T, story string) string {
	var said []string
	var end func(h Header, body []byte) string
	for _, l := range strings.Split(story, "\n") {
		words := tokens(l)
		switch {
		case l == "" || l[0] == '#':
		case words[0] == "control":
			end = controlEnd(words[1], number(t, words[2]))
		case words[0] == "data":
			end = dataEnd(words[1], number(t, words[2]))
		case words[0] == "request":
			said = append(said, request(t, words[1:]))
		default:
			said = append(said, end(message(t, words)))
		}
	}
	return strings.Join(said, "\n")
}

// tokens splits a line at spaces outside quotes.
func tokens(l string) []string {
	quoted := false
	return strings.FieldsFunc(l, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
}

func number(t *testing.T, s string) uint32 {
	n, err := strconv.ParseUint(s, 0, 32)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(n)
}

// message makes a message of its words.
func message(t *testing.T, words []string) (Header, []byte) {
	given := words[0] == "raw"
	if given {
		words = words[1:]
	}
	typ := typeOf(t, words[0])
	words = words[1:]
	var n uint32
	if given {
		n, words = number(t, words[0]), words[1:]
	}
	var body []byte
	for _, w := range words {
		body = append(body, piece(t, w)...)
	}
	if !given {
		n = uint32(len(body))
	}
	return Header{typ, length(n)}, body
}

func typeOf(t *testing.T, s string) Type {
	for typ, name := range typeNames {
		if name == s {
			return typ
		}
	}
	return Type(number(t, s))
}

// piece makes bytes of one word.
func piece(t *testing.T, w string) []byte {
	if s, ok := strings.CutPrefix(w, "u32:"); ok {
		return binary.LittleEndian.AppendUint32(nil, number(t, s))
	}
	if w[0] == '"' {
		text, size, padded := strings.Cut(w[1:], "\"/")
		b := []byte(strings.TrimSuffix(text, "\""))
		if padded {
			b = append(b, make([]byte, int(number(t, size))-len(b))...)
		}
		return b
	}
	b, err := hex.DecodeString(w)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func controlEnd(role string, version uint32) func(Header, []byte) string {
	c := NewControl(map[string]Role{"agent": Agent, "daemon": Daemon}[role], version)
	return func(h Header, body []byte) string {
		n, err := c.Admit(h)
		if err == nil && n != len(body) {
			return "the body is cut"
		}
		if err != nil {
			return err.Error()
		}
		m, err := c.Receive(h, body)
		if err != nil {
			return err.Error()
		}
		if h.Type == Hello {
			return fmt.Sprintf("%v; it speaks %d and says %v", &m, c.Version(), c.Hello())
		}
		return m.String()
	}
}

func dataEnd(end string, version uint32) func(Header, []byte) string {
	d := NewData(map[string]End{"client": Client, "service": Service}[end], version)
	return func(h Header, body []byte) string {
		p, err := d.Next(h)
		if err != nil {
			return err.Error()
		}
		switch p.Kind {
		case Greeting:
			if err := d.Greet([4]byte(body)); err != nil {
				return err.Error()
			}
			return fmt.Sprintf("%v; it speaks %d and says %v", h.Type, d.Version(), d.Hello())
		case Exit:
			return fmt.Sprintf("exit code %d", ExitCode(body))
		}
		name := []string{Stream: "stream", Errors: "errors", Ignored: "ignored"}[p.Kind]
		return fmt.Sprintf("%s, %d bytes%s", name, p.Size, map[bool]string{true: ", odd"}[p.Odd])
	}
}

// request shows the bytes of a request that this end sends: without the zeros between its fields.
func request(t *testing.T, words []string) string {
	id, err := NewIdent(strings.Trim(words[1], "\""))
	if err != nil {
		return err.Error()
	}
	m, err := Request(number(t, words[0]), id, strings.Trim(words[2], "\""), strings.Trim(words[3], "\""))
	if err != nil {
		return err.Error()
	}
	b := m.Append(nil)
	said := fmt.Sprintf("%v, %d bytes:", m.Type, len(b))
	for i := HeaderSize; i < len(b); {
		end := i + slices.Index(append(slices.Clone(b[i:]), 0), 0)
		if end > i {
			said += fmt.Sprintf(" %d:%q", i-HeaderSize, b[i:end])
		}
		i = end + 1
	}
	return said
}
