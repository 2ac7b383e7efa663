// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Certificates and time zones. Host.

package ramdisk

import (
	"archive/zip"
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/u-root/u-root/pkg/cpio"
)

// hostCertificates are the files of CA certificates that Linux distributions
// have (crypto/x509's own list).
var hostCertificates = []string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

// certificates adds a file of CA certificates where crypto/x509 looks first.
func (a *archive) certificates(from string) error {
	if from == "host" {
		if from = present(hostCertificates); from == "" {
			return errors.New("this machine has no file of CA certificates; install ca-certificates, or name a file")
		}
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := checkCertificates(text); err != nil {
		return err
	}
	return a.add("/etc/ssl/certs/ca-certificates.crt", from, cpio.StaticFile("", string(text), 0o644))
}

// present returns the first of the files that is there, or "".
func present(files []string) string {
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && info.Mode().IsRegular() {
			return f
		}
	}
	return ""
}

// checkCertificates wants at least one, and no damaged one.
func checkCertificates(text []byte) error {
	n := 0
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return fmt.Errorf("certificate number %d: %w", n+1, err)
		}
		n++
	}
	if n == 0 {
		return errors.New("no certificate in PEM form is in it")
	}
	return nil
}

const zoneDir = "/usr/share/zoneinfo/"

// zones adds the time zones that come with Go, and makes one of them the local
// one.
func (a *archive) zones(local string) error {
	if local == "host" {
		link, err := filepath.EvalSymlinks("/etc/localtime")
		_, name, ok := strings.Cut(link, zoneDir)
		if err != nil || !ok {
			return errors.New("this machine does not say which zone /etc/localtime is; name one, such as UTC")
		}
		local = name
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	file := filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip")
	z, err := zip.OpenReader(file)
	if err != nil {
		return err
	}
	defer z.Close()
	found := false
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		if err := a.zone(f, file); err != nil {
			return err
		}
		found = found || f.Name == local
	}
	if !found {
		return errors.New("there is no such time zone; names are like Europe/Berlin or UTC")
	}
	return a.add("/etc/localtime", file, cpio.Symlink("", zoneDir+local))
}

// zone adds one file of the zip.
func (a *archive) zone(f *zip.File, from string) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	var text bytes.Buffer
	if _, err := io.Copy(&text, r); err != nil {
		return fmt.Errorf("%s in %s: %w", f.Name, from, err)
	}
	return a.add(zoneDir+f.Name, from, cpio.StaticFile("", text.String(), 0o644))
}
