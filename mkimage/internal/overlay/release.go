// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Which Go releases are supported, and what their files are.

package overlay

import (
	"crypto/sha256"
	_ "embed"
	"fmt"
	"go/version"
	"strings"
)

// Supported reports, as an error, that no domain can be built with a version
// of Go as `go env GOVERSION` tells it ("go1.26.8", "go1.27.0 X:name").
func Supported(goversion string) error {
	v, _, _ := strings.Cut(goversion, " ")
	lang := version.Lang(v)
	if lang == "go1.26" && version.Compare(v, "go1.26.3") >= 0 || lang == "go1.27" && version.Compare(v, "go1.27.0") >= 0 {
		return nil
	}
	return fmt.Errorf("Go %s is not supported: domlet supports 1.26 (from 1.26.3) and 1.27; "+
		"GOTOOLCHAIN=go1.26.8 selects one", strings.TrimPrefix(v, "go"))
}

// hashes has a line "release file sha256" for each file of each known release.
//
//go:embed hashes.txt
var hashes string

// known returns the hashes of a release by file, empty when it is not known.
func known(release string) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(hashes) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == release {
			m[f[1]] = f[2]
		}
	}
	return m
}

func hash(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }
