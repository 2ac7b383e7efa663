// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What is asked of xl. Runs in dom0.

package domain

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Toolstack says where dom0's tools are. The zero value means the usual
// places.
type Toolstack struct {
	XL    string // program; "xl" if empty
	Store string // socket or device of xenstored
}

// IsDom0 reports whether this machine is a Xen dom0: the kernel says so in
// /proc/xen/capabilities.
func IsDom0() bool {
	text, err := os.ReadFile("/proc/xen/capabilities")
	return err == nil && strings.Contains(string(text), "control_d")
}

// xl runs one xl command in a process group of its own, so that an interrupt
// at the terminal does not stop it halfway, and returns its output. A command
// that fails gives an error with what xl wrote to stderr.
func (t *Toolstack) xl(args ...string) (string, error) {
	name := t.XL
	if name == "" {
		name = "xl"
	}
	cmd := exec.Command(name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("there is no xl: install xen-utils, or run this where dom0's tools are")
	}
	if err != nil {
		return "", &xlError{verb: args[0], status: err, stderr: stderr.String()}
	}
	return stdout.String(), nil
}

// xlError is a failed xl command.
type xlError struct {
	verb   string
	status error
	stderr string
}

// Error gives xl's first complaint: the later ones follow from it, and what has
// no "error" in it is chatter.
func (e *xlError) Error() string {
	for line := range strings.Lines(e.stderr) {
		if strings.Contains(strings.ToLower(line), "error") {
			return fmt.Sprintf("xl %s: %s", e.verb, strings.TrimSpace(line))
		}
	}
	return strings.TrimSpace(fmt.Sprintf("xl %s: %v %s", e.verb, e.status, e.stderr))
}

// create starts the domain that a configuration file describes. With -e no
// process stays behind to watch over it.
func (t *Toolstack) create(config string) error {
	_, err := t.xl("create", "-q", "-e", config)
	return err
}

// destroy ends a domain and gives back its memory.
func (t *Toolstack) destroy(id string) error {
	_, err := t.xl("destroy", id)
	return err
}

// A state is what Xen thinks of a domain.
type state struct {
	gone   bool // no such domain, or on its way out
	down   bool // it ended and is kept
	reason int  // with down: one of the shutdown reasons
}

// The reasons of a shutdown, SHUTDOWN_* of xen/include/public/sched.h.
const (
	reasonPoweroff = 0
	reasonReboot   = 1
)

// state asks for the state of a domain. xl list -v prints, after a line of
// headings: name, number, MiB, vCPUs, flags, seconds, UUID, reason, label.
func (t *Toolstack) state(id string) (state, error) {
	text, err := t.xl("list", "-v", id)
	var failed *xlError
	if errors.As(err, &failed) && strings.Contains(failed.stderr, "does not exist") {
		return state{gone: true}, nil
	}
	if err != nil {
		return state{}, err
	}
	_, row, _ := strings.Cut(text, "\n")
	return parseState(strings.Fields(row))
}

func parseState(row []string) (state, error) {
	if len(row) < 8 || len(row[4]) != 6 {
		return state{}, fmt.Errorf("cannot read what xl list says: %q", strings.Join(row, " "))
	}
	reason, err := strconv.ParseInt(row[7], 16, 32)
	return state{
		gone:   strings.Contains(row[4], "d"),
		down:   strings.Contains(row[4], "s") && err == nil,
		reason: int(reason),
	}, nil
}

// lastWords returns what Xen's own log says of a domain, from the first line
// that names it, 40 lines at most, without empty parts of its stack; "" if it says
// nothing.
func (t *Toolstack) lastWords(id string) string {
	text, err := t.xl("dmesg")
	if err != nil {
		return ""
	}
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		if names(line, id) {
			return strings.Join(slices.DeleteFunc(lines[i:min(i+40, len(lines))], isZeros), "")
		}
	}
	return ""
}

// isZeros reports whether a line of Xen's log has nothing but zeros.
func isZeros(line string) bool {
	words, found := strings.CutPrefix(strings.TrimSpace(line), "(XEN) ")
	return found && strings.Trim(words, " 0") == ""
}

// names reports whether a line of Xen's log speaks of the domain: as d5, d5v0,
// Domain 5 or dom5.
func names(line, id string) bool {
	for _, word := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" :,()[]\n", r) }) {
		vcpu, _, _ := strings.Cut(word, "v")
		if vcpu == "d"+id || word == "dom"+id {
			return true
		}
	}
	return strings.Contains(line, "Domain "+id+" ")
}
