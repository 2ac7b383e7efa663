// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a program finds that was given files. In a domain and on Linux.

package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// tree prints everything below the working directory, and what is left of it
// after it was copied, written to and removed.
func tree() error {
	if err := fs.WalkDir(os.DirFS("."), ".", show); err != nil {
		return err
	}
	to, err := os.MkdirTemp("", "copy")
	if err != nil {
		return err
	}
	defer os.RemoveAll(to)
	if err := os.CopyFS(filepath.Join(to, "all"), os.DirFS(".")); err != nil {
		return err
	}
	return rewrite(filepath.Join(to, "all"))
}

// show prints one name of a tree.
func show(name string, d fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	info, err := d.Info()
	if err != nil {
		return err
	}
	line := fmt.Sprint(info.Mode(), " ", name)
	switch {
	case info.Mode().IsRegular():
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		line += fmt.Sprintf(" %d %x %d", info.Size(), sha256.Sum256(text), info.ModTime().Unix())
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(name)
		if err != nil {
			return err
		}
		line += " -> " + target
	}
	fmt.Println(line)
	return nil
}

// rewrite changes a byte in the middle of each file through os.Root, and looks
// whether that byte alone is another.
func rewrite(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	changed := 0
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		changed++
		return change(root, name)
	})
	fmt.Println(changed, "files changed")
	return err
}

func change(root *os.Root, name string) error {
	before, err := root.ReadFile(name)
	if err != nil || len(before) == 0 {
		return err
	}
	middle := len(before) / 2
	f, err := root.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte{^before[middle]}, int64(middle))
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	after, err := root.ReadFile(name)
	before[middle] = ^before[middle]
	if err == nil && !bytes.Equal(before, after) {
		err = fmt.Errorf("%s: more changed than the byte that was written", name)
	}
	return err
}

// extras tells of certificates and time zones, or which are missing.
func extras() error {
	noon := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	fmt.Println("local:", noon.Local())
	if berlin, err := time.LoadLocation("Europe/Berlin"); err != nil {
		fmt.Println("zone:", err)
	} else {
		fmt.Println("zone:", noon.In(berlin))
	}
	pool, err := x509.SystemCertPool()
	fmt.Println("certificates:", pool != nil && !pool.Equal(x509.NewCertPool()), err)
	own, err := stranger()
	if err != nil {
		return err
	}
	_, err = own.Verify(x509.VerifyOptions{})
	fmt.Println("verified:", err)
	return nil
}

// stranger makes a certificate that nobody knows.
func stranger() (*x509.Certificate, error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(nil, c, c, public, private)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
