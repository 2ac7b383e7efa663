// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Senders that mean harm. Host.

package filecopy

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
)

// entry is a thing as a hostile sender may send it.
func entry(name string, mode uint32, content string) []byte {
	h := header{nameLen: uint32(len(name) + 1), mode: mode, size: uint64(len(content))}
	return append(append(h.append(nil), name+"\x00"...), content...)
}

func with(change func(h *header)) []byte {
	h := header{nameLen: 2, mode: regular | 0o600}
	change(&h)
	return append(h.append(nil), "a\x00"...)
}

// end is the end of a copy.
var end = make([]byte, headerSize)

// receiveIn receives a stream into a directory that is one of two in jail, and returns the error's number.
func receiveIn(t testing.TB, jail string, stream []byte, o Options) Errno {
	os.Mkdir(filepath.Join(jail, "in"), 0o700)
	os.WriteFile(filepath.Join(jail, "secret"), []byte("secret"), 0o600)
	var answer bytes.Buffer
	_, err := Receive(bytes.NewReader(stream), &answer, Directory(root(t, filepath.Join(jail, "in"))), o)
	code := codeOf(err)
	if got := parseResult((*[resultSize]byte)(answer.Bytes())); got.code != code {
		t.Errorf("the answer is %v, the error %v", got.code, err)
	}
	if list, _ := os.ReadDir(jail); len(list) != 2 {
		t.Errorf("there is something new outside: %v", list)
	}
	if b, _ := os.ReadFile(filepath.Join(jail, "secret")); string(b) != "secret" {
		t.Errorf("what is outside became %q", b)
	}
	return code
}

// dirs are directories that have begun.
func dirs(names ...string) (b []byte) {
	for _, n := range names {
		b = append(b, entry(n, directory|0o700, "")...)
	}
	return b
}

var link = uint32(symlink | 0o777)

