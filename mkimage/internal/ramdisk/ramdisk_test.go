// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What is in an archive, and what is refused. Host.

package ramdisk

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/u-root/u-root/pkg/cpio"
)

// read returns the records of an archive by name.
func read(t *testing.T, o Options) map[string]cpio.Record {
	t.Helper()
	var b bytes.Buffer
	if err := o.Write(&b); err != nil {
		t.Fatal(err)
	}
	list, err := cpio.ReadAllRecords(cpio.Newc.Reader(bytes.NewReader(b.Bytes())))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]cpio.Record{}
	for _, r := range list {
		all[r.Name] = r
	}
	return all
}

func text(t *testing.T, r cpio.Record) string {
	t.Helper()
	if r.ReaderAt == nil {
		return ""
	}
	b, err := io.ReadAll(io.NewSectionReader(r.ReaderAt, 0, int64(r.FileSize)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// sample makes a small tree.
func sample(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, err := range []error{
		os.MkdirAll(dir+"/sub/deep", 0o750), os.WriteFile(dir+"/sub/deep/file", []byte("hello\n"), 0o640), os.WriteFile(dir+"/top", nil, 0o755),
		os.Symlink("sub/deep/file", dir+"/link"), os.Link(dir+"/sub/deep/file", dir+"/sub/again"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFiles(t *testing.T) {
	dir := sample(t)
	all := read(t, Options{Files: []string{dir, dir + "/sub:/given/data", dir + "/top:/etc/conf"}})
	for name, want := range map[string]string{
		"sub": "", "sub/deep": "", "sub/deep/file": "hello\n", "top": "", "link": "sub/deep/file",
		"given/data": "", "given/data/deep/file": "", "etc/conf": "",
	} {
		r, ok := all[name]
		if !ok {
			t.Errorf("%s is missing", name)
		} else if got := text(t, r); want != "" && got != want && r.NLink < 2 {
			t.Errorf("%s holds %q", name, got)
		}
	}
	if r := all["sub/deep/file"]; r.Mode != cpio.S_IFREG|0o640 || r.NLink != 2 || r.UID != 0 {
		t.Errorf("sub/deep/file: %+v", r.Info)
	}
}

func TestRefused(t *testing.T) {
	dir := sample(t)
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, o := range map[string]Options{
		"no such file":             {Files: []string{dir + "/none"}},
		"neither a file nor":       {Files: []string{dir}},
		"comes from":               {Files: []string{dir + "/top:/x", dir + "/link:/x"}},
		"no certificate in PEM":    {Certificates: dir + "/top"},
		"no such time zone":        {Zone: "Mars/Olympus"},
		"-certs " + dir + "/none:": {Certificates: dir + "/none"},
	} {
		if err := o.Write(io.Discard); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v, want %q", o, err, want)
		}
	}
	out := filepath.Join(dir, "out")
	if err := (&Options{Files: []string{dir + "/none"}}).WriteFile(out); err == nil {
		t.Error("wrote what is not there")
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("half an archive was left")
	}
}

func TestZones(t *testing.T) {
	all := read(t, Options{Zone: "Europe/Berlin"})
	if got := text(t, all["etc/localtime"]); got != "/usr/share/zoneinfo/Europe/Berlin" {
		t.Errorf("localtime is %q", got)
	}
	for _, zone := range []string{"UTC", "America/New_York"} {
		if got := text(t, all["usr/share/zoneinfo/"+zone]); !strings.HasPrefix(got, "TZif") {
			t.Errorf("%s: %d bytes, no zone", zone, len(got))
		}
	}
}

// authority makes a certificate in PEM form.
func authority(t *testing.T) string {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true}
	der, err := x509.CreateCertificate(nil, c, c, public, private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestCertificates(t *testing.T) {
	authority := authority(t)
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte(authority), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := text(t, read(t, Options{Certificates: file})["etc/ssl/certs/ca-certificates.crt"]); got != authority {
		t.Errorf("%d bytes", len(got))
	}
	damaged := strings.Replace(authority, "MI", "AA", 1)
	if err := os.WriteFile(file, []byte(damaged), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&Options{Certificates: file}).Write(io.Discard); err == nil || !strings.Contains(err.Error(), "certificate number 1") {
		t.Errorf("damaged: %v", err)
	}
}
