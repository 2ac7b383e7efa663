// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What programs declare of their domains.

package image

import (
	"slices"
	"strings"
	"testing"

	"github.com/domlet/domlet/mkimage/internal/xlcfg"
)

// described describes a module whose program imports its package lib.
func described(t *testing.T, main, lib string) (Image, error) {
	t.Helper()
	dir := tree(t, map[string]string{
		"go.mod":           "module example.com/prog\n\ngo 1.24\n",
		"main.go":          "package main\n\nimport _ \"example.com/prog/lib\"\n\n" + main + "\nfunc main() {}\n",
		"main_test.go":     "package main\n\n//domlet:cfg max_event_channels=99999\n",
		"lib/lib.go":       lib + "\npackage lib\n",
		"lib/elsewhere.go": "//go:build windows\n\n//domlet:cfg max_event_channels=88888\n\npackage lib\n",
		"other/other.go":   "//domlet:cfg max_event_channels=77777\n\npackage other\n",
	})
	return Describe(t.Context(), standIn(t, dir))
}

// The largest number counts, of those files that go into the image; text that
// only looks like a declaration does not.
func TestDeclared(t *testing.T) {
	main := "//domlet:cfg max_event_channels=4096 max_grant_frames=64\n//domlet:cfgs x\n// domlet:cfg x\n" +
		"const text = `\n//domlet:cfg max_maptrack_frames=1\n`\n"
	img, err := described(t, main, "//domlet:cfg max_event_channels=2048\n//domlet:cfg max_grant_frames=128\n")
	want := []xlcfg.Limit{{Name: "max_event_channels", Value: 4096}, {Name: "max_grant_frames", Value: 128}}
	if err != nil || !slices.Equal(img.Limits, want) {
		t.Errorf("%v, %v", img.Limits, err)
	}
	if img, err := described(t, "", ""); err != nil || img.Limits != nil {
		t.Errorf("%v, %v", img.Limits, err)
	}
}

func TestDeclaredWrong(t *testing.T) {
	for line, want := range map[string]string{
		"//domlet:cfg":                             "declares nothing",
		"//domlet:cfg max_event_channels":          "not name=number",
		"//domlet:cfg max_event_channels=-1":       "not name=number",
		"//domlet:cfg max_event_channels=0":        "not name=number",
		"//domlet:cfg max_event_channels = 4":      "not name=number",
		"//domlet:cfg memory=64":                   "memory is for package main to declare",
		"//domlet:cfg vcpus=2":                     "no limit \"vcpus\"",
		"//domlet:cfg max_grant_frames=5000000000": "not name=number",
	} {
		_, err := described(t, "", line)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "lib.go:1:1") {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// Memory is what is asked for, else what package main declares, else what is usual.
func TestDeclaredMemory(t *testing.T) {
	for _, c := range []struct {
		asked, usual, want int
		main               string
	}{
		{8, 64, 8, "//domlet:cfg memory=16"},
		{0, 64, 16, "//domlet:cfg memory=16"},
		{0, 64, 64, ""},
		{0, 0, 0, ""},
	} {
		dir := tree(t, map[string]string{"go.mod": "module example.com/prog\n\ngo 1.24\n", "main.go": "package main\n\n" + c.main + "\nfunc main() {}\n"})
		o := standIn(t, dir)
		o.Memory, o.Usual = c.asked, c.usual
		if img, err := Describe(t.Context(), o); err != nil || img.Memory != c.want {
			t.Errorf("%+v: %d, %v", c, img.Memory, err)
		}
	}
}
