// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A reader for the code in Go object files and archives, so that the tests can
// look at all of a package's functions, also at those that no program links.
// The layout is that of the toolchain's cmd/internal/goobj.

package x86

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"
)

const (
	objMagic      = "\x00go120ld"
	objOffsets    = 20 // file offset of the table of blocks
	objSymdef     = 3  // first of four consecutive blocks of definitions
	objDefsEnd    = 7
	objDataIndex  = 13
	objData       = 16
	objSymbolSize = 21
	objSymbolType = 10 // offset of the kind in a symbol
	objText       = 1  // the kinds that are code
	objTextFIPS   = 2
)

var errObject = errors.New("not a Go object file of the known layout")

// objectCode gives the code of every function in a Go archive or object file.
func objectCode(file []byte) ([][]byte, error) {
	if !bytes.HasPrefix(file, []byte("!<arch>\n")) {
		return memberCode(file)
	}
	var code [][]byte
	for file = file[8:]; len(file) >= 60; {
		size, err := strconv.Atoi(strings.TrimSpace(string(file[48:58])))
		if err != nil || 60+size > len(file) {
			return nil, errObject
		}
		if name := string(file[:16]); !strings.HasPrefix(name, "__.PKGDEF") && !strings.Contains(name, ".syso") {
			c, err := memberCode(file[60 : 60+size])
			if err != nil {
				return nil, err
			}
			code = append(code, c...)
		}
		file = file[60+(size+1)&^1:]
	}
	return code, nil
}

// memberCode reads one object: a text header that ends with "!", then the blocks.
func memberCode(file []byte) ([][]byte, error) {
	_, obj, found := bytes.Cut(file, []byte("\n!\n"))
	if !found || !bytes.HasPrefix(obj, []byte(objMagic)) {
		return nil, errObject
	}
	word := func(at uint32) uint32 { return binary.LittleEndian.Uint32(obj[at:]) }
	block := func(n uint32) uint32 { return word(objOffsets + 4*n) }
	var code [][]byte
	index := block(objDataIndex)
	for at := block(objSymdef); at < block(objDefsEnd); at += objSymbolSize {
		if kind := obj[at+objSymbolType]; kind == objText || kind == objTextFIPS {
			code = append(code, obj[block(objData)+word(index):block(objData)+word(index+4)])
		}
		index += 4
	}
	return code, nil
}
