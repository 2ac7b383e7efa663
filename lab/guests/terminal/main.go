// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command terminal reads standard input. Its argument says how:
//
//	sum      to the end; prints how many bytes that were, and their SHA-256
//	lines    by lines, to the end; prints each, quoted
//	keys     as a terminal without a line discipline; prints six bytes, quoted
//	nobody   not at all: it prints "ready" and waits
//
// Before that it prints whether it is a terminal, and of what size.
package main

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"time"
)

func main() {
	columns, rows, ok := window(os.Stdin)
	fmt.Printf("terminal=%t %dx%d\n", ok, columns, rows)
	if err := read(os.Args[1]); err != nil {
		fmt.Println("FAIL", err)
		os.Exit(1)
	}
	fmt.Println("ok", os.Args[1])
}

func read(how string) error {
	switch how {
	case "sum":
		h := sha256.New()
		n, err := io.Copy(h, os.Stdin)
		fmt.Printf("%d bytes %x\n", n, h.Sum(nil))
		return err
	case "lines":
		s := bufio.NewScanner(os.Stdin)
		for s.Scan() {
			fmt.Printf("line %q\n", s.Text())
		}
		return s.Err()
	case "keys":
		return keys()
	}
	fmt.Println("ready")
	time.Sleep(time.Hour)
	return nil
}

// keys makes the terminal raw, for as long as it reads.
func keys() error {
	before, err := raw(os.Stdin)
	if err != nil {
		return err
	}
	fmt.Print("press\r\n")
	b := make([]byte, 6)
	_, err = io.ReadFull(os.Stdin, b)
	if e := set(os.Stdin, before); err == nil {
		err = e
	}
	fmt.Printf("pressed %q\n", b)
	return err
}
