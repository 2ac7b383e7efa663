// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A web server, for HTTP and HTTPS, with a certificate that it signs itself.
// On goroutines.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"log"
	"math/big"
	"net/http"
	"os"
	"time"
)

func main() {
	plain := flag.String("http", ":80", "where to serve HTTP")
	secret := flag.String("https", ":443", "where to serve HTTPS")
	flag.Parse()
	http.HandleFunc("/", hello)
	go func() { log.Fatal(http.ListenAndServe(*plain, nil)) }()
	cert, err := certificate()
	if err != nil {
		log.Fatal(err)
	}
	s := &http.Server{Addr: *secret, TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}}}
	log.Fatal(s.ListenAndServeTLS("", ""))
}

func hello(w http.ResponseWriter, r *http.Request) {
	name, _ := os.Hostname()
	fmt.Fprintf(w, "hello from %s, where it is %s\n", name, time.Now().Format(time.RFC3339))
}

// certificate makes a key and a certificate for any name, for a year.
func certificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	about := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), DNSNames: []string{"*"}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
