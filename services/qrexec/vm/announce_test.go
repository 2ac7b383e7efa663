// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A qube tells dom0 what it can do. Host.

package vm

import (
	"bytes"
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/byvchan"
	"github.com/domlet/domlet/services/qrexec/relay"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/xentest"
)

// qube is a number of the tests'.
const qube abi.Domid_t = 7

// TestAnnounce: features are in QubesDB when dom0's qubes.FeaturesRequest is called; what dom0 changes meanwhile is acknowledged.
func TestAnnounce(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	host := xentest.New(t, 1)
	host.Domain(qube)
	to := &byvchan.Transport{Platform: host.Domain(dom0).Platform()}
	written := make(chan []string, 1)
	go func() { written <- daemonDB(ctx, t, to) }()
	called := make(chan string, 1)
	mux := qrexec.NewMux()
	mux.HandleFunc("qubes.FeaturesRequest", func(_ context.Context, r *qrexec.Request) int {
		called <- r.Source
		return 0
	})
	start := func(f func()) { go f() }
	r := &relay.Relay{Transport: to, Go: start, Handler: mux, Decide: func(context.Context, relay.Question) (relay.Answer, error) {
		return relay.Answer{Target: dom0}, nil
	}}
	go r.Attend(ctx, relay.Peer{ID: qube, Name: "drop"})
	a := &qrexec.Agent{Transport: &byvchan.Transport{Platform: host.Domain(qube).Platform()}, Go: start}
	go a.Run(ctx)
	if err := Announce(ctx, a, "qrexec", "supported-service.drop"); err != nil {
		t.Fatal(err)
	}
	if got := <-written; !slices.Equal(got, []string{"/features-request/qrexec=1", "/features-request/supported-service.drop=1"}) {
		t.Errorf("QubesDB has %q", got)
	}
	if got := <-called; got != "drop" {
		t.Errorf("called by %s", got)
	}
}

// daemonDB is dom0's QubesDB for one connection: it tells what is there, and of a change, and returns what was written.
func daemonDB(ctx context.Context, t *testing.T, to *byvchan.Transport) (entries []string) {
	conn, err := to.Accept(ctx, qube, qubesDBPort)
	if err != nil {
		t.Error(err)
		return nil
	}
	defer conn.Close()
	d := db{conn}
	for {
		m, err := readDB(conn)
		switch {
		case err == io.EOF:
			return entries
		case err != nil:
			t.Error(err)
			return nil
		case m.kind == dbMultiread:
			d.send(dbMessage{dbMultireadPart, "/name", []byte("drop")})
			d.send(dbMessage{kind: dbMultireadPart})
			d.send(dbMessage{dbWrite, "/qubes-timezone", []byte("Etc/UTC")})
		case m.kind == dbWrite:
			entries = append(entries, m.path+"="+string(m.data))
			d.send(dbMessage{kind: dbOK, path: m.path})
		case m.kind == dbOK && m.path == "/qubes-timezone":
		default:
			t.Errorf("the qube sent %+v", m)
		}
	}
}

// TestHostileDB: what is no message ends the connection, and what is refused is an error.
func TestHostileDB(t *testing.T) {
	long := dbMessage{kind: dbOK}.append(nil)
	copy(long[1:], strings.Repeat("p", dbPath))
	large := dbMessage{kind: dbOK}.append(nil)
	large[dbHeader-1] = 0x80
	for what, b := range map[string][]byte{
		"a path without an end": long, "too much data": large, "half a header": long[:10], "nothing": nil,
		"a refusal": dbMessage{kind: dbError, path: "/p"}.append(nil),
	} {
		ours, theirs := net.Pipe()
		go func() {
			io.CopyN(io.Discard, theirs, dbHeader+1)
			theirs.Write(b)
			theirs.Close()
		}()
		if err := (db{ours}).write("/p", "1"); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

// FuzzDB: whatever comes, reading ends, and what was read is written as it came.
func FuzzDB(f *testing.F) {
	f.Add(dbMessage{dbWrite, "/name", []byte("drop")}.append(nil))
	f.Add(dbMessage{kind: dbMultiread}.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := readDB(bytes.NewReader(b))
		if err != nil {
			return
		}
		again, err := readDB(bytes.NewReader(m.append(nil)))
		if err != nil || again.kind != m.kind || again.path != m.path || !bytes.Equal(again.data, m.data) {
			t.Errorf("%+v became %+v, %v", m, again, err)
		}
	})
}
