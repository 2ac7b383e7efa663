// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// qubes.Filecopy as a service, and as a call. Any goroutine.

package filecopy

import (
	"context"
	"fmt"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/wire"
)

// Service is the name of the service.
const Service = "qubes.Filecopy"

// allNames is the only argument that the service knows: the policy that lets it through lets names of any bytes through.
const allNames = "allow-all-names"

// Handler receives files. open makes the tree for a caller, and done is told how the copy ended; both with the caller's name.
func Handler(o Options, open func(source string) (Tree, error), done func(source string, things int64, err error)) qrexec.Handler {
	return qrexec.HandlerFunc(func(ctx context.Context, r *qrexec.Request) int {
		if r.Argument != "" && r.Argument != allNames {
			fmt.Fprintf(r.Stderr, "%s: the argument %q means nothing\n", Service, r.Argument)
			return wire.ExitRefused
		}
		o := o
		o.AllNames = o.AllNames || r.Argument == allNames
		things, err := receive(r, o, open)
		done(r.Source, things, err)
		if err != nil {
			return 1
		}
		return 0
	})
}

func receive(r *qrexec.Request, o Options, open func(string) (Tree, error)) (int64, error) {
	tree, err := open(r.Source)
	if err != nil {
		r.Stdout.Write(result{code: codeOf(err)}.append(nil))
		return 0, err
	}
	return Receive(r.Stdin, r.Stdout, tree, o)
}

// Copy sends over a call to the service what send sends. The error is the receiver's where it has one.
func Copy(c *qrexec.Call, send func(s *Sender) error) error {
	defer c.Close()
	s := NewSender(c)
	if send(s) == nil { // Answer knows why not
		s.Close()
	}
	c.CloseWrite()
	if err := s.Answer(c); err != nil {
		return err
	}
	code, err := c.Wait()
	if err == nil && code != 0 {
		err = fmt.Errorf("copying files: the receiver took all of them and ended with code %d", code)
	}
	return err
}
