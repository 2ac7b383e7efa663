// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The clipboard's services as a daemon of qrexec calls them. Host.

package byqrexec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/domlet/domlet/services/clipboard"
	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/slice"
	"github.com/domlet/domlet/xen/xentest"
)

// desk is a clipboard with its services.
type desk struct {
	*testing.T
	mux  *qrexec.Mux
	roll *Roll
}

func newDesk(t *testing.T, rules string) *desk {
	p := xentest.New(t, 1).Domain(1).Platform()
	set := slice.New(slice.Options{Platform: p, Pages: xentest.NewPages(t, 1000), Budget: clipboard.Budget,
		Log: func(line string) { t.Log(line) }, Fatal: func(line string) { t.Error(line) }})
	roll := NewRoll(set)
	text, err := policy.Parse("test.policy", rules)
	if err != nil {
		t.Fatal(err)
	}
	c := clipboard.New(clipboard.Options{Clock: p.Clock, Policy: &clipboard.Rules{Policy: text, Directory: roll},
		Audit: func(e clipboard.Event) { t.Log(e) }})
	return &desk{t, Services(c, roll), roll}
}

// stream is a stream of a call.
type stream struct{ strings.Builder }

func (*stream) Close() error { return nil }

// call calls a service as the daemon says that a domain does.
func (d *desk) call(source, service, argument string, in io.Reader) (out string, code int) {
	var o, e stream
	code = d.mux.ServeCall(context.Background(), &qrexec.Request{Service: service, Argument: argument, Source: source, Stdin: in, Stdout: &o, Stderr: &e})
	if (code == 0) != (e.Len() == 0) {
		d.Errorf("%s of %s: code %d and %q", service, source, code, e.String())
	}
	return o.String(), code
}

func (d *desk) copies(source, argument, text string, want int) {
	d.Helper()
	if _, code := d.call(source, CopyService, argument, strings.NewReader(text)); code != want {
		d.Errorf("%s copies: code %d", source, code)
	}
}

func (d *desk) pastes(source, want string) {
	d.Helper()
	got, code := d.call(source, PasteService, "", strings.NewReader(""))
	if got != want || (code == 0) != (want != "") {
		d.Errorf("%s pastes %.20q, code %d", source, got, code)
	}
}

const testRules = "clipboard.Paste * work vault allow\nclipboard.Paste * vault * deny\n"

// TestClipboard: what one domain copies the other pastes once, if the clipboard's policy lets those two.
func TestClipboard(t *testing.T) {
	d := newDesk(t, testRules)
	d.pastes("vault", "")
	d.copies("work", "", "some words", 0)
	d.pastes("other", "")
	d.pastes("vault", "some words")
	d.pastes("vault", "")
	d.copies("vault", "", "a secret", 0)
	d.pastes("work", "")
	d.copies("work", "", "again", 0)
	if _, code := d.call("work", ClearService, "", strings.NewReader("")); code != 0 {
		t.Errorf("clearing its own: code %d", code)
	}
	d.pastes("vault", "")
}

// TestTarget: a copy for one domain is nobody else's.
func TestTarget(t *testing.T) {
	d := newDesk(t, "clipboard.Paste * * @anyvm allow\n")
	d.copies("work", "vault", "for the vault", 0)
	d.pastes("other", "")
	d.pastes("vault", "for the vault")
	d.copies("work", "va/ult", "for nobody", 1)
}

// TestSizes: as much as may be copied, one byte more, and nothing.
func TestSizes(t *testing.T) {
	d := newDesk(t, testRules)
	most := strings.Repeat("x", clipboard.DefaultLimit)
	d.copies("work", "", most, 0)
	d.copies("work", "", most+"x", 1)
	d.pastes("vault", most)
}

// TestCutInput: a caller who leaves in the middle has copied nothing.
func TestCutInput(t *testing.T) {
	d := newDesk(t, testRules)
	d.copies("work", "", "whole", 0)
	if _, code := d.call("work", CopyService, "", io.MultiReader(strings.NewReader("half"), cut{})); code != 1 {
		t.Errorf("code %d", code)
	}
	d.pastes("vault", "whole")
}

// cut is input that is cut.
type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// endSlice ends a client's slice, as a flood does, or a call that takes too long.
func (d *desk) endSlice(source string) {
	who, err := d.roll.client(source)
	if err != nil {
		d.Fatal(err)
	}
	who.Slice.End(errors.New("the test says so"))
}

// TestSliceEndsInCopy: a client whose slice ends while it copies does not write into memory that is somebody else's by then.
func TestSliceEndsInCopy(t *testing.T) {
	d := newDesk(t, testRules)
	turn := 0
	in := readFunc(func(p []byte) (int, error) {
		switch turn++; turn {
		case 1:
			return copy(p, "bad "), nil
		case 2:
			d.endSlice("bad")
			d.copies("work", "", "work's own words", 0)
			return copy(p, "words"), nil
		}
		return 0, io.EOF
	})
	if _, code := d.call("bad", CopyService, "", in); code != 1 {
		t.Errorf("the copy ended with code %d", code)
	}
	d.pastes("vault", "work's own words")
}

// TestSliceEndsCall: a call whose client's slice ends is over, however long the client would go on.
func TestSliceEndsCall(t *testing.T) {
	d := newDesk(t, testRules)
	stdin, stall := io.Pipe()
	var o, e stream
	r := &qrexec.Request{Service: CopyService, Source: "bad", Stdin: stdin, Stdout: &o, Stderr: &e, Abort: func() { stall.CloseWithError(io.ErrUnexpectedEOF) }}
	go func() {
		stall.Write([]byte("begun"))
		d.endSlice("bad")
	}()
	if code := d.mux.ServeCall(context.Background(), r); code != 1 {
		t.Errorf("code %d", code)
	}
}

// readFunc is input that a function makes.
type readFunc func(p []byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// TestManyNames: names do not fill the clipboard's memory.
func TestManyNames(t *testing.T) {
	d := newDesk(t, testRules)
	for i := range maxClients {
		d.pastes(fmt.Sprint("d", i), "")
	}
	d.copies("work", "", "one too many", 1)
}
