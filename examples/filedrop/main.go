// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command filedrop is a domain that keeps files for others, in memory. They bring
// them by qubes.Filecopy, as a Qubes user copies files to any domain, see what is
// there by domlet.Files, and get it back by domlet.Fetch, which is given names on
// its standard input, a line each, and copies what they name to whoever calls it:
//
//	domlet-qrexec copy report.pdf filedrop
//	domlet-qrexec call filedrop domlet.Files
//	echo work/report.pdf | domlet-qrexec call filedrop domlet.Fetch
//
// Who may do which of these is the policy's to say; that filedrop may copy files to
// those who fetch is too. Dom0 attaches it to a relay, which is
// services/qrexec/domain:
//
//	domlet-ctl attach -as qrexec filedrop relay
//
// Under Qubes OS, "filedrop qubes" has dom0 as its daemon.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/byvchan"
	"github.com/domlet/domlet/services/qrexec/filecopy"
	"github.com/domlet/domlet/services/qrexec/vm"
	"github.com/domlet/domlet/xen/platform/local"
)

// It has package net for the types of connections, and no network.
//
//domlet:offline

// dir is where the files are: below it, a directory for each domain that brought some.
const dir = "/drop"

// Limits of one copy.
const (
	maxBytes = 16 << 20
	maxFiles = 1000
)

func main() {
	if err := run(context.Background(), len(os.Args) > 1 && os.Args[1] == "qubes"); err != nil {
		fmt.Fprintln(os.Stderr, "filedrop:", err)
		os.Exit(1)
	}
}

// drop is the place.
type drop struct {
	root  *os.Root
	agent *qrexec.Agent
}

func run(ctx context.Context, qubes bool) error {
	p, err := local.Open(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	mux := qrexec.NewMux()
	d := &drop{root, &qrexec.Agent{
		Transport: byvchan.New(p, qubes),
		Handler:   mux,
		Go:        func(f func()) { go f() },
		Logf:      func(format string, args ...any) { fmt.Printf(format+"\n", args...) },
	}}
	limits := filecopy.Options{Bytes: maxBytes, Files: maxFiles}
	mux.Handle(filecopy.Service, filecopy.Handler(limits, d.place, func(source string, things int64, err error) {
		fmt.Printf("%s brought %d files and directories: %v\n", source, things, err)
	}))
	mux.HandleFunc("domlet.Files", d.files)
	mux.HandleFunc("domlet.Fetch", d.fetch)
	fmt.Println("serving")
	if qubes {
		vm.Register(mux, p.Clock)
		return vm.Run(ctx, d.agent, "qrexec")
	}
	return byvchan.Run(ctx, p.Store, d.agent)
}

// place is where the files of a domain go.
func (d *drop) place(source string) (filecopy.Tree, error) {
	if err := d.root.MkdirAll(source, 0o700); err != nil {
		return nil, err
	}
	own, err := d.root.OpenRoot(source)
	if err != nil {
		return nil, err
	}
	return filecopy.Directory(own), nil
}

// files lists what is there: size and name.
func (d *drop) files(_ context.Context, r *qrexec.Request) int {
	err := fs.WalkDir(d.root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			_, err = fmt.Fprintf(r.Stdout, "%10d %s\n", info.Size(), name)
		}
		return err
	})
	return d.code(r, err)
}

// fetch copies to the caller what it names.
func (d *drop) fetch(ctx context.Context, r *qrexec.Request) int {
	var names []string
	for lines := bufio.NewScanner(io.LimitReader(r.Stdin, 1<<16)); lines.Scan(); {
		names = append(names, strings.TrimSuffix(lines.Text(), "/"))
	}
	call, err := d.agent.Call(ctx, r.Source, filecopy.Service, "")
	if err != nil {
		return d.code(r, err)
	}
	return d.code(r, filecopy.Copy(call, func(s *filecopy.Sender) error {
		for _, name := range names {
			if err := s.Send(d.root.FS(), name, path.Base(name)); err != nil {
				return err
			}
		}
		return nil
	}))
}

// code tells the caller what went wrong.
func (d *drop) code(r *qrexec.Request, err error) int {
	if err != nil {
		fmt.Fprintln(r.Stderr, "filedrop:", err)
		return 1
	}
	return 0
}
