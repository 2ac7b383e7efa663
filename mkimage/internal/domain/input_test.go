// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a domain reads, and a domain that is asked to end. Runs on the host.

package domain

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	xenstore "github.com/domlet/domlet/xen/store"
)

// unescaped undoes what feed does, as rt/posix does. False: there is no end.
func unescaped(b []byte) (data []byte, ended bool) {
	for i := 0; i < len(b); i++ {
		if b[i] == escape {
			if i++; i == len(b) {
				break // what belongs to it is still to come
			}
			if b[i] == ending {
				return data, true
			}
		}
		data = append(data, b[i])
	}
	return data, false
}

// reads makes a guest that reads its terminal up to the end and keeps the data.
func reads(data *[]byte) func(*guest) {
	return func(g *guest) {
		var all []byte
		buf := make([]byte, 700)
		for ended := false; !ended; {
			n, err := g.tty.Read(buf)
			if err != nil {
				break
			}
			all = append(all, buf[:n]...)
			*data, ended = unescaped(all)
		}
		io.WriteString(g.tty, "domlet: exit 0\n")
		g.off(reasonPoweroff)
	}
}

func TestRunReadsInput(t *testing.T) {
	d, tools := newDom0(t)
	random := make([]byte, 20_000)
	for i := range random {
		random[i] = byte(rand.Uint32())
	}
	for _, want := range [][]byte{nil, []byte("two\nlines\n"), {escape, ending, escape}, random} {
		var got []byte
		d.guests["k"] = reads(&got)
		j := job("k", io.Discard)
		j.Stdin = bytes.NewReader(want)
		if _, err := tools.Run(t.Context(), j); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes arrived of %d; %v", len(got), len(want), err)
		}
	}
	var got []byte
	d.guests["k"] = reads(&got)
	if _, err := tools.Run(t.Context(), job("k", io.Discard)); err != nil || len(got) > 0 {
		t.Errorf("without input: %q, %v", got, err)
	}
}

// A terminal's input goes out as it is, and its end is nobody's.
func TestRunRawInput(t *testing.T) {
	d, tools := newDom0(t)
	const typed = "ls\r\x10\x04"
	var got []byte
	d.guests["k"] = func(g *guest) {
		got = make([]byte, len(typed))
		io.ReadFull(g.tty, got)
		io.WriteString(g.tty, "ok\r\ndomlet: exit 3\r\n")
		g.off(reasonPoweroff)
	}
	var out bytes.Buffer
	j := job("k", &out)
	j.Stdin, j.Raw = strings.NewReader(typed), true
	result, err := tools.Run(t.Context(), j)
	if err != nil || string(got) != typed || result.Code != 3 || out.String() != "ok\r\n" {
		t.Errorf("typed %q, code %d, printed %q, %v", got, result.Code, out.String(), err)
	}
}

// obeys makes a guest that ends when it is asked to, as xl shutdown asks.
func obeys(g *guest) {
	c := xenstore.New(g.xenstored.Connect(0), xenstore.Options{})
	defer c.Close()
	for path := range c.Watch(g.t.Context(), "/local/domain/"+g.id+"/control/shutdown") {
		if v, err := c.Read(g.t.Context(), path); err == nil && v == "poweroff" {
			io.WriteString(g.tty, "tidied up\ndomlet: exit 0\n")
			g.off(reasonPoweroff)
			return
		}
	}
}

func TestRunAsked(t *testing.T) {
	d, tools := newDom0(t)
	asked := make(chan struct{})
	close(asked)
	d.guests["polite"], d.guests["deaf"] = obeys, func(*guest) {}
	var out bytes.Buffer
	j := job("polite", &out)
	j.Asked = asked
	if _, err := tools.Run(t.Context(), j); err != nil || out.String() != "tidied up\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	j = job("deaf", io.Discard)
	j.Asked = asked
	if _, err := tools.Run(t.Context(), j); !errors.Is(err, ErrStubborn) {
		t.Error(err)
	}
	if left := d.names(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
