// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Random numbers. In a domain and on Linux.

package main

import (
	"crypto/rand"
	"fmt"
	"hash/maphash"
	"math"
	mathrand "math/rand/v2"
)

// random prints what two domains made from one image must not share: bytes of
// the system's generator and what the runtime seeded itself with.
func random(string) error {
	var buf [32]byte
	if _, err := rand.Read(buf[:]); err != nil {
		return err
	}
	fmt.Printf("random=%x\n", buf)
	fmt.Printf("runtime=%x\n", mathrand.Uint64())
	fmt.Printf("maphash=%x\n", maphash.String(maphash.MakeSeed(), "domlet"))
	return nil
}

// randomBits looks for gross faults in a MiB of random bytes: a biased byte, or
// an eight-byte block that comes twice.
func randomBits(string) error {
	buf := make([]byte, mebibyte)
	if _, err := rand.Read(buf); err != nil {
		return err
	}
	if chi := chiSquare(buf); chi < 100 || chi > 500 {
		return fmt.Errorf("chi square of 256 byte values is %.0f, far from 255", chi)
	}
	seen := make(map[[8]byte]bool, len(buf)/8)
	for block := range len(buf) / 8 {
		key := [8]byte(buf[block*8:])
		if seen[key] {
			return fmt.Errorf("block %x came twice", key)
		}
		seen[key] = true
	}
	return nil
}

func chiSquare(buf []byte) float64 {
	var counts [256]int
	for _, b := range buf {
		counts[b]++
	}
	expected := float64(len(buf)) / 256
	sum := 0.0
	for _, n := range counts {
		sum += math.Pow(float64(n)-expected, 2) / expected
	}
	return sum
}
