// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Which programs are linked with a network. These tests build with domlet's own
// kernel.

package image

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
)

// TestNetwork builds two programs of a module that knows nothing of domlet: the
// one that imports net, by way of another package, has the network, the other
// nothing of sockets.
func TestNetwork(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := tree(t, map[string]string{
		"go.mod":        "module example.com/two\n\ngo 1.26\n",
		"with/main.go":  "package main\n\nimport \"example.com/two/dial\"\n\nfunc main() { dial.Dial() }\n",
		"dial/dial.go":  "package dial\n\nimport \"net\"\n\nfunc Dial() { net.Dial(\"tcp\", \"localhost:1\") }\n",
		"alone/main.go": "package main\n\nimport \"os\"\n\nfunc main() { os.ReadFile(\"/dev/null\") }\n",
	})
	for program, wants := range map[string]bool{"./with": true, "./alone": false} {
		var notes strings.Builder
		image := build(t, Options{Dir: dir, Packages: []string{program}, Source: root, Stderr: &notes})
		linked := map[string]bool{}
		for name := range testkit.Symbols(t, testkit.ELF(t, image)) {
			linked["handlers"] = linked["handlers"] || strings.HasSuffix(name, "/rt/posix.(*system).handleNet")
			linked["stack"] = linked["stack"] || strings.Contains(name, "gvisor.dev/gvisor/pkg/tcpip/")
		}
		if linked["handlers"] != wants || linked["stack"] != wants {
			t.Errorf("%s: linked %v, want %v\n%s", program, linked, wants, notes.String())
		}
	}
}