// TestHostileSenders: each ends with the number that says why, and with nothing outside the directory.
func TestHostileSenders(t *testing.T) {
	file := regular | uint32(0o644)
	cases := map[string]struct {
		stream []byte
		want   Errno
	}{
		"absolute name":                {entry("/etc/passwd", file, "x"), Errno(syscall.EILSEQ)},
		"name that leads up":           {entry("../secret", file, "x"), Errno(syscall.EILSEQ)},
		"name that leads up later":     {append(dirs("d"), entry("d/../../secret", file, "x")...), Errno(syscall.EILSEQ)},
		"empty part":                   {append(dirs("d"), entry("d//x", file, "x")...), Errno(syscall.EILSEQ)},
		"slash at the end":             {entry("d/", directory|0o700, ""), Errno(syscall.EILSEQ)},
		"dot":                          {entry(".", directory|0o777, ""), Errno(syscall.EILSEQ)},
		"empty name":                   {entry("", file, "x"), Errno(syscall.EILSEQ)},
		"NUL in a name":                {entry("a\x00b", file, "x"), Errno(syscall.EILSEQ)},
		"name without NUL":             {append(with(func(h *header) { h.nameLen = 1 }), end...), Errno(syscall.EINVAL)},
		"escape sequence":              {entry("\x1b[2J", file, "x"), Errno(syscall.EILSEQ)},
		"newline":                      {entry("a\nb", file, "x"), Errno(syscall.EILSEQ)},
		"no UTF-8":                     {entry("a\xff", file, "x"), Errno(syscall.EILSEQ)},
		"text turned around":           {entry("fdp.\u202etxt", file, "x"), Errno(syscall.EILSEQ)},
		"invisible":                    {entry("a\u200bb", file, "x"), Errno(syscall.EILSEQ)},
		"wide space":                   {entry("a\u3000b", file, "x"), Errno(syscall.EILSEQ)},
		"private character":            {entry("a\ue000", file, "x"), Errno(syscall.EILSEQ)},
		"name too long":                {with(func(h *header) { h.nameLen = maxName + 2 }), Errno(syscall.ENAMETOOLONG)},
		"name of 4 GiB":                {with(func(h *header) { h.nameLen = 1<<32 - 1 }), Errno(syscall.ENAMETOOLONG)},
		"part too long":                {entry(strings.Repeat("a", 256), file, "x"), Errno(syscall.ENAMETOOLONG)},
		"size below zero":              {with(func(h *header) { h.size = 1 << 63 }), Errno(syscall.EINVAL)},
		"directory with content":       {entry("d", directory|0o700, "x"), Errno(syscall.EINVAL)},
		"device":                       {entry("a", 0o020666, ""), Errno(syscall.EINVAL)},
		"pipe":                         {entry("a", 0o010666, ""), Errno(syscall.EINVAL)},
		"socket":                       {entry("a", 0o140666, ""), Errno(syscall.EINVAL)},
		"no type":                      {entry("a", 0o666, ""), Errno(syscall.EINVAL)},
		"nanoseconds":                  {with(func(h *header) { h.mtime.nsec = 1e9 }), Errno(syscall.EINVAL)},
		"nanoseconds of access":        {with(func(h *header) { h.atime.nsec = 1<<32 - 1 }), Errno(syscall.EINVAL)},
		"link at the top":              {entry("l", link, "x"), Errno(syscall.ENOLINK)},
		"absolute link":                {append(dirs("d"), entry("d/l", link, "/etc/passwd")...), Errno(syscall.ENOLINK)},
		"link that leads out":          {append(dirs("d"), entry("d/l", link, "../x")...), Errno(syscall.ENOLINK)},
		"link that leads out later":    {append(dirs("d"), entry("d/l", link, "x/../../y")...), Errno(syscall.ENOLINK)},
		"link two up of one":           {append(dirs("d", "d/e"), entry("d/e/l", link, "../../secret")...), Errno(syscall.ENOLINK)},
		"link with escape sequence":    {append(dirs("d"), entry("d/l", link, "\x1b[2J")...), Errno(syscall.EILSEQ)},
		"link to nothing":              {append(dirs("d"), entry("d/l", link, "")...), Errno(syscall.ENAMETOOLONG)},
		"file behind a link":           {append(append(dirs("d", "d/e"), entry("d/l", link, "e")...), entry("d/l/x", file, "x")...), Errno(syscall.ENOTDIR)},
		"directory where a link is":    {append(append(dirs("d"), entry("d/l", link, "e")...), dirs("d/l")...), Errno(syscall.EEXIST)},
		"file where a directory is":    {append(dirs("d"), entry("d", file, "x")...), Errno(syscall.EEXIST)},
		"file in no directory":         {entry("d/x", file, "x"), Errno(syscall.ENOENT)},
		"file in a file":               {append(entry("f", file, "x"), entry("f/x", file, "x")...), Errno(syscall.ENOTDIR)},
		"the same file twice":          {append(entry("f", file, "x"), entry("f", file, "y")...), Errno(syscall.EEXIST)},
		"a file that is being made":    {append(entry("f", file, "x"), entry("f", file, "y")...), Errno(syscall.EEXIST)},
		"no end":                       {entry("f", file, "x"), Errno(syscall.EREMOTEIO)},
		"nothing at all":               {nil, Errno(syscall.EREMOTEIO)},
		"half a header":                {end[:20], ErrTruncated},
		"half a name":                  {entry("long name", file, "")[:headerSize+4], ErrTruncated},
		"half a file":                  {entry("f", file, "content")[:headerSize+4], ErrTruncated},
		"half a link":                  {append(dirs("d"), entry("d/l", link, "content")[:headerSize+6]...), ErrTruncated},
		"more bytes than there can be": {with(func(h *header) { h.size = 1<<63 - 1 }), ErrTruncated},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := receiveIn(t, t.TempDir(), c.stream, Options{}); got != c.want {
				t.Errorf("%v, not %v", got, c.want)
			}
		})
	}
}

// TestAllowed: what looks like the above and is not.
func TestAllowed(t *testing.T) {
	file := regular | uint32(0o644)
	cases := map[string][]byte{
		"link to a neighbour":        append(dirs("d"), entry("d/l", link, "x")...),
		"link one up of one":         append(dirs("d", "d/e"), entry("d/e/l", link, "../x")...),
		"link to its top":            append(dirs("d", "d/e"), entry("d/e/l", link, "..")...),
		"link to itself":             append(dirs("d"), entry("d/l", link, ".")...),
		"name that begins with dots": entry("..a", file, "x"),
		"nothing":                    nil,
		"letters of the world":       entry("ä ß é ñ Ж ي א 漢字 かな 한글 ไทย हिन्दी", file, "x"),
	}
	for name, stream := range cases {
		t.Run(name, func(t *testing.T) {
			if got := receiveIn(t, t.TempDir(), append(stream, end...), Options{}); got != 0 {
				t.Error(got)
			}
		})
	}
	if got := receiveIn(t, t.TempDir(), append(entry("\x1b\n\xff\u202e", file, "x"), end...), Options{AllNames: true}); got != 0 {
		t.Errorf("all names: %v", got)
	}
}

