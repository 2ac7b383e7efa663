// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Domains with a network interface, reached from outside. Host; boots domains.

package outside

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
)

// freePort is the number of a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, number, _ := net.SplitHostPort(l.Addr().String())
	return number
}

// serveUntilDone runs a program as a domain with an interface until the test ends,
// and has ports of this machine lead to those of the domain.
func serveUntilDone(t *testing.T, mode, pkg, address string, ports map[string]string, args ...string) {
	t.Helper()
	words := []string{"run", "-type", mode, "-memory", "96", "-net", address + "/24,gateway=10.13.0.1"}
	for here, there := range ports {
		words = append(words, "-p", here+":"+there)
	}
	cmd := exec.CommandContext(t.Context(), domtest.Mkimage(t), append(append(words, domtest.Image(t, pkg), "--"), args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 30 * time.Second
	var console strings.Builder
	cmd.Stdout, cmd.Stderr = &console, &console
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		cmd.Wait()
	}()
	t.Cleanup(func() { // the test's context has ended
		<-done
		if t.Failed() {
			t.Log(console.String())
		}
	})
}

// get fetches a page, as soon as somebody serves it.
func get(t *testing.T, url string) (text string) {
	t.Helper()
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // the domain signs its certificate itself
	}}
	var err error
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(time.Second) {
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

// TestWebServer fetches pages from examples/http through dom0's bridge, by HTTP and
// by HTTPS.
func TestWebServer(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		plain, secret := freePort(t), freePort(t)
		at := map[string]string{"pv": "10.13.0.40", "pvh": "10.13.0.41"}[mode]
		serveUntilDone(t, mode, "./examples/http", at, map[string]string{plain: "80", secret: "443"})
		for _, url := range []string{"http://127.0.0.1:" + plain + "/", "https://127.0.0.1:" + secret + "/"} {
			for i := range 5 {
				if text := get(t, fmt.Sprint(url, i)); !strings.HasPrefix(text, "hello from ") {
					t.Errorf("%s: %q", url, text)
				}
			}
		}
	})
}

// TestNameServer asks examples/dns for names through dom0's bridge.
func TestNameServer(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		here := freePort(t)
		serveUntilDone(t, mode, "./examples/dns", "10.13.0.42", map[string]string{here: "53"},
			"domlet.test. 60 IN SOA ns.domlet.test. root.domlet.test. 1 3600 600 86400 60", "www.domlet.test. 60 IN A 10.13.0.40")
		resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", "127.0.0.1:"+here)
		}}
		var got []string
		var err error
		for end := time.Now().Add(2 * time.Minute); time.Now().Before(end) && got == nil; time.Sleep(time.Second) {
			got, err = resolver.LookupHost(t.Context(), "www.domlet.test.")
		}
		if err != nil || len(got) != 1 || got[0] != "10.13.0.40" {
			t.Errorf("www is %q, %v", got, err)
		}
		var missing *net.DNSError
		if _, err := resolver.LookupHost(t.Context(), "nobody.domlet.test."); !errors.As(err, &missing) || !missing.IsNotFound {
			t.Errorf("nobody: %v", err)
		}
	})
}
