// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package internal knows the sources of the packages below it that finish
// images. It runs on the host.
package internal

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed image/*.go audit/*.go audit/x86/*.go
var sources embed.FS

// Version is a hash of everything in mkimage that decides what becomes of a
// linked program: of sources rather than of the running program, in which the
// directory it was built in would count.
func Version() string {
	h := sha256.New()
	err := fs.WalkDir(sources, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := sources.ReadFile(path)
		fmt.Fprintf(h, "%s %x\n", path, sha256.Sum256(data))
		return err
	})
	if err != nil {
		panic(err) // an embedded file cannot fail to be read
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:16])
}
