// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Random trees there and, by a receiver, here; and the service. Host.

package filecopy

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var seed = flag.Uint64("tree-seed", 0, "seed of the random trees; 0 takes the clock")

// root opens a directory.
func root(t testing.TB, path string) *os.Root {
	r, err := os.OpenRoot(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// copyTo sends what is in a directory to a receiver and returns what each of them says.
func copyTo(from string, names []string, tree Tree, o Options) (sent, received error) {
	there, here := io.Pipe()
	back, answer := io.Pipe()
	done := make(chan error)
	go func() {
		_, err := Receive(there, answer, tree, o)
		there.Close()
		answer.Close()
		done <- err
	}()
	s := NewSender(here)
	for _, n := range names {
		s.Send(os.DirFS(from), n, n)
	}
	s.Close()
	here.Close()
	return s.Answer(back), <-done
}

// TestRandomTrees: what is received is what was sent: names, contents, permissions, times, links.
func TestRandomTrees(t *testing.T) {
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	for i := range 20 {
		s := s + uint64(i)
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			from, to := t.TempDir(), t.TempDir()
			g := &gardener{t, rand.New(rand.NewPCG(s, 0)), 0}
			names := g.grow(from, 0)
			sent, received := copyTo(from, names, Directory(root(t, to)), Options{})
			if sent != nil || received != nil {
				t.Fatalf("-tree-seed %d: sender: %v; receiver: %v", s, sent, received)
			}
			if a, b := describe(t, from), describe(t, to); a != b {
				t.Errorf("-tree-seed %d: sent\n%s\nreceived\n%s", s, a, b)
			}
		})
	}
}

// TestTwoCopies: two copies that go to one directory at a time do not know of each other, and neither is in the other's way.
func TestTwoCopies(t *testing.T) {
	to := root(t, t.TempDir())
	var drafts []Draft
	for range 2 {
		d, err := Directory(to).Create()
		if err != nil {
			t.Fatal(err)
		}
		drafts = append(drafts, d)
	}
	for i, d := range drafts {
		name := fmt.Sprint("file", i)
		d.Write([]byte(name))
		if err := d.Commit(name, 0o600, time.Unix(1, 0), time.Unix(1, 0)); err != nil {
			t.Error(err)
		}
		if text, err := to.ReadFile(name); string(text) != name {
			t.Errorf("%s has %q, %v", name, text, err)
		}
	}
	if list, err := fs.ReadDir(to.FS(), "."); len(list) != len(drafts) {
		t.Errorf("%v, %v", list, err)
	}
}

// gardener makes trees.
type gardener struct {
	t *testing.T
	*rand.Rand
	made int
}

// grow fills a directory and returns the names in it.
func (g *gardener) grow(dir string, depth int) (names []string) {
	for range 1 + g.IntN(6) {
		name := g.name()
		names = append(names, name)
		g.plant(filepath.Join(dir, name), depth)
	}
	return names
}

// name makes a name that nothing has yet.
func (g *gardener) name() string {
	words := []string{"a", "datei", "ä", "файл", "文件", "with space", ".hidden", "x.tar.gz", "ไทย", "#~!"}
	g.made++
	return fmt.Sprint(words[g.IntN(len(words))], g.made)
}

// plant makes a file, a link or a directory.
func (g *gardener) plant(path string, depth int) {
	var err error
	switch k := g.IntN(4); {
	case k == 0 && depth > 0:
		up := strings.Repeat("../", g.IntN(depth))
		err = os.Symlink(up+"somewhere/else", path)
		if err != nil {
			g.t.Fatal(err)
		}
		return
	case k == 1 && depth < 5:
		if err = os.Mkdir(path, 0o700); err == nil {
			g.grow(path, depth+1)
		}
		err = errors.Join(err, os.Chmod(path, fs.FileMode(0o700|g.IntN(0o100))))
	default:
		sizes := []int{0, 1, 100, chunk - 1, chunk, chunk + 1, 3*chunk + 17}
		b := make([]byte, sizes[g.IntN(len(sizes))])
		for i := range b {
			b[i] = byte(g.Uint32())
		}
		err = errors.Join(os.WriteFile(path, b, 0o600), os.Chmod(path, fs.FileMode(0o600|g.IntN(0o200))))
	}
	when := time.Unix(g.Int64N(1<<32), g.Int64N(1e9))
	if err = errors.Join(err, os.Chtimes(path, when, when)); err != nil {
		g.t.Fatal(err)
	}
}

