// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The services. Any goroutine, one for each call.

package byqrexec

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/domlet/domlet/services/clipboard"
	"github.com/domlet/domlet/services/qrexec"
)

// Names of the services.
const (
	CopyService  = "domlet.ClipboardCopy"
	PasteService = "domlet.ClipboardPaste"
	ClearService = "domlet.ClipboardClear"
)

// textType is what everything that is copied is.
const textType = "text/plain"

// codeFailed is the exit code of what was not done.
const codeFailed = 1

// Services returns the services of a clipboard for the domains of a roll.
func Services(c *clipboard.Clipboard, roll *Roll) *qrexec.Mux {
	s := &services{c, roll}
	mux := qrexec.NewMux()
	mux.Handle(CopyService, s.service(s.copy))
	mux.Handle(PasteService, s.service(s.paste))
	mux.Handle(ClearService, s.service(s.clear))
	return mux
}

// services serve a clipboard.
type services struct {
	clipboard *clipboard.Clipboard
	roll      *Roll
}

// operation is what a service does for a client.
type operation func(ctx context.Context, who clipboard.Client, r *qrexec.Request) error

// service makes an operation a service, whose caller's slice pays for it.
func (s *services) service(do operation) qrexec.Handler {
	return qrexec.HandlerFunc(func(ctx context.Context, r *qrexec.Request) int {
		who, err := s.roll.client(r.Source)
		if err == nil {
			err = who.Slice.Message()
		}
		if err == nil {
			err = within(ctx, who, r, do)
		}
		if err != nil {
			fmt.Fprintln(r.Stderr, "clipboard:", err)
			return codeFailed
		}
		return 0
	})
}

// within does an operation in a goroutine of the client's slice, whose pages are nobody else's before that has returned. It does
// return when the slice ends, which cuts the call.
func within(ctx context.Context, who clipboard.Client, r *qrexec.Request, do operation) error {
	done := make(chan error, 1)
	err := who.Slice.Go(r.Service, func(context.Context) {
		err := errPanic
		defer func() { done <- err }()
		err = who.Slice.Handle(r.Service, func(context.Context) error { return do(ctx, who, r) })
	})
	if err != nil {
		return err
	}
	select {
	case err = <-done:
		return err
	case <-who.Slice.Context().Done():
	}
	if r.Abort != nil {
		r.Abort()
	}
	<-done
	return who.Slice.Err()
}

// errPanic is what an operation ends with that does not return.
var errPanic = errors.New("the clipboard failed; its log says why")

// copy reads into pages of the clipboard's. Half of what was to be copied is not copied.
func (s *services) copy(_ context.Context, who clipboard.Client, r *qrexec.Request) error {
	k, err := s.clipboard.Begin(who, clipboard.Meta{Type: textType, Target: r.Argument}, clipboard.DefaultLimit)
	if err != nil {
		return err
	}
	n, err := fill(k.Bytes(), r.Stdin)
	if err != nil {
		k.Cancel(err)
		return err
	}
	_, err = k.Commit(n)
	return err
}

// fill reads all there is. Input that is cut, or too much, is an error.
func fill(into []byte, from io.Reader) (n int, err error) {
	var more [1]byte
	for {
		rest := into[n:]
		if len(rest) == 0 {
			rest = more[:]
		}
		k, err := from.Read(rest)
		if n += k; n > len(into) {
			return n, clipboard.ErrTooLarge
		}
		switch {
		case err == io.EOF:
			return n, nil
		case err != nil:
			return n, err
		}
	}
}

// paste writes what is held, from where it lies.
func (s *services) paste(ctx context.Context, who clipboard.Client, r *qrexec.Request) error {
	if r.Argument != "" {
		return errArgument
	}
	p, err := s.clipboard.Paste(ctx, who)
	if err != nil {
		return err
	}
	defer p.Done()
	_, err = r.Stdout.Write(p.Bytes())
	return err
}

func (s *services) clear(ctx context.Context, who clipboard.Client, r *qrexec.Request) error {
	if r.Argument != "" {
		return errArgument
	}
	return s.clipboard.Clear(ctx, who)
}

// errArgument is the answer to an argument that means nothing.
var errArgument = errors.New("this service has no argument")
