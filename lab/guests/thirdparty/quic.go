// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// github.com/quic-go/quic-go: HTTP/3, with a certificate made on the spot. On
// goroutines.

package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"time"

	"github.com/quic-go/quic-go/http3"
)

func quicCase() error {
	cert, pool, err := certificate()
	if err != nil {
		return err
	}
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &http3.Server{
		TLSConfig: http3.ConfigureTLSConfig(&tls.Config{Certificates: []tls.Certificate{cert}}),
		Handler:   http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }),
	}
	go s.Serve(c)
	defer s.Close()
	t := &http3.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "domlet.test"}}
	defer t.Close()
	client := &http.Client{Transport: t, Timeout: time.Minute}
	data := bytes.Repeat([]byte("through QUIC and back "), 20_000)
	r, err := client.Post("https://"+c.LocalAddr().String()+"/", "text/plain", bytes.NewReader(data))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	back, err := io.ReadAll(r.Body)
	if err != nil || r.ProtoMajor != 3 || !bytes.Equal(back, data) {
		return fmt.Errorf("%s, %d of %d bytes came back, %w", r.Proto, len(back), len(data), err)
	}
	return nil
}

// certificate makes a certificate, and a pool that trusts it.
func certificate() (cert tls.Certificate, pool *x509.CertPool, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return cert, nil, err
	}
	now := time.Now()
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"domlet.test"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		return cert, nil, err
	}
	own, err := x509.ParseCertificate(der)
	if err != nil {
		return cert, nil, err
	}
	pool = x509.NewCertPool()
	pool.AddCert(own)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool, nil
}