// TestModesAreCut: set-user-ID, set-group-ID and the sticky bit do not arrive.
func TestModesAreCut(t *testing.T) {
	jail := t.TempDir()
	d := entry("d", directory|0o7755, "")
	stream := append(append(append(entry("f", regular|0o7755, "x"), d...), d...), end...)
	if got := receiveIn(t, jail, stream, Options{}); got != 0 {
		t.Fatal(got)
	}
	for _, name := range []string{"f", "d"} {
		info, err := os.Lstat(filepath.Join(jail, "in", name))
		if err != nil || info.Mode().Perm() != 0o755 || info.Mode()&(os.ModeSetuid|os.ModeSetgid|os.ModeSticky) != 0 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

// TestQSB014: the directory is moved away while a copy goes on, and its name made a link to elsewhere. The copy stays in what
// was moved.
func TestQSB014(t *testing.T) {
	jail := t.TempDir()
	in, moved, elsewhere := filepath.Join(jail, "in"), filepath.Join(jail, "moved"), filepath.Join(jail, "elsewhere")
	os.Mkdir(in, 0o700)
	os.Mkdir(elsewhere, 0o700)
	os.Mkdir(filepath.Join(elsewhere, "d"), 0o700)
	stream, sender := io.Pipe()
	done := make(chan error)
	go func() {
		_, err := Receive(stream, io.Discard, Directory(root(t, in)), Options{})
		done <- err
	}()
	after := entry("d/after", regular|0o600, "x")
	sender.Write(append(dirs("d"), entry("d/before", regular|0o600, "x")...))
	sender.Write(after[:1]) // taken when all before is done
	if err := os.Rename(in, moved); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("elsewhere", in); err != nil {
		t.Fatal(err)
	}
	sender.Write(after[1:])
	sender.Write(end)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if list, _ := os.ReadDir(filepath.Join(elsewhere, "d")); len(list) != 0 {
		t.Errorf("elsewhere there are %v", list)
	}
	if list, _ := os.ReadDir(filepath.Join(moved, "d")); len(list) != 2 {
		t.Errorf("in what was moved there are %v", list)
	}
}

// TestManyDirectories: directories that begin and never end are counted.
func TestManyDirectories(t *testing.T) {
	r, w := io.Pipe()
	go func() {
		for i := range maxOpen + 1 {
			w.Write(entry(fmt.Sprint(i), directory|0o700, ""))
		}
		w.Close()
	}()
	_, err := Receive(r, io.Discard, nothing{}, Options{})
	r.Close()
	if codeOf(err) != Errno(syscall.EDQUOT) {
		t.Error(err)
	}
}

// FuzzReceive: bytes of anybody's get an answer, and a tree is asked for nothing outside.
func FuzzReceive(f *testing.F) {
	f.Add(append(append(dirs("d"), entry("d/l", link, "x")...), end...), false)
	f.Add(append(entry("f", regular|0o644, "content"), end...), true)
	f.Add(entry("../x", regular|0o644, "content"), true)
	f.Fuzz(func(t *testing.T, stream []byte, all bool) {
		m := &memory{t, fstest.MapFS{}}
		var answer bytes.Buffer
		_, err := Receive(bytes.NewReader(stream), &answer, m, Options{AllNames: all, Bytes: 1 << 20, Files: 100})
		if got := parseResult((*[resultSize]byte)(answer.Bytes())); got.code != codeOf(err) {
			t.Errorf("the answer is %v, the error %v", got.code, err)
		}
	})
}

// FuzzAnswer: whatever a receiver answers, the sender says something of it.
func FuzzAnswer(f *testing.F) {
	f.Add(appendName(result{17, 5}.append(nil), "a"))
	f.Add(result{}.append(nil))
	f.Fuzz(func(t *testing.T, answer []byte) {
		s := NewSender(io.Discard)
		s.Close()
		if err := s.Answer(bytes.NewReader(answer)); err != nil && len(err.Error()) > 2000 {
			t.Error(err)
		}
	})
}
