// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Pages, by connections that stay open: each asks for the next when it has the last.
// On goroutines.

package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

// web measures how many pages a server gives, and how soon.
func web(args []string) error {
	n, d, err := countAndTime(args[1:])
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: n}}
	url := "http://" + args[0] + "/"
	if _, err := visit(client, url, n, d/4); err != nil { // warms both ends up
		return err
	}
	start := time.Now()
	took, err := visit(client, url, n, d)
	total := time.Since(start)
	if len(took) == 0 {
		return errors.Join(err, errors.New("no page came"))
	}
	slices.Sort(took)
	fmt.Printf("requests=%d ns=%d p50=%d p99=%d\n", len(took), total.Nanoseconds(),
		took[len(took)/2].Nanoseconds(), took[len(took)*99/100].Nanoseconds())
	return err
}

// visit has n visitors ask for pages for a while, and returns how long each took.
func visit(client *http.Client, url string, n int, d time.Duration) (all []time.Duration, err error) {
	var mu sync.Mutex
	var visitors sync.WaitGroup
	end := time.Now().Add(d)
	for range n {
		visitors.Go(func() {
			var took []time.Duration
			var failed error
			for failed == nil && time.Now().Before(end) {
				start := time.Now()
				failed = fetch(client, url)
				took = append(took, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			all, err = append(all, took...), errors.Join(err, failed)
		})
	}
	visitors.Wait()
	return all, err
}

// fetch gets one page.
func fetch(client *http.Client, url string) error {
	r, err := client.Get(url)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err == nil && string(text) != "hello, world\n" {
		err = fmt.Errorf("the page is %q", text)
	}
	return err
}

// get prints a page.
func get(args []string) error {
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	r, err := client.Get(args[0])
	if err != nil {
		return err
	}
	defer r.Body.Close()
	_, err = io.Copy(os.Stdout, r.Body)
	return err
}
