// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package handed takes the files that a domain hands out from its console: the
// frames that rt/posix (outlet.go, where their form is written down) puts between
// what the program prints. It runs on the host.
package handed

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

const (
	head = "\x1b_domlet:"
	tail = "\x1b\\"
	most = 4096 // bytes of a frame that is not over yet; more is no frame
)

// A Splitter is a writer that takes a console's output, writes the files in it,
// and passes on the rest. Only Files may be set, before the first write.
type Splitter struct {
	// To gets what is no frame.
	To io.Writer
	// Files are paths by index, absolute.
	Files []string

	rest []byte // the beginning of a frame, perhaps
	have map[int]int64
}

// Write splits p. It fails if To or a file does, or if part of a file was lost on
// the way.
func (s *Splitter) Write(p []byte) (int, error) {
	s.rest = append(s.rest, p...)
	for len(s.rest) > 0 {
		plain := beginning(s.rest)
		if _, err := s.To.Write(s.rest[:plain]); err != nil {
			return 0, err
		}
		s.rest = s.rest[plain:]
		if !bytes.HasPrefix(s.rest, []byte(head)) {
			break // more must come
		}
		end := bytes.Index(s.rest[1:], []byte{tail[0]}) + 1
		switch {
		case end == 0 && len(s.rest) < most, end > 0 && end+1 == len(s.rest):
			return len(p), nil
		case end == 0 || s.rest[end+1] != tail[1]:
			return 0, fmt.Errorf("the domain's console lost part of a file")
		}
		if err := s.take(string(s.rest[len(head):end])); err != nil {
			return 0, err
		}
		s.rest = s.rest[end+len(tail):]
	}
	return len(p), nil
}

// Close passes on what could have become a frame and did not.
func (s *Splitter) Close() error {
	_, err := s.To.Write(s.rest)
	s.rest = nil
	return err
}

// beginning returns where a frame, or what may become one, begins.
func beginning(b []byte) int {
	if i := bytes.Index(b, []byte(head)); i >= 0 {
		return i
	}
	for n := min(len(b), len(head)-1); n > 0; n-- {
		if strings.HasPrefix(head, string(b[len(b)-n:])) {
			return len(b) - n
		}
	}
	return len(b)
}

// take puts one frame's data into its file.
func (s *Splitter) take(text string) error {
	word, rest, _ := strings.Cut(text, ":")
	at, digits, _ := strings.Cut(rest, ":")
	index, err := strconv.Atoi(word)
	if err != nil || index < 0 || index >= len(s.Files) {
		return fmt.Errorf("the domain hands out a file number %q that nobody asked for", word)
	}
	offset, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return fmt.Errorf("%s: the domain says offset %q", s.Files[index], at)
	}
	data, err := hex.DecodeString(digits)
	if err != nil {
		return fmt.Errorf("%s: what the domain sent is damaged: %w", s.Files[index], err)
	}
	return s.put(index, offset, data)
}

// put writes to a file, which offset 0 begins.
func (s *Splitter) put(index int, offset int64, data []byte) error {
	flags := os.O_WRONLY | os.O_APPEND
	if offset == 0 {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	if s.have == nil {
		s.have = map[int]int64{}
	}
	if offset != 0 && offset != s.have[index] {
		return fmt.Errorf("%s: bytes %d to %d were lost on the way", s.Files[index], s.have[index], offset)
	}
	f, err := os.OpenFile(s.Files[index], flags, 0o666)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	s.have[index] = offset + int64(len(data))
	return f.Close()
}
