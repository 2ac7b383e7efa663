// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package admin is the services by which a relay's policy is read and changed while
// it runs: those of Qubes OS 4.2, in which dom0 has them. Any goroutine.
//
//	policy.List              the names of the policy's files, a line each
//	policy.Get+NAME          a line with a token, and NAME.policy
//	policy.Replace+NAME      the same, to be what NAME.policy is from then on
//	policy.Remove+NAME       a token; the file is gone
//
// and the same as policy.include.List and so on for the files in the directory
// include. A token stands for the file as it is, so that nobody undoes what somebody
// else did meanwhile; the word any stands for whatever it is, new for none.
//
// What would make the policy wrong is refused with exit code 1, and standard error
// says the file and the line. Each service either happens whole or not at all, and
// counts for the next decision.
//
// Source: qrexec/policy/admin.py of qubes-core-qrexec.
package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/domlet/domlet/services/policy/book"
	"github.com/domlet/domlet/services/qrexec"
)

// maxPayload bounds what a service reads, in bytes: a file and its token.
const maxPayload = 65<<10 + 100

// codeFailed is the exit code of what is refused.
const codeFailed = 1

// Services serves a policy.
type Services struct {
	book *book.Book
	logf func(string, ...any)
	mux  *qrexec.Mux
	has  map[string]bool
}

// New returns the services for a policy. logf gets a line for each change.
func New(book *book.Book, logf func(string, ...any)) *Services {
	s := &Services{book, logf, qrexec.NewMux(), map[string]bool{}}
	for prefix, dir := range map[string]string{"policy.": "", "policy.include.": "include/"} {
		s.handle(prefix+"List", func(r *qrexec.Request, payload string) error { return s.list(r, dir != "", payload) })
		s.handle(prefix+"Get", func(r *qrexec.Request, payload string) error { return s.get(r, dir+r.Argument, payload) })
		s.handle(prefix+"Replace", func(r *qrexec.Request, payload string) error { return s.replace(r, dir+r.Argument, payload) })
		s.handle(prefix+"Remove", func(r *qrexec.Request, payload string) error { return s.remove(r, dir+r.Argument, payload) })
	}
	return s
}

// Has reports whether a service, without argument, is one of these.
func (s *Services) Has(service string) bool { return s.has[service] }

// ServeCall serves a call.
func (s *Services) ServeCall(ctx context.Context, r *qrexec.Request) int {
	return s.mux.ServeCall(ctx, r)
}

// handle makes f serve a service.
func (s *Services) handle(service string, f func(r *qrexec.Request, payload string) error) {
	s.has[service] = true
	s.mux.HandleFunc(service, func(_ context.Context, r *qrexec.Request) int {
		payload, err := read(r.Stdin)
		if err == nil {
			err = f(r, payload)
		}
		if err != nil {
			fmt.Fprintln(r.Stderr, strings.ReplaceAll(err.Error(), "\n", "; "))
			return codeFailed
		}
		return 0
	})
}

// read reads what a service is given.
func read(from io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(from, maxPayload+1))
	if err == nil && len(b) > maxPayload {
		err = fmt.Errorf("more than %d bytes", maxPayload)
	}
	return string(b), err
}

// errPayload is the answer to input that a service has no use for.
var errPayload = errors.New("this service reads no input")

func (s *Services) list(r *qrexec.Request, include bool, payload string) error {
	if payload != "" || r.Argument != "" {
		return errors.New("this service has no argument and reads no input")
	}
	for _, name := range s.book.List(include) {
		fmt.Fprintln(r.Stdout, name)
	}
	return nil
}

func (s *Services) get(r *qrexec.Request, name, payload string) error {
	if payload != "" {
		return errPayload
	}
	text, token, err := s.book.Get(name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.Stdout, "%s\n%s", token, text)
	return err
}

func (s *Services) replace(r *qrexec.Request, name, payload string) error {
	token, text, ok := strings.Cut(payload, "\n")
	if !ok {
		return errors.New("the input must begin with a line that has a token, or any, or new")
	}
	if err := s.book.Replace(name, token, text); err != nil {
		return err
	}
	s.logf("policy: %s replaced %s, %d bytes now", r.Source, name, len(text))
	return nil
}

func (s *Services) remove(r *qrexec.Request, name, payload string) error {
	if err := s.book.Remove(name, strings.TrimSuffix(payload, "\n")); err != nil {
		return err
	}
	s.logf("policy: %s removed %s", r.Source, name)
	return nil
}
