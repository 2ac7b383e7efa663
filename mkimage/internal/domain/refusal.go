// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What xl's refusals mean to somebody who starts an image. Runs in dom0.

package domain

import (
	"errors"
	"fmt"
	"strings"

	"github.com/domlet/domlet/mkimage/internal/xlcfg"
)

// refusals map a part of what xl 4.14 to 4.20 writes to what to do. The first
// that fits wins; {memory} and {kernel} stand for the domain's.
var refusals = []struct{ part, advice string }{}

// explain turns a failed xl create into one line that says what to do.
func explain(err error, c *xlcfg.Config) error {
	var failed *xlError
	if !errors.As(err, &failed) {
		return err
	}
	for _, r := range refusals {
		if strings.Contains(failed.stderr, r.part) {
			fill := strings.NewReplacer("{memory}", fmt.Sprint(c.Memory), "{kernel}", c.Kernel, "{name}", c.Name)
			return errors.New(fill.Replace(r.advice))
		}
	}
	return err
}
