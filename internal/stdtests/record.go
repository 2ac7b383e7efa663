// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The outcomes seen so far, in a file that survives an interruption. Host only.

package stdtests

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// A Record is a file of outcomes, a line of JSON each; the last one of a package
// and kind counts. Only one process may write it.
type Record struct {
	file *os.File
	seen map[key]Outcome
}

type key struct{ path, kind string }

// OpenRecord opens a record, or begins one. Half a line at its end, which a
// crash may leave, is dropped.
func OpenRecord(name string) (*Record, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	r := &Record{file: f, seen: map[key]Outcome{}}
	if err := r.read(); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w; remove it to begin anew", name, err)
	}
	return r, nil
}

// read takes in all whole lines and goes to the end of the last.
func (r *Record) read() error {
	d := json.NewDecoder(r.file)
	whole := int64(0)
	for {
		var o Outcome
		err := d.Decode(&o)
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			if err := r.file.Truncate(whole); err != nil {
				return err
			}
			_, err := r.file.Seek(0, io.SeekEnd)
			return err
		case err != nil:
			return err
		}
		whole = d.InputOffset()
		r.seen[key{o.Path, o.Kind}] = o
	}
}

// Get returns the last outcome; its verdict is Unlooked if there is none.
func (r *Record) Get(path, kind string) Outcome { return r.seen[key{path, kind}] }

// Add writes an outcome down.
func (r *Record) Add(o Outcome) error {
	line, err := json.Marshal(o)
	if err == nil {
		_, err = r.file.Write(append(append([]byte("\n"), line...), '\n'))
	}
	if err == nil {
		r.seen[key{o.Path, o.Kind}] = o
	}
	return err
}

// Close closes the file.
func (r *Record) Close() error {
	if err := r.file.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}
