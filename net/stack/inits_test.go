// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The order of package inits, and the list of modules it rests on. Host only.

package stack

import (
	"os/exec"
	"strings"
	"testing"
)

func TestServing(t *testing.T) {
	program := []string{"nodots", "example.com/app", domlet, "gvisor.dev/gvisor", "gopkg.in/yaml.v3"}
	for function, want := range map[string]bool{
		"encoding/json.init":                          true,
		"net.init.0":                                  true,
		"vendor/golang.org/x/net/idna.init":           true,
		"gvisor.dev/gvisor/pkg/tcpip.map.init.3":      true,
		domlet + "/net/stack.init":                    true,
		domlet + "/lab/guests/earlyinit/first.init":   false,
		"main.init":                                   false,
		"nodots.init.1":                               false,
		"nodots/inner.init":                           false,
		"nodotsatall.init":                            true,
		"example.com/app/x.init":                      false,
		"example.com/application.init":                true,
		"gopkg.in/yaml%2ev3.init":                     false,
		"github.com/google/btreeish.init":             true,
		"github.com/google/btree.init":                true,
		"golang.org/x/sys/unix.init":                  true,
		"gvisor.dev/gvisor/pkg/tcpip/stack.glob..ini": true,
	} {
		if serving(function, program) != want {
			t.Errorf("serving(%q) = %v", function, !want)
		}
	}
}

// TestModules: everything this package imports is in the standard library or in
// one of the modules.
func TestModules(t *testing.T) {
	out, err := exec.Command("go", "list", "-tags", "domlet", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	paths := strings.Fields(string(out))
	if len(paths) < 30 {
		t.Fatalf("only %d packages: the test looks at the wrong thing", len(paths))
	}
	for _, path := range paths {
		if !within(path, modules()) {
			t.Errorf("%s is in none of the modules that go first", path)
		}
	}
}
