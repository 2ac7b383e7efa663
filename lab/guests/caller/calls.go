// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The calls. Each in a goroutine of its own.

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/domlet/domlet/services/qrexec"
)

// shown is how much of a short output is shown.
const shown = 200

// sink is what came back.
type sink struct {
	sum   hash.Hash
	n     int
	start []byte
}

func (s *sink) Write(p []byte) (int, error) {
	s.n += len(p)
	s.start = append(s.start, p[:min(len(p), shown-len(s.start))]...)
	return s.sum.Write(p)
}

// call makes a call and says how it ended.
func (c *caller) call(ctx context.Context, target, service string, n int) string {
	var seed [32]byte
	rand.Read(seed[:])
	sent, got, errs := sha256.New(), &sink{sum: sha256.New()}, new(bytes.Buffer)
	name, argument, _ := strings.Cut(service, "+")
	data := io.TeeReader(io.LimitReader(mathrand.NewChaCha8(seed), int64(n)), sent)
	code, err := c.Do(ctx, target, name, argument, qrexec.Streams{Stdin: bufioReader(data), Stdout: got, Stderr: errs})
	switch {
	case err != nil:
		return fmt.Sprintf("code %d, %v", code, err)
	case n > 0 && got.n == n && bytes.Equal(sent.Sum(nil), got.sum.Sum(nil)):
		return fmt.Sprintf("code %d, the same %d bytes", code, n)
	case n > 0 && string(got.start) == fmt.Sprintf("%x\n", sent.Sum(nil)):
		return fmt.Sprintf("code %d, the hash of %d bytes", code, n)
	}
	return fmt.Sprintf("code %d, %d bytes %q %q", code, got.n, got.start, errs)
}

// bufioReader hides all ways to read but one, so that data come in pieces of io.Copy's.
func bufioReader(r io.Reader) io.Reader { return struct{ io.Reader }{r} }

// hold makes calls and keeps them.
func (c *caller) hold(ctx context.Context, label, target, service string, n int) string {
	calls := make([]*qrexec.Call, n)
	name, argument, _ := strings.Cut(service, "+")
	err := all(n, func(i int) (err error) {
		if calls[i], err = c.Call(ctx, target, name, argument); err != nil {
			return err
		}
		return use(calls[i])
	})
	if err != nil {
		return err.Error()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[label] = calls
	return fmt.Sprintf("holds %d", n)
}

// all does something n times at once.
func all(n int, do func(i int) error) error {
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { errs[i] = do(i) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// each does something with all calls of a label.
func (c *caller) each(label string, do func(*qrexec.Call) error) string {
	c.mu.Lock()
	calls := c.calls[label]
	c.mu.Unlock()
	if err := all(len(calls), func(i int) error { return do(calls[i]) }); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("all %d", len(calls))
}

// use sends something and wants it back.
func use(call *qrexec.Call) error {
	const text = "there and back"
	if _, err := io.WriteString(call, text); err != nil {
		return err
	}
	back := make([]byte, len(text))
	if _, err := io.ReadFull(call, back); err != nil {
		return err
	}
	if string(back) != text {
		return fmt.Errorf("%q came back", back)
	}
	return nil
}

// lose waits for the end that nobody here wanted.
func lose(call *qrexec.Call) error {
	if _, err := call.Wait(); !errors.Is(err, qrexec.ErrLost) {
		return fmt.Errorf("ended with %v", err)
	}
	return nil
}

// speed makes empty calls.
func (c *caller) speed(ctx context.Context, target string, n int) string {
	took := make([]time.Duration, n)
	for i := range took {
		start := time.Now()
		if code, err := c.Do(ctx, target, "domlet.Echo", "", qrexec.Streams{}); code != 0 || err != nil {
			return fmt.Sprintf("code %d, %v", code, err)
		}
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	return fmt.Sprintf("median_us=%d p99_us=%d least_us=%d", took[n/2].Microseconds(), took[n*99/100].Microseconds(), took[0].Microseconds())
}

// many makes n empty calls, so many at a time.
func (c *caller) many(ctx context.Context, target string, n, lanes int) string {
	start := time.Now()
	err := all(lanes, func(int) error {
		for range n / lanes {
			if code, err := c.Do(ctx, target, "domlet.Echo", "", qrexec.Streams{}); code != 0 || err != nil {
				return fmt.Errorf("code %d, %w", code, err)
			}
		}
		return nil
	})
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("calls_a_second=%d", n/lanes*lanes*int(time.Second)/int(time.Since(start)))
}

// flow sends bytes.
func (c *caller) flow(ctx context.Context, target string, n int64) string {
	start := time.Now()
	code, err := c.Do(ctx, target, "domlet.Sink", "", qrexec.Streams{Stdin: bufioReader(io.LimitReader(zeros{}, n))})
	if code != 0 || err != nil {
		return fmt.Sprintf("code %d, %v", code, err)
	}
	return rate(n, start)
}

// rate is how fast n bytes went.
func rate(n int64, start time.Time) string {
	return fmt.Sprintf("kib_a_second=%d", n*int64(time.Second)/1024/int64(time.Since(start)))
}

// zeros is bytes without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
