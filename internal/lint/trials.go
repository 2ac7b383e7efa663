// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The tag that makes a test image, and the files that only such an image has. Host only.

package lint

import (
	"go/build/constraint"
	"path"
	"strings"
)

// trialTag puts into an image what has the kernel break itself.
const trialTag = "domlettest"

// trialRoom is the one room, outside the guests, with files for test images: those named trial*.
const trialRoom = "rt/kernel"

// trials finds files of test images that are not named so, and files named so that are in every image.
func trials(t *Tree) []Finding {
	return each(append(t.Sources(), t.Assembly()...), func(f *File) []Finding {
		named := f.dir() == trialRoom && strings.HasPrefix(path.Base(f.Path), "trial")
		tagged, excluded := f.whenTrials()
		switch {
		case below(f.dir(), "lab/guests"):
			return nil
		case tagged && !named:
			return []Finding{f.line(0, "only %s/trial* is for images with the tag %s", trialRoom, trialTag)}
		case named && !tagged && !excluded:
			return []Finding{f.line(0, "a trial without the tag %s would be in every image", trialTag)}
		}
		return nil
	})
}

// whenTrials reports whether the file is in an image only with the tag, or only without it.
func (f *File) whenTrials() (with, without bool) {
	for _, l := range f.lines() {
		expr, err := constraint.Parse(l)
		if err != nil {
			continue
		}
		on := expr.Eval(func(string) bool { return true })
		off := expr.Eval(func(tag string) bool { return tag != trialTag })
		return on && !off, off && !on
	}
	return false, false
}
