// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// An ordinary process has no kernel of its own and no event channels.

//go:build !domlet

package main

func atMain() string { return "" }

func events() error { return nil }

func interrupts() error { return nil }
