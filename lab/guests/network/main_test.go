// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The package's run, and what the tests share. Host; boots domains.

package network

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/lab/domtest"
	"github.com/domlet/domlet/lab/labtest"
)

func TestMain(m *testing.M) { os.Exit(domtest.Main(m, "network")) }

// speedPatience is how long a server may take to start where time counts instructions.
const speedPatience = 10 * time.Minute

// netpeer is the program at both ends.
const netpeer = "./lab/guests/netpeer"

// A node is a domain with an interface on dom0's bridge.
type node struct {
	*domtest.Speaker
	address string
}

// addresses numbers them: the lab's own are below 100.
var addresses atomic.Int64

// freeAddress is one on dom0's bridge that nobody else has.
func freeAddress() string { return fmt.Sprintf("10.13.0.%d", 100+addresses.Add(1)) }

// guest starts one with an interface.
func guest(t *testing.T, g domtest.Guest) node {
	t.Helper()
	address := freeAddress()
	g.Within = time.Hour
	g.Flags = append([]string{"-net", address + "/24,gateway=10.13.0.1"}, g.Flags...)
	return node{domtest.Start(t, g), address}
}

// start starts a program with an interface and a memory of that many MiB.
func start(t *testing.T, mode, pkg string, memory int, flags []string, args ...string) node {
	t.Helper()
	return guest(t, domtest.Guest{Mode: mode, Pkg: pkg, Args: args, Memory: memory, Flags: flags})
}

// server starts netpeer's servers as a domain.
func server(t *testing.T, mode string, memory int, flags ...string) node {
	t.Helper()
	n := start(t, mode, netpeer, memory, flags, "serve")
	n.Expect("serving at", 1, 5*time.Minute)
	return n
}

// number is the domain's.
func (n node) number() string { return n.Speaker.Number() }

// vif is the interface's name in dom0.
func (n node) vif() string { return "vif" + n.number() + ".0" }

// tooled is dom0 with curl and the like.
func tooled(t *testing.T) *lab.Lab {
	t.Helper()
	l := labtest.Need(t)
	if err := l.Tools(t.Context()); err != nil {
		t.Fatal(err)
	}
	return l
}

// linux is the Linux domain beside, with netpeer in it.
func linux(t *testing.T) (on *lab.Remote, program string) {
	t.Helper()
	on, err := labtest.Need(t).Linux(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { on.Close() })
	program = "/run/" + domtest.Unique()
	if err := on.Put(t.Context(), domtest.Program(t, netpeer), program); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { on.Output(context.Background(), "rm", program) })
	return on, program
}

// output is what a command prints, which must succeed.
func output(t *testing.T, on *lab.Remote, words ...string) string {
	t.Helper()
	out, err := on.Output(t.Context(), words...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(words, " "), err, out)
	}
	return out
}

// curl fetches from dom0, with patience for a server that has just been started.
func curl(t *testing.T, words ...string) string {
	t.Helper()
	patient := []string{"curl", "-sS", "--max-time", "60", "--retry", "60", "--retry-delay", "1", "--retry-connrefused", "--retry-all-errors"}
	return output(t, tooled(t).Remote, append(patient, words...)...)
}
