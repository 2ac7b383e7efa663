// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command signals is what happens to a program from outside, and what it asks of
// its process. Each word is a case; "=" and a word may follow.
//
//	notify     signals that the program sends itself reach a channel
//	ignore     an ignored signal does nothing; one that is reset is back
//	context    signal.NotifyContext ends
//	many       signals from many goroutines, none to the wrong channel
//	thread     a signal for one thread, and for one that is not there
//	process    number, name, user, limits, what cannot exist
//	debug      runtime/debug
//	die=NAME   the program sends itself a signal that it does not handle
//	wait=HOW   says "ready" and goes on for ever: asleep, busy, parked, store
//	tidy       says "ready"; at SIGTERM cleans up and ends with 0
//	stubborn   says "ready"; at the first SIGTERM says so, at the second ends
//	alive      says "ready" and then that it is alive, ten times a second
//	host       prints its host's name
//
// It prints "ok" and the word, and ends with 1 at the first case that fails.
package main

import (
	"fmt"
	"os"
	"strings"
)

var cases = map[string]func(arg string) error{
	"notify": notify, "ignore": ignore, "context": endOfContext, "many": many, "thread": toThread,
	"process": process, "debug": debugging, "host": host,
	"die": die, "wait": wait, "tidy": tidy, "stubborn": stubborn, "alive": alive,
}

func main() {
	for _, word := range os.Args[1:] {
		name, arg, _ := strings.Cut(word, "=")
		f := cases[name]
		if f == nil {
			fmt.Println("FAIL: no case", word)
			os.Exit(1)
		}
		if err := f(arg); err != nil {
			fmt.Printf("FAIL %s: %v\n", word, err)
			os.Exit(1)
		}
		fmt.Println("ok", word)
	}
}
