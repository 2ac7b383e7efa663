// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Traces of one machine in a tree that is everybody's. Host only.

package lint

import (
	"regexp"
	"slices"
	"strings"
)

// machinePath matches absolute paths below the directories where people keep their work.
var machinePath = regexp.MustCompile(`(?:^|[\s"'` + "`" + `=:(,])(/(?:root|home|Users|srv)/[\w.-]+)`)

// url matches the host of a URL.
var url = regexp.MustCompile(`\b(?:https?|ftp)://([A-Za-z0-9][A-Za-z0-9.-]*)`)

// privateHost matches host names that only one network knows.
var privateHost = regexp.MustCompile(`\b((?:[\w-]+\.)+(?:internal|corp|lan|local))\b`)

// publicHosts lists the hosts that the tree may name: everybody can reach them, or nobody.
var publicHosts = []string{
	"example.com",
	"github.com",
	"go.dev",
	"localhost",
	"spdx.org",
}

// loopback matches addresses that mean the machine itself, or documentation.
var loopback = regexp.MustCompile(`^(127\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.)`)

// leaks finds paths of a build machine and names of hosts that are not public.
func leaks(t *Tree) []Finding {
	return each(t.Files, func(f *File) []Finding {
		if strings.HasPrefix(f.Path, "internal/lint/testdata/") {
			return nil
		}
		var found []Finding
		for i, l := range f.lines() {
			for _, what := range leaksIn(f, l) {
				found = append(found, f.line(i+1, "%s does not belong in the repository", what))
			}
		}
		return found
	})
}

// inDom0 matches commands whose paths are in the lab's dom0, the same for everybody.
var inDom0 = regexp.MustCompile(`\bdom0:|\bmkimage lab (sh|cp)\b`)

func leaksIn(f *File, line string) []string {
	var found []string
	for _, m := range machinePath.FindAllStringSubmatch(line, -1) {
		if dom0 := f.in("lab") && strings.HasPrefix(m[1], "/root/"); !dom0 && !inDom0.MatchString(line) {
			found = append(found, m[1])
		}
	}
	for _, m := range privateHost.FindAllStringSubmatch(line, -1) {
		found = append(found, "host "+m[1])
	}
	for _, m := range url.FindAllStringSubmatch(line, -1) {
		if !slices.Contains(publicHosts, m[1]) && !loopback.MatchString(m[1]) && !privateHost.MatchString(m[1]) {
			found = append(found, "host "+m[1])
		}
	}
	return found
}
