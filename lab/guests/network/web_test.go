// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The two servers among the examples, asked from everywhere. Host; boots domains.

package network

import (
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
)

// freePort is a port of this machine's that nobody else listens on, with its address:
// one of the loopback network, so that no program is given the port meanwhile.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", fmt.Sprintf("127.%d.%d.%d:0", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254)))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// get fetches a page to this machine, as soon as somebody serves it.
func get(t *testing.T, url string) (text string) {
	t.Helper()
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // the domain signs its certificate itself
	}}
	var err error
	for end := time.Now().Add(4 * time.Minute); time.Now().Before(end); time.Sleep(time.Second) {
		var r *http.Response
		if r, err = client.Get(url); err != nil {
			continue
		}
		var b []byte
		b, err = io.ReadAll(r.Body)
		r.Body.Close()
		if err == nil {
			return string(b)
		}
	}
	t.Fatalf("%s: %v", url, err)
	return ""
}

// wantHello fails the test if a page is not that of examples/http.
func wantHello(t *testing.T, from, page string) {
	t.Helper()
	if !strings.HasPrefix(page, "hello from ") {
		t.Errorf("%s: the page is %q", from, page)
	}
}

// smallestWeb is the memory, in MiB, that examples/http is promised to serve in.
const smallestWeb = 24

// TestWebServer fetches pages from examples/http by HTTP and by HTTPS: from dom0 with
// curl, from a Linux domain with busybox's wget, and from this machine through a port
// that leads there.
func TestWebServer(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		plain, secret := freePort(t), freePort(t)
		n := start(t, mode, "./examples/http", smallestWeb, []string{"-p", plain + ":80", "-p", secret + ":443"})
		on, program := linux(t)
		for _, scheme := range []string{"http", "https"} {
			url := scheme + "://" + n.address + "/"
			wantHello(t, "curl "+scheme, curl(t, "-k", url))
			wantHello(t, "Go's client, "+scheme, output(t, on, program, "get", url))
		}
		wantHello(t, "wget", output(t, on, "wget", "-q", "-O", "-", "http://"+n.address+"/"))
		if head := curl(t, "-k", "-I", "--http2", "https://"+n.address+"/"); !strings.HasPrefix(head, "HTTP/2 200") {
			t.Errorf("HTTP/2: %q", head)
		}
		for _, url := range []string{"http://" + plain + "/", "https://" + secret + "/"} {
			wantHello(t, url, get(t, url))
		}
	})
}

// zone is what examples/dns is to know.
var zone = []string{
	"domlet.test. 60 IN SOA ns.domlet.test. root.domlet.test. 1 3600 600 86400 60",
	"www.domlet.test. 60 IN A 10.13.0.40",
	"www.domlet.test. 60 IN AAAA fd00::40",
	"domlet.test. 60 IN MX 10 mail.domlet.test.",
}

// TestNameServer asks examples/dns for names, over UDP and TCP: from dom0 with dig,
// from a Linux domain with busybox's nslookup, and from another domain, whose name
// server it is, with Go's own resolver.
func TestNameServer(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		n := start(t, mode, "./examples/dns", 64, nil, zone...)
		dom0 := tooled(t).Remote
		for _, question := range []struct{ words, want string }{
			{"+noall +answer www.domlet.test A", "10.13.0.40"},
			{"+noall +answer +tcp www.domlet.test AAAA", "fd00::40"},
			{"+noall +answer domlet.test MX", "10 mail.domlet.test."},
			{"+noall +comments nobody.domlet.test A", "status: NXDOMAIN"},
			{"+noall +comments www.domlet.test TXT", "status: NOERROR"},
			{"+noall +comments www.example.org A", "status: REFUSED"},
		} {
			words := append([]string{"dig", "@" + n.address, "+tries=60", "+time=2"}, strings.Fields(question.words)...)
			if got := output(t, dom0, words...); !strings.Contains(got, question.want) {
				t.Errorf("dig %s lacks %q:\n%s", question.words, question.want, got)
			}
		}
		on, _ := linux(t)
		if got := output(t, on, "nslookup", "www.domlet.test", n.address); !strings.Contains(got, fmt.Sprintln("Address: 10.13.0.40")) {
			t.Errorf("nslookup: %s", got)
		}
		asks := domtest.Guest{Mode: mode, Pkg: netpeer, Args: []string{"serve"}, Within: time.Hour}
		address := freeAddress()
		asks.Flags = []string{"-net", address + "/24,dns=" + n.address}
		domtest.Start(t, asks).Expect("serving at", 1, 5*time.Minute)
		for name, want := range map[string]string{"www.domlet.test": "10.13.0.40 fd00::40\n", "nobody.domlet.test": "no such host"} {
			if got := curl(t, "http://"+address+"/lookup?name="+name); !strings.Contains(got, want) {
				t.Errorf("the domain finds of %s: %q, want %q", name, got, want)
			}
		}
	})
}

// TestThirdParty: other people's modules use the network, unchanged.
func TestThirdParty(t *testing.T) {
	domtest.NeedLong(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		words := []string{"dns", "grpc", "quic", "xnet", "icmp"}
		g := domtest.Guest{Mode: mode, Pkg: "./lab/guests/thirdparty", Args: words, Memory: 128}
		for _, w := range words {
			g.Want = append(g.Want, "ok "+w)
		}
		domtest.Check(t, g, domtest.Boot(t, g))
	})
}
