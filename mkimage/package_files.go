// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The files that go test lets a package's tests find. Runs on the host.

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// packageFiles returns, as -files takes it, what a test in the package's folder
// may read by a relative path: what is in the folder, other packages below it
// left out, and the testdata of each folder above it up to its module's. All keep
// the names that they have here.
func packageFiles(folder string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == folder:
			return nil
		case isTestdata(path):
			found = append(found, sameName(path))
			return skipOf(d)
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") || isPackage(path)):
			return fs.SkipDir
		case isRegular(path):
			found = append(found, sameName(path))
		}
		return nil
	})
	for at := folder; !exists(filepath.Join(at, "go.mod")) && at != filepath.Dir(at); {
		at = filepath.Dir(at)
		if path := filepath.Join(at, "testdata"); isTestdata(path) {
			found = append(found, sameName(path))
		}
	}
	return found, err
}

// sameName puts a file or folder into the domain under the name it has here.
func sameName(path string) string { return path + ":" + path }

// isTestdata reports whether path is a folder that the go command takes no
// packages from, or a symbolic link to one.
func isTestdata(path string) bool {
	name := filepath.Base(path)
	info, err := os.Stat(path)
	return err == nil && info.IsDir() && (name == "testdata" || strings.HasPrefix(name, "_"))
}

// skipOf keeps a walk out of a folder; a symbolic link to one is not walked.
func skipOf(d fs.DirEntry) error {
	if d.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// isPackage reports whether a folder has Go files, or a module, of its own.
func isPackage(folder string) bool {
	files, _ := filepath.Glob(filepath.Join(folder, "*.go"))
	return len(files) > 0 || exists(filepath.Join(folder, "go.mod"))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// isRegular looks through symbolic links.
func isRegular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
