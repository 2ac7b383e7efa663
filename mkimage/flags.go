// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Flags with one dash, as the go command has them. Runs wherever mkimage does.

package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// normalizeArgs gives every flag of a command two dashes, so that -memory 8
// and --memory 8 mean the same. It leaves alone what is not mkimage's: words
// after --, and after the program's name where a command takes everything
// behind it as the program's.
func normalizeArgs(root *cobra.Command, args []string) []string {
	cmd, rest, err := root.Find(args)
	if err != nil || cmd == root || cmd.DisableFlagParsing {
		return args
	}
	cmd.InheritedFlags() // merges the flags of the commands above
	out := append([]string(nil), args[:len(args)-len(rest)]...)
	for i := 0; i < len(rest); i++ {
		word := rest[i]
		if word == "--" || !isFlag(word) && stopsAtWord(cmd) {
			return append(out, rest[i:]...)
		}
		out = append(out, twoDashes(word))
		if isFlag(word) && takesNext(cmd.Flags(), word) && i+1 < len(rest) {
			i++
			out = append(out, rest[i])
		}
	}
	return out
}

func isFlag(word string) bool { return len(word) > 1 && word[0] == '-' }

// stopsAtWord reports whether the first word that is no flag ends cmd's flags.
func stopsAtWord(cmd *cobra.Command) bool { return cmd.Annotations[programFollows] != "" }

// programFollows marks commands whose arguments are a program and its own.
const programFollows = "program-follows"

// twoDashes turns -name into --name, but keeps -o.
func twoDashes(word string) string {
	if len(word) > 2 && word[0] == '-' && word[1] != '-' && word[2] != '=' {
		return "-" + word
	}
	return word
}

// takesNext reports whether a flag's value is the word behind it.
func takesNext(flags *pflag.FlagSet, word string) bool {
	name := strings.TrimLeft(word, "-")
	if strings.Contains(name, "=") {
		return false
	}
	f := flags.Lookup(name)
	if f == nil && len(name) == 1 {
		f = flags.ShorthandLookup(name)
	}
	return f != nil && f.NoOptDefVal == ""
}
