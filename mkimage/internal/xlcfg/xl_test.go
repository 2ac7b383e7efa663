// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Quoting against the real xl. Runs on the host; xl runs in the lab.

package xlcfg

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/lab/labtest"
)

func TestMain(m *testing.M) { os.Exit(labtest.Main(m)) }

// TestXLReadsQuotes has the lab's xl read many strings and print them again.
// Bytes from 0x80 on are left out, since JSON cannot carry them all: a command
// line holds none.
func TestXLReadsQuotes(t *testing.T) {
	l := labtest.Need(t)
	want := []string{"", `"`, `\`, `\"`, `\\n`, "\n", "\t\r\v\f\a\b", `it's`, `# [x], "y" ; z=`, "\x7f", `\x41`, `$(x)`}
	random := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		want = append(want, randomText(random))
	}
	got := readByXL(t, l, want)
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("string %d: xl has %q, sent was %q", i, got[i:min(i+1, len(got))], want[i])
		}
	}
}

// randomText returns up to 40 bytes of ASCII with a taste for what matters.
func randomText(random *rand.Rand) string {
	const spicy = `\"'nrtx01`
	text := make([]byte, random.IntN(40))
	for i := range text {
		text[i] = byte(1 + random.IntN(0x7f))
		if random.IntN(3) == 0 {
			text[i] = spicy[random.IntN(len(spicy))]
		}
	}
	return string(text)
}

// dryRun has xl read a configuration from standard input and print it.
const dryRun = `f=$(mktemp) && cat >"$f" && xl create -q -n "$f"; code=$?; rm -f "$f"; exit $code`

// readByXL puts strings into a configuration, as a setting that is a list, and
// returns what xl understands.
func readByXL(t *testing.T, l *lab.Lab, texts []string) []string {
	t.Helper()
	var out, errs bytes.Buffer
	c := l.Command(t.Context(), "sh", "-c", dryRun)
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(withList(t, texts)), &out, &errs
	if code, err := c.Run(); err != nil || code != 0 {
		t.Fatalf("xl create -n: code %d, %v\n%s", code, err, errs.String())
	}
	var domain struct {
		Info struct {
			Args []string `json:"bootloader_args"`
		} `json:"b_info"`
	}
	if err := json.Unmarshal(out.Bytes(), &domain); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return domain.Info.Args
}

// withList returns a configuration with texts as a list of strings.
func withList(t *testing.T, texts []string) []byte {
	t.Helper()
	c := valid()
	config, err := c.Text()
	if err != nil {
		t.Fatal(err)
	}
	quoted := make([]string, len(texts))
	for i, text := range texts {
		if quoted[i], err = quote(text); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Appendf(config, "bootloader = \"x\"\nbootloader_args = [ %s ]\n", strings.Join(quoted, ", "))
}
