// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage symbolize: a crash dump's addresses as Go functions and lines, and the
// same for a domain that mkimage run saw crash. Runs on the host and in dom0.

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/domlet/domlet/mkimage/internal/symbolize"
)

func newSymbolizeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "symbolize [PACKAGE|IMAGE] < DUMP",
		Short: "Name the Go functions and lines in a crash dump",
		Long: `Read the dump of a crashed domain from standard input, as its console or xl dmesg
shows it, and name what the addresses in it stand for: the instruction that trapped,
the data it touched, and the calls on the stack. The addresses are those of IMAGE, or
of the image that the program in PACKAGE (default: the working directory) gives. mkimage
run does this by itself.`,
		Example: "  mkimage lab sh -- xl dmesg | mkimage symbolize ./examples/hello",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			img, remove, err := imageNamed(cmd.Context(), args)
			if err != nil {
				return err
			}
			defer remove()
			dump, err := io.ReadAll(os.Stdin)
			if err != nil {
				return err
			}
			return printSymbols(os.Stdout, img.File, dump)
		},
	}
}

// printSymbols names the addresses in a dump, and takes none for an error.
func printSymbols(w io.Writer, image string, dump []byte) error {
	table, err := symbolize.Load(image)
	if err != nil {
		return err
	}
	n, err := table.Print(w, string(dump))
	if err == nil && n == 0 {
		err = errors.New("no address of the image in a crash dump: give what the console or xl dmesg says, and the image that crashed")
	}
	return err
}

// A recorder passes a stream on and remembers its end.
type recorder struct {
	to  io.Writer
	end []byte
}

// memory is how many bytes of its stream a recorder remembers, at least.
const memory = 16 << 10

// Write passes p on.
func (r *recorder) Write(p []byte) (int, error) {
	r.end = append(r.end, p...)
	if surplus := len(r.end) - memory; surplus > memory {
		r.end = append(r.end[:0], r.end[surplus:]...)
	}
	return r.to.Write(p)
}

// explainCrash names the addresses in what a domain and Xen said last, if there
// are any: a program that panicked has printed its trace itself.
func explainCrash(w io.Writer, image string, streams ...*recorder) {
	table, err := symbolize.Load(image)
	if err != nil {
		return // the crash is what matters
	}
	var names bytes.Buffer
	for _, r := range streams {
		table.Print(&names, string(r.end))
	}
	if names.Len() > 0 {
		fmt.Fprintf(w, "mkimage: where it crashed, in the image (the stack's words may be old):\n%s", names.Bytes())
	}
}