// describe lists a tree: what is what, and of links not the time, which a receiver does not set.
func describe(t *testing.T, dir string) string {
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		fmt.Fprint(&b, strings.TrimPrefix(path, dir), " ", info.Mode())
		switch {
		case info.Mode().Type() == fs.ModeSymlink:
			target, _ := os.Readlink(path)
			fmt.Fprintln(&b, " ->", target)
		case info.Mode().IsRegular():
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, " %v %x\n", info.ModTime(), bytes.Clone(text[:min(len(text), 40)]))
			fmt.Fprintln(&b, len(text), sum(text))
		default:
			fmt.Fprintln(&b, info.ModTime())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func sum(b []byte) (n uint64) {
	for i, c := range b {
		n += uint64(i+1) * uint64(c)
	}
	return n
}

// TestLimits: bytes and things up to the limit and not one more; the sender is told which name was one too many.
func TestLimits(t *testing.T) {
	from := t.TempDir()
	os.Mkdir(filepath.Join(from, "d"), 0o700)
	os.WriteFile(filepath.Join(from, "d", "a"), make([]byte, 60), 0o600)
	os.WriteFile(filepath.Join(from, "d", "b"), make([]byte, 40), 0o600)
	for _, c := range []struct {
		o   Options
		err error
	}{
		{Options{Bytes: 100, Files: 3}, nil},
		{Options{Bytes: 99}, syscall.EDQUOT},
		{Options{Bytes: 59}, syscall.EDQUOT},
		{Options{Files: 2}, syscall.EDQUOT},
	} {
		sent, received := copyTo(from, []string{"d"}, Directory(root(t, t.TempDir())), c.o)
		if c.err == nil && (sent != nil || received != nil) || c.err != nil && (codeOf(sent) != Errno(syscall.EDQUOT) || codeOf(received) != Errno(syscall.EDQUOT)) {
			t.Errorf("%+v: sender: %v; receiver: %v", c.o, sent, received)
		}
	}
}

// TestNothingReplaced: a name that is taken is not taken over.
func TestNothingReplaced(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	os.WriteFile(filepath.Join(from, "a"), []byte("new"), 0o600)
	os.WriteFile(filepath.Join(to, "a"), []byte("old"), 0o600)
	sent, _ := copyTo(from, []string{"a"}, Directory(root(t, to)), Options{})
	var f *Failure
	if !errors.As(sent, &f) || f.Name != "a" || codeOf(sent) != Errno(syscall.EEXIST) {
		t.Errorf("%v", sent)
	}
	if b, _ := os.ReadFile(filepath.Join(to, "a")); string(b) != "old" {
		t.Errorf("%q", b)
	}
	if list, _ := os.ReadDir(to); len(list) != 1 {
		t.Errorf("%v is left", list)
	}
}

// TestSenderFails: a file that cannot be sent to its end leaves nothing under its name.
func TestSenderFails(t *testing.T) {
	to := t.TempDir()
	var b bytes.Buffer
	s := NewSender(&b)
	info := fakeInfo{size: 100}
	s.put("a", info, regular, 100)
	s.out.WriteString("not a hundred bytes")
	s.out.Flush()
	var answer bytes.Buffer
	_, err := Receive(&b, &answer, Directory(root(t, to)), Options{})
	if codeOf(err) != ErrTruncated {
		t.Errorf("%v", err)
	}
	if list, _ := os.ReadDir(to); len(list) != 0 {
		t.Errorf("%v is left", list)
	}
	if err := s.Answer(&answer); codeOf(err) != ErrTruncated || !strings.Contains(err.Error(), "\"a\"") {
		t.Errorf("%v", err)
	}
}

// fakeInfo is what is known of a file that is none.
type fakeInfo struct {
	fs.FileInfo
	size int64
}

func (fakeInfo) Mode() fs.FileMode  { return 0o600 }
func (fakeInfo) ModTime() time.Time { return time.Unix(1, 0) }

// TestCorruption: a receiver that got other bytes is found out.
func TestCorruption(t *testing.T) {
	var b bytes.Buffer
	s := NewSender(&b)
	s.Close()
	if err := s.Answer(bytes.NewReader(result{0, 12345}.append(nil))); err == nil {
		t.Error("another checksum was taken for the right one")
	}
	if err := s.Answer(strings.NewReader("short")); err == nil {
		t.Error("half an answer was taken for one")
	}
}

// BenchmarkCopy is one file of 64 MiB, from memory into nowhere.
func BenchmarkCopy(b *testing.B) {
	data := make([]byte, 64<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		there, here := io.Pipe()
		back, answer := io.Pipe()
		go Receive(there, answer, nothing{}, Options{})
		s := NewSender(here)
		s.put("a", fakeInfo{}, regular, int64(len(data)))
		s.out.Write(data)
		s.Close()
		if err := s.Answer(back); err != nil {
			b.Fatal(err)
		}
	}
}

// nothing is a tree that keeps nothing.
type nothing struct{}

func (nothing) Lstat(string) (fs.FileInfo, error)                      { return nil, fs.ErrNotExist }
func (nothing) Mkdir(string) error                                     { return nil }
func (nothing) Settle(string, fs.FileMode, time.Time, time.Time) error { return nil }
func (nothing) Symlink(string, string) error                           { return nil }
func (nothing) Create() (Draft, error)                                 { return nothing{}, nil }
func (nothing) Write(p []byte) (int, error)                            { return len(p), nil }
func (nothing) Commit(string, fs.FileMode, time.Time, time.Time) error { return nil }
func (nothing) Discard() error                                         { return nil }
