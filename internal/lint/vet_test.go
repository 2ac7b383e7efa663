// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// go vet on the module, as the host sees it and as a domain does. Host only; runs the go command.

package lint

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestVet(t *testing.T) {
	if err := vet("", nil, "./..."); err != nil {
		t.Error(err)
	}
}

// TestVetDomlet vets the rooms that a domain is made of, with the tag and the compiler flags that mkimage gives them. It
// leaves the frame pointer out: entry code has no caller to keep one for.
func TestVetDomlet(t *testing.T) {
	tree, err := Load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	if err := vet("domlet", packages(privilegedSources(tree)), "-framepointer=false", "./rt/...", "./xen/..."); err != nil {
		t.Error(err)
	}
}

func TestVetCatches(t *testing.T) {
	err := vet("", nil, "./internal/lint/testdata/vet")
	if err == nil || !strings.Contains(err.Error(), "Printf format %d") {
		t.Errorf("got %v, want vet's complaint about Printf", err)
	}
}

// vet runs go vet in the module's root with more arguments; the packages of kernel are compiled as privileged code.
func vet(tags string, kernel []string, more ...string) error {
	args := []string{"vet", "-tags", tags}
	for _, p := range kernel {
		args = append(args, "-gcflags="+p+"=-+")
	}
	cmd := exec.Command("go", append(args, more...)...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go vet: %w\n%s", err, out)
	}
	return nil
}
