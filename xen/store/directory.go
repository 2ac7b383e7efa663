// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The children of a node, also where they do not fit into one message. Any
// goroutine.

package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/domlet/domlet/xen/abi"
)

// maxDirectory bounds, in bytes, what a list of children may take up here: a
// xenstored that sends more of them is not believed.
const maxDirectory = 1 << 20

// List returns the names of a node's children, in no particular order.
func (n Nodes) List(ctx context.Context, path string) ([]string, error) {
	reply, err := n.call(ctx, abi.XS_DIRECTORY, path, nil)
	var refused *Error
	if errors.As(err, &refused) && refused.Name == "E2BIG" {
		return n.listParts(ctx, path)
	}
	if err != nil {
		return nil, err
	}
	names, ok := childNames(reply)
	if !ok {
		return nil, n.c.garbled(abi.XS_DIRECTORY, reply)
	}
	return names, nil
}

// listParts reads a long list in parts, and from the start again when the node
// changes meanwhile.
func (n Nodes) listParts(ctx context.Context, path string) ([]string, error) {
	var all []byte
	generation := ""
	for {
		reply, err := n.call(ctx, abi.XS_DIRECTORY_PART, path, list(strconv.Itoa(len(all))))
		if err != nil {
			return nil, err
		}
		p, ok := parsePart(reply)
		if !ok {
			return nil, n.c.garbled(abi.XS_DIRECTORY_PART, reply)
		}
		if len(all) > 0 && p.generation != generation {
			all = nil
			continue
		}
		generation, all = p.generation, append(all, p.names...)
		if len(all) > maxDirectory {
			return nil, fmt.Errorf("xenstore: list %s: the names of its children take more than %d bytes", path, maxDirectory)
		}
		if p.last {
			names, ok := childNames(all)
			if !ok {
				return nil, n.c.garbled(abi.XS_DIRECTORY_PART, reply)
			}
			return names, nil
		}
	}
}

// part is one part of a long list.
type part struct {
	generation string // changes with the node
	names      []byte // each followed by a zero byte
	last       bool
}

// parsePart takes an answer apart: the generation, a zero byte, and names; the
// last part ends with an empty name. One that is not the last must have names.
func parsePart(reply []byte) (part, bool) {
	generation, rest, ok := strings.Cut(string(reply), "\x00")
	if !ok || rest == "" {
		return part{}, false
	}
	if _, err := strconv.ParseUint(generation, 10, 64); err != nil {
		return part{}, false
	}
	if rest == "\x00" {
		return part{generation, nil, true}, true
	}
	if strings.HasSuffix(rest, "\x00\x00") {
		return part{generation, []byte(rest[:len(rest)-1]), true}, true
	}
	return part{generation, []byte(rest), false}, strings.HasSuffix(rest, "\x00")
}

// childNames splits a list of names. False: one cannot be a name.
func childNames(b []byte) ([]string, bool) {
	names, ok := splitList(b)
	bad := slices.ContainsFunc(names, func(s string) bool { return s == "" || strings.Contains(s, "/") })
	return names, ok && !bad
}
