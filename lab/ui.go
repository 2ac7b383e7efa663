// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file tells the user about slow steps: a bar where stderr is a terminal,
// plain lines elsewhere.

package lab

import (
	"fmt"
	"io"
	"os"

	"github.com/domlet/domlet/lab/internal/debian"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// ui writes what goes on to w.
type ui struct{ w io.Writer }

// logf writes one line.
func (u *ui) logf(format string, args ...any) {
	fmt.Fprintf(u.w, "lab: "+format+"\n", args...)
}

// step runs f under a name and shows its progress in bytes.
func (u *ui) step(name string, f func(debian.Progress) error) error {
	if file, ok := u.w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return u.bar(name, f)
	}
	said := false
	return f(func(_, total int64) {
		if !said {
			u.logf("%s (%d MB)", name, total/1e6)
			said = true
		}
	})
}

// bar runs f behind a progress bar.
func (u *ui) bar(name string, f func(debian.Progress) error) error {
	p := mpb.New(mpb.WithOutput(u.w), mpb.WithWidth(40))
	bar := p.AddBar(0,
		mpb.PrependDecorators(decor.Name("lab: "+name+" ")),
		mpb.AppendDecorators(decor.CountersKiloByte("% .0f / % .0f")))
	err := f(func(done, total int64) {
		bar.SetTotal(total, false)
		bar.SetCurrent(done)
	})
	bar.EnableTriggerComplete()
	bar.Abort(false) // a no-op when complete
	p.Wait()
	return err
}
