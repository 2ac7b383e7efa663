// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The whole configuration file, and what it refuses. Runs on the host.

package xlcfg

import (
	"strings"
	"testing"
)

// valid is a configuration that nothing is wrong with.
func valid() Config {
	return Config{Name: "hello-1", Type: "pv", Kernel: "/img/hello", Memory: 8, VCPUs: 1, OnEnd: "preserve"}
}

func TestText(t *testing.T) {
	c := valid()
	c.CommandLine = `argv0=x -- 'a "b"'`
	c.Ramdisk, c.TSCMode = "/img/args", "native"
	c.Limits = []Limit{{"max_grant_frames", 4}}
	got, err := c.Text()
	want := `name = "hello-1"
type = "pv"
kernel = "/img/hello"
ramdisk = "/img/args"
extra = "argv0=x -- 'a \"b\"'"
memory = 8
vcpus = 1
on_poweroff = "preserve"
on_reboot = "preserve"
on_crash = "preserve"
on_watchdog = "preserve"
tsc_mode = "native"
max_grant_frames = 4
`
	if err != nil || string(got) != want {
		t.Errorf("Text: %v\n%s", err, got)
	}
}

func TestTextRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*Config)
		want  string
	}{
		"name":   {func(c *Config) { c.Name = "9lives" }, "no name for a domain"},
		"type":   {func(c *Config) { c.Type = "hvm" }, "use pv or pvh"},
		"kernel": {func(c *Config) { c.Kernel = "" }, "needs an image"},
		"nul":    {func(c *Config) { c.Kernel = "/a\x00b" }, "NUL"},
		"memory": {func(c *Config) { c.Memory = 0 }, "at least 4"},
		"vcpus":  {func(c *Config) { c.VCPUs = 0 }, "at least 1"},
		"line":   {func(c *Config) { c.CommandLine = strings.Repeat("x", 1024) }, "Xen passes on 1023"},
		"limit":  {func(c *Config) { c.Limits = []Limit{{"on_crash", 1}} }, "no limit"},
		"end":    {func(c *Config) { c.OnEnd = "restart" }, "use destroy or preserve"},
	} {
		cfg := valid()
		c.spoil(&cfg)
		if text, err := cfg.Text(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: Text = %q, %v; want an error with %q", name, text, err, c.want)
		}
	}
}
