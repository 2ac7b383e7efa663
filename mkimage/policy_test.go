// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage policy as a user meets it. Nothing here boots.

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// policyFiles writes a policy and a list of domains, and goes there.
func policyFiles(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{
		"good/10.policy": "demo.Copy * @tag:office vault deny\n!include more\ndemo.Copy * @tag:office @default ask\n",
		"good/more":      "demo.Echo +x * @anyvm allow target=vault user=echo\n",
		"bad/10.policy":  "demo.Copy * work mail\n\ndemo.Copy * work mail alow\n",
		"domains":        "work tags=office\nmail tags=office\nvault\ndvm template_for_dispvms=yes\n",
		"wrong-domains":  "work tag=office\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	return dir
}

// TestPolicy runs the command. DIR stands for the directory in what is wanted.
func TestPolicy(t *testing.T) {
	dir := policyFiles(t)
	for _, c := range []struct {
		line, stdout, stderr string
		code                 int
	}{
		{"check good", "3 rules, no errors\n", "", 0},
		{"check good/10.policy", "3 rules, no errors\n", "", 0},
		{"check bad", "", "DIR/bad/10.policy:1: a rule has five words and this line has 4: write SERVICE +ARGUMENT SOURCE TARGET allow|deny|ask\n" +
			"DIR/bad/10.policy:3: unknown action \"alow\": write allow, deny or ask\n", 1},
		{"check good nowhere", "", "DIR/nowhere: cannot be read: no such file or directory\n", 1},
		{"check", "", "", 2},
		{"check -colour good", "", "", 2},
		{"explain demo.Echo+x work mail", "", "", 2},
		{"explain -policy good demo.Echo work", "", "", 2},
		{"explain -policy bad demo.Echo work mail", "", "DIR/bad/10.policy:1: a rule has", 1},
		{"explain -policy good -domains wrong-domains demo.Echo work mail", "", "", 1},
		{"explain -policy good demo.Echo+x work mail", "denied at DIR/good/more:1: the rule's target does not exist\n" +
			"  rule: demo.Echo +x * @anyvm allow target=vault user=echo\n", "", 3},
		{"explain -policy good -domains domains demo.Echo+x work mail", "allowed by DIR/good/more:1\n" +
			"  rule: demo.Echo +x * @anyvm allow target=vault user=echo\n  goes to: vault\n  user: echo\n", "", 0},
		{"explain -policy good -domains domains demo.Echo work mail", "denied: no rule matches\n", "", 3},
		{"explain -policy good -domains domains demo.Copy work vault", "denied by DIR/good/10.policy:1\n  rule: demo.Copy * @tag:office vault deny\n", "", 3},
		{"explain -policy good -domain work -domain vault demo.Copy work vault", "denied: no rule matches\n", "", 3},
		{"explain -v -policy good -domains domains demo.Copy mail nobody", "passed DIR/good/10.policy:1, another target: demo.Copy * @tag:office vault deny\n" +
			"passed DIR/good/more:1, another service: demo.Echo +x * @anyvm allow target=vault user=echo\n" +
			"denied at DIR/good/10.policy:3: there is no target to choose from\n  rule: demo.Copy * @tag:office @default ask\n" +
			"  no domain is called nobody: it counts as @default\n", "", 3},
	} {
		stdout, stderr, code := policyCommand(t, strings.Fields(c.line))
		wantOut, wantErr := strings.ReplaceAll(c.stdout, "DIR", dir), strings.ReplaceAll(c.stderr, "DIR", dir)
		if code != c.code || stdout != wantOut || !strings.HasPrefix(stderr, wantErr) {
			t.Errorf("mkimage policy %s: code %d, want %d\n%s%s\nwant\n%s%s", c.line, code, c.code, stdout, stderr, wantOut, wantErr)
		}
	}
}

// What somebody would be asked has a code of its own.
func TestPolicyAsk(t *testing.T) {
	dir := policyFiles(t)
	ask := filepath.Join(dir, "ask")
	if err := os.WriteFile(ask, []byte("demo.Copy * work vault ask\ndemo.Copy * work @default ask default_target=mail\ndemo.Copy * work mail allow\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	stdout, _, code := policyCommand(t, []string{"explain", "-policy", "ask", "-domains", "domains", "-domain", "other", "demo.Copy", "work", "@default"})
	want := "to be asked, by " + ask + ":2\n  rule: demo.Copy * work @default ask default_target=mail\n  choice: mail vault\n  offered first: mail\n"
	if stdout != want || code != 4 {
		t.Errorf("code %d\n%s\nwant\n%s", code, stdout, want)
	}
}

// policyCommand runs mkimage policy in this process.
func policyCommand(t *testing.T, words []string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs strings.Builder
	root := newRootCommand()
	root.SetArgs(normalizeArgs(root, append([]string{"policy"}, words...)))
	root.SetOut(&out)
	root.SetErr(&errs)
	err := root.ExecuteContext(t.Context())
	return out.String(), errs.String(), exitCode(err)
}
