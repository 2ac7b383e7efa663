// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A number that Xen gives twice: xl restores a domain under the number that its
// configuration names. Host; boots domains.

package services

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
	"github.com/domlet/domlet/lab/labtest"
)

// TestNumberAgain destroys a client and has xl make another domain under its number,
// with another name and UUID, while nobody in dom0 keeps anything up to date. The
// service's own directory still has the old client's entry; nobody takes the new
// domain for it. That one is as far as xl brings it whose memory is still to come.
func TestNumberAgain(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		c := newCtl(t)
		service := domtest.Named(t, domtest.Unique(), mode, clients, "serve")
		client := domtest.Named(t, domtest.Unique(), mode, clients, "find", "demo")
		s, n := service.Number(), client.Number()
		c.run("attach", "-as", "demo", client.Name, service.Name)
		service.Expect("client "+n+" "+client.Name, 1, patience)
		next := domtest.Unique()
		saved := savedAs(t, n, next)
		destroy(t, client)
		service.Expect("void "+n+" "+client.Name, 1, patience)

		halfRestored(t, n, next, saved)
		entry := "/local/domain/" + s + "/domlet/clients/" + n
		domtest.Dom0(t, "sh", "-c", `xenstore-write "$1" "$(xenstore-read "$1")"`, "sh", entry) // have the service look again
		service.Expect("left "+n+" "+client.Name, 1, patience)
		c.run("list") // changes nothing
		c.run("attach", "-as", "demo", next, service.Name)
		if said := service.Said(); strings.Count(said, "client ") != 1 {
			t.Errorf("the new domain %s is somebody for the service, which said\n%s", n, said)
		}
	})
}

// savedAs is the beginning of the file that xl save makes of the domain n, with
// another name and UUID in it and the same number: all but the domain's memory.
func savedAs(t *testing.T, n, name string) []byte {
	t.Helper()
	said := domtest.Dom0(t, "xl", "list", "-l", n)
	var lists []map[string]any
	if err := json.Unmarshal([]byte(said), &lists); err != nil || len(lists) != 1 {
		t.Fatalf("xl list -l: %v\n%s", err, said)
	}
	config := lists[0]["config"].(map[string]any)
	info := config["c_info"].(map[string]any)
	number, err := strconv.Atoi(n)
	if err != nil {
		t.Fatal(err)
	}
	info["name"], info["uuid"], info["domid"] = name, "6f3c1c0e-2a0f-4d7a-9b6e-0d1f2a3b4c5d", number
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, 0)
	var file bytes.Buffer
	file.WriteString("Xen saved domain, xl format\n \x00 \r")
	const json, version2 = 1 << 0, 1 << 1 // XL_MANDATORY_FLAG_ of xl.h
	for _, word := range []int{0x01020304, json | version2, 0, 4 + len(text), len(text)} {
		file.Write(binary.LittleEndian.AppendUint32(nil, uint32(word)))
	}
	file.Write(text)
	return file.Bytes()
}

// halfRestored has xl restore a domain, and waits until its nodes are there.
func halfRestored(t *testing.T, n, name string, saved []byte) {
	t.Helper()
	dom0 := labtest.Need(t)
	pipe := "/tmp/" + name
	if err := dom0.PutFrom(t.Context(), bytes.NewReader(saved), pipe+".head", "", 0o600); err != nil {
		t.Fatal(err)
	}
	// libxl keeps numbers for a minute, in a file, from being used again; Xen keeps one
	// until the last page of its domain's is unmapped.
	const script = `rm -f /run/xen/domid-history; mkfifo $1 || exit 1
while xl list $2 >/dev/null 2>&1; do sleep 0.1; done
(cat $1.head; exec sleep 600) >$1 &
exec xl restore -p $1`
	restore := domtest.Process(t, dom0.Remote, nil, "sh", "-c", script, "sh", pipe, n)
	t.Cleanup(func() {
		dom0.Output(context.Background(), "sh", "-c", fmt.Sprintf("pkill -f 'xl restore -p %s'; xl destroy %s; rm -f %s %[1]s.head", pipe, n, pipe))
		restore.Stop()
	})
	for end := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		got, err := dom0.Output(t.Context(), "xenstore-read", "/local/domain/"+n+"/name")
		if err == nil && strings.HasPrefix(got, name) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("xl made no domain %s: %q, %v", n, got, err)
		}
	}
}
