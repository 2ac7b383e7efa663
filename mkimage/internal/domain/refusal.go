// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What xl's refusals mean to somebody who starts an image. Runs in dom0.

package domain

import (
	"errors"
	"strconv"
	"strings"

	"github.com/domlet/domlet/mkimage/internal/xlcfg"
)

// refusals map a part of what xl 4.17 writes to what to do. The first that fits
// wins; {memory}, {vcpus} and {name} stand for the domain's.
var refusals = []struct{ part, advice string }{
	{"xc_dom_chk_alloc_pages", "{memory} MiB are too little to hold the image: give the domain more memory"},
	{"not enough memory for initial mapping", "{memory} MiB are too little to map the image: give the domain more memory"},
	{"can't allocate low memory", "Xen has no {memory} MiB left: give the domain less memory, or end other domains"},
	{"contains too many VCPUS", "Xen gives no domain {vcpus} vCPUs: ask for fewer"},
	{"no loader found", "Xen refuses the image as a kernel: build it again with mkimage build"},
	{"not capable of booting inside a HVM container", "the image was built for pv domains only: build it again, or use type pv"},
	{"already exists", "a domain named {name} exists already: give this one another name, or end that one"},
}

// explain turns a failed xl create into one line that says what to do.
func explain(err error, c *xlcfg.Config) error {
	var failed *xlError
	if !errors.As(err, &failed) {
		return err
	}
	for _, r := range refusals {
		if strings.Contains(failed.stderr, r.part) {
			fill := strings.NewReplacer("{memory}", strconv.Itoa(c.Memory), "{vcpus}", strconv.Itoa(c.VCPUs),
				"{name}", c.Name)
			return errors.New(fill.Replace(r.advice))
		}
	}
	return err
}
