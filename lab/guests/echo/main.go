// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command echo prints, as one JSON object, the arguments and the environment it
// was started with. What it prints must be what its caller wrote down, however
// many hands quoted it on the way.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// Started is what the program prints. Bytes that are not UTF-8 would not
// survive JSON's strings, so every string travels as a byte slice (base64).
type Started struct {
	Args [][]byte
	Env  [][]byte
}

func main() {
	text, err := json.Marshal(Started{Args: raw(os.Args), Env: raw(os.Environ())})
	if err != nil {
		fmt.Println("FAIL echo:", err)
		os.Exit(1)
	}
	fmt.Println(string(text))
}

func raw(words []string) [][]byte {
	out := make([][]byte, len(words))
	for i, word := range words {
		out[i] = []byte(word)
	}
	return out
}
