// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package vet prints a string as a number, which go vet finds.
package vet

import "fmt"

func vet() { fmt.Printf("%d\n", "text") }
