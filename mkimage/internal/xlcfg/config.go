// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The configuration file of one domain. Runs on the host and in dom0.

package xlcfg

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// MaxCommandLine is the longest kernel command line, in bytes, that reaches a
// PV domain whole (MAX_GUEST_CMDLINE of xen/include/public/xen.h less its NUL).
// Xen cuts a longer one without a word.
const MaxCommandLine = 1023

// Config describes one domain to xl. The zero value of an optional field
// leaves the setting out, so that xl's own default holds.
type Config struct {
	Name        string // unique among the domains of the machine
	Type        string // "pv" or "pvh"
	Kernel      string // absolute path of the image, in dom0
	Ramdisk     string // absolute path, in dom0; optional
	CommandLine string // for the kernel, at most MaxCommandLine bytes
	Memory      int    // MiB
	VCPUs       int    // at least 1
	OnEnd       string // what xl does when the domain ends in any way: "destroy" or "preserve"
	TSCMode     string // optional; "native" keeps RDTSC from trapping
	Limits      []Limit
	Vif         string // a network interface, as xl-network-configuration(5) has it; optional
}

// A Limit is a setting that bounds what the domain may ask of Xen.
type Limit struct {
	Name  string // one of LimitNames
	Value int
}

// LimitNames are the names of xl's limits, as xl.cfg(5) explains them.
var LimitNames = []string{"max_event_channels", "max_grant_frames", "max_maptrack_frames", "max_grant_version"}

// nameRE accepts what xl, xenstore paths and log file names all bear.
var nameRE = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.+-]{0,62}$`)

// Text returns the configuration file, or the first error found in c.
func (c *Config) Text() ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	w := writer{}
	w.str("name", c.Name)
	w.str("type", c.Type)
	w.str("kernel", c.Kernel)
	w.optional("ramdisk", c.Ramdisk)
	w.optional("extra", c.CommandLine)
	w.num("memory", c.Memory)
	w.num("vcpus", c.VCPUs)
	for _, key := range endings {
		w.str(key, c.OnEnd)
	}
	w.optional("tsc_mode", c.TSCMode)
	w.list("vif", c.Vif)
	for _, l := range c.Limits {
		w.num(l.Name, l.Value)
	}
	return w.buf.Bytes(), w.err
}

// endings are the settings for the ways a domain ends. A triple fault counts
// as a reboot; soft_reset is left alone, since no domlet kernel asks for one.
var endings = []string{"on_poweroff", "on_reboot", "on_crash", "on_watchdog"}

func (c *Config) check() error {
	switch {
	case !nameRE.MatchString(c.Name):
		return fmt.Errorf("%q is no name for a domain: use a letter, then letters, digits and _.+-, 63 in all", c.Name)
	case c.Type != "pv" && c.Type != "pvh":
		return fmt.Errorf("unknown domain type %q: use pv or pvh", c.Type)
	case c.Kernel == "":
		return errors.New("a domain needs an image as its kernel")
	case c.Memory < 1:
		return fmt.Errorf("%d MiB of memory is too little: a domain needs at least 4", c.Memory)
	case c.VCPUs < 1:
		return fmt.Errorf("%d vCPUs are too few: a domain needs at least 1", c.VCPUs)
	case len(c.CommandLine) > MaxCommandLine:
		return fmt.Errorf("the command line has %d bytes; Xen passes on %d", len(c.CommandLine), MaxCommandLine)
	case c.OnEnd != "destroy" && c.OnEnd != "preserve":
		return fmt.Errorf("unknown action %q at a domain's end: use destroy or preserve", c.OnEnd)
	}
	for _, l := range c.Limits {
		if !slices.Contains(LimitNames, l.Name) {
			return fmt.Errorf("xl has no limit %q: use %s", l.Name, strings.Join(LimitNames, ", "))
		}
	}
	return nil
}

// writer collects settings and keeps the first error.
type writer struct {
	buf bytes.Buffer
	err error
}

func (w *writer) str(key, value string) {
	text, err := quote(value)
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("%s: %w", key, err)
	}
	w.raw(key, text)
}

func (w *writer) optional(key, value string) {
	if value != "" {
		w.str(key, value)
	}
}

// list writes a list of one element, if that is not empty.
func (w *writer) list(key, element string) {
	if element == "" {
		return
	}
	text, err := quote(element)
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("%s: %w", key, err)
	}
	w.raw(key, "["+text+"]")
}

func (w *writer) num(key string, value int) { w.raw(key, strconv.Itoa(value)) }

func (w *writer) raw(key, text string) { fmt.Fprintf(&w.buf, "%s = %s\n", key, text) }
