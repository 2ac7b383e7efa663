// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command tlslink completes a TLS handshake with itself. What it shows is that a
// program which links crypto/tls fits into a small domain: the library brings
// 32 MiB of zeroed data along, nearly all of which nobody ever touches.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"time"
)

func main() {
	if err := handshake(); err != nil {
		fmt.Println("FAIL tlslink:", err)
		os.Exit(1)
	}
	fmt.Println("ok tlslink")
}

// handshake joins a client and a server by a pipe in memory and sends a line.
func handshake() error {
	certificate, roots, err := selfSigned()
	if err != nil {
		return err
	}
	near, far := net.Pipe()
	server := tls.Server(far, &tls.Config{Certificates: []tls.Certificate{certificate}})
	client := tls.Client(near, &tls.Config{RootCAs: roots, ServerName: "domlet.test"})
	go func() {
		server.Write([]byte("hello"))
		server.Close()
	}()
	got, err := io.ReadAll(client)
	if err != nil {
		return err
	}
	if string(got) != "hello" {
		return fmt.Errorf("received %q", got)
	}
	return nil
}

// selfSigned makes a certificate for domlet.test, valid for an hour, and a pool
// that trusts it.
func selfSigned() (tls.Certificate, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"domlet.test"}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots, nil
}
