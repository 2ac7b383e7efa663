// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// There are no event channels in an ordinary process.

//go:build !domlet

package main

func events() error { return nil }
