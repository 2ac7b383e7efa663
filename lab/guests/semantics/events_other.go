// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The cases about event channels where there are none. On Linux only.

//go:build !domlet

package main

import "errors"

func eventStorm(string) error { return errors.New("no event channels here: this is no domain") }
