// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package encode writes the command line of a domain, as package cmdline reads
// it. It runs on the host, in mkimage.
package encode

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/domlet/domlet/rt/kernel/cmdline"
)

// Key is one parameter for the kernel.
type Key struct{ Name, Value string }

// Params is what a domain is told when it starts.
type Params struct {
	Keys  []Key    // for the kernel, in this order
	Env   []string // the environment, as NAME=value
	Argv0 string   // the program's own name; empty leaves it to the kernel
	Argv  []string // the program's arguments, without its name
}

// Line returns the command line for p. It may be longer than Xen carries: see
// Command. An error names the entry that cannot be expressed.
func Line(p Params) (string, error) {
	var words []string
	for _, k := range p.Keys {
		if err := checkKey(k.Name); err != nil {
			return "", err
		}
		words = append(words, k.Name+"="+k.Value)
	}
	for _, e := range p.Env {
		if strings.IndexByte(e, '=') < 1 {
			return "", fmt.Errorf("environment entry %q: write it as NAME=value", e)
		}
		words = append(words, "env."+e)
	}
	if p.Argv0 != "" {
		words = append(words, "argv0="+p.Argv0)
	}
	if len(p.Argv) > 0 {
		words = append(append(words, cmdline.Separator), p.Argv...)
	}
	return join(words)
}

// checkKey refuses names that would not come back as they went.
func checkKey(name string) error {
	if name == "argv0" || strings.HasPrefix(name, "env.") {
		return fmt.Errorf("kernel parameter %q: use the program's name or its environment instead", name)
	}
	if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-.") != "" {
		return fmt.Errorf("kernel parameter %q: a name has letters a-z, digits, '_', '-' and '.' only", name)
	}
	return nil
}

// join quotes the words and checks what is common to all.
func join(words []string) (string, error) {
	var b strings.Builder
	for i, w := range words {
		if strings.IndexByte(w, 0) >= 0 {
			return "", fmt.Errorf("%q: a command line cannot carry a byte of 0; remove it", clip(w))
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word(w))
	}
	if b.Len() > cmdline.MaxBlock {
		return "", fmt.Errorf("the command line is %d bytes long and may be %d at most; pass less, or pass it in a file", b.Len(), cmdline.MaxBlock)
	}
	return b.String(), nil
}

// clip shortens a word for a message.
func clip(w string) string {
	const most = 60
	if len(w) > most {
		return w[:most] + "..."
	}
	return w
}

// word returns w as it stands in a line: quoted or escaped, whichever is
// shorter.
func word(w string) string {
	if w == "" {
		return "''"
	}
	escaped := escape(w)
	if len(escaped) > len(w)+2 && quotable(w) {
		return "'" + w + "'"
	}
	return escaped
}

// quotable reports whether w can stand between quotes.
func quotable(w string) bool {
	for _, c := range []byte(w) {
		if c == '\'' || !printable(c) {
			return false
		}
	}
	return true
}

func printable(c byte) bool { return c >= 0x20 && c <= 0x7e }

func escape(w string) string {
	var b strings.Builder
	for _, c := range []byte(w) {
		switch {
		case !printable(c):
			fmt.Fprintf(&b, `\x%02x`, c)
		case c == ' ' || c == '\'' || c == '\\':
			b.Write([]byte{'\\', c})
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Fits reports whether Xen carries the line as it is.
func Fits(line string) bool { return len(line) <= cmdline.MaxLine }

// Block returns the line in the form that stands at the front of a ramdisk. The
// line is one that Line returned.
func Block(line string) []byte {
	b := make([]byte, 0, cmdline.BlockHeader+len(line)+cmdline.BlockAlign)
	b = append(b, cmdline.BlockMagic...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(line)))
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = append(b, line...)
	return append(b, make([]byte, -len(b)&(cmdline.BlockAlign-1))...)
}

// Command returns what Xen is to carry for p, and what must stand at the front
// of the ramdisk: nothing when the line fits.
func Command(p Params) (line string, block []byte, err error) {
	line, err = Line(p)
	if err != nil || Fits(line) {
		return line, nil, err
	}
	return cmdline.BlockWord, Block(line), nil
}
