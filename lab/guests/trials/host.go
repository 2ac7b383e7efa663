// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// There is nothing to try outside a test image.

//go:build !domlet || !domlettest

package main

import "errors"

func try(string) error { return errors.New("build it with mkimage and GOFLAGS=-tags=domlettest") }
