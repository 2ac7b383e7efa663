// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package goobj reads the functions in Go object files and archives, so that
// the tests of the gate can look at all functions of a package, also at those
// that no program links. It runs on the host, in tests. The layout is that of
// the toolchain's cmd/internal/goobj, unchanged from Go 1.20 to 1.27.
package goobj

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Function is a function that an object file defines.
type Function struct {
	Name string // as the linker names it
	Code []byte // not relocated: addresses in it are zero
}

const (
	arMagic      = "!<arch>\n"
	arHeaderSize = 60
	magic        = "\x00go120ld"
	offsets      = 20 // of the table of blocks, from magic
	symbolSize   = 21
	kindText     = 1 // the kinds of symbol that are code
	kindTextFIPS = 2
)

// The blocks that matter, by number: four consecutive ones define symbols.
const (
	blockSymdef = 3
	blockNoDefs = 7 // the first that defines none
	blockIndex  = 13
	blockData   = 16
)

// Functions gives all functions of a Go archive or of a single object file.
func Functions(file []byte) (all []Function, err error) {
	defer func() {
		if recover() != nil { // an offset led out of the file
			err = errors.New("damaged Go object file")
		}
	}()
	if !bytes.HasPrefix(file, []byte(arMagic)) {
		return object(file)
	}
	for file = file[len(arMagic):]; len(file) >= arHeaderSize; {
		size, err := strconv.Atoi(strings.TrimSpace(string(file[48:58])))
		if err != nil {
			return nil, fmt.Errorf("damaged Go archive: %w", err)
		}
		member := file[arHeaderSize : arHeaderSize+size]
		if isObject(string(file[:16])) {
			functions, err := object(member)
			if err != nil {
				return nil, err
			}
			all = append(all, functions...)
		}
		file = file[arHeaderSize+(size+1)&^1:]
	}
	return all, nil
}

// isObject tells the members with Go code from export data and what a package
// brings along from a C compiler.
func isObject(name string) bool {
	return !strings.HasPrefix(name, "__.PKGDEF") && !strings.Contains(name, ".syso")
}

// object reads one object file: a text header that ends with "!", then blocks.
func object(file []byte) (all []Function, err error) {
	_, obj, found := bytes.Cut(file, []byte("\n!\n"))
	if !found || !bytes.HasPrefix(obj, []byte(magic)) {
		return nil, errors.New("not a Go object file of a known layout")
	}
	word := func(at uint32) uint32 { return binary.LittleEndian.Uint32(obj[at:]) }
	block := func(n uint32) uint32 { return word(offsets + 4*n) }
	data, index := block(blockData), block(blockIndex)
	for at := block(blockSymdef); at < block(blockNoDefs); at += symbolSize {
		if kind := obj[at+10]; kind == kindText || kind == kindTextFIPS {
			size, name := word(at), word(at+4)
			all = append(all, Function{
				Name: string(obj[name : name+size]),
				Code: obj[data+word(index) : data+word(index+4)],
			})
		}
		index += 4
	}
	return all, nil
}
