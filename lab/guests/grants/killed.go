// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Peers that are killed in the middle. A domain has goroutines in pages that a
// process in dom0 has mapped, or has granted, with as many goroutines of its own in
// each; the process is killed while the domain closes them. On goroutines.

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/platform/local"
	"github.com/domlet/domlet/xen/vchan"
	"github.com/domlet/domlet/xen/xentest/granttest"
)

// killPort is where the domain and the process that kills talk to each other. The
// domain listens. In each round they say, in a line each:
//
//	domain: the pages that a process in dom0 shall map, or none: it shall grant some
//	dom0:   the pages that it granted, or none; its goroutines are in the pages
//	domain: none, only if pages were granted: they are mapped
//	dom0:   none; the process is dead
const killPort = 7001

// atOnce is how many pages a process has that is killed.
const atOnce = 10

// killing runs one of the three roles.
func killing(role string, words []string) error {
	numbers := make([]grant.Ref, len(words))
	for i, word := range words {
		n, err := strconv.ParseUint(word, 10, 32)
		if err != nil {
			return err
		}
		numbers[i] = grant.Ref(n)
	}
	if role == "prey" && len(words) > 0 {
		t, err := grant.Local() // and nothing else: it is started thousands of times
		if err != nil {
			return err
		}
		return prey(t, abi.Domid_t(numbers[0]), numbers[1:])
	}
	ctx := context.Background()
	p, err := local.Open(ctx)
	if err != nil {
		return err
	}
	switch {
	case role == "survive" && len(words) == 1:
		return survive(ctx, p, int(numbers[0]))
	case role == "kill" && len(words) == 1:
		return kill(ctx, p, abi.Domid_t(numbers[0]))
	}
	return fmt.Errorf("%s: %d numbers are too few or too many", role, len(words))
}

// line is a conversation in numbers.
type line struct {
	net.Conn
	in *bufio.Reader
}

func newLine(c net.Conn) line { return line{c, bufio.NewReader(c)} }

func (l line) say(refs ...grant.Ref) error { return sayRefs(l, refs) }

func sayRefs(w io.Writer, refs []grant.Ref) error {
	_, err := fmt.Fprintln(w, strings.Trim(fmt.Sprint(refs), "[]"))
	return err
}

func (l line) hear() ([]grant.Ref, error) { return readRefs(l.in) }

func readRefs(r *bufio.Reader) (refs []grant.Ref, err error) {
	text, err := r.ReadString('\n')
	for _, word := range strings.Fields(text) {
		n, e := strconv.ParseUint(word, 10, 32)
		if e != nil {
			return nil, fmt.Errorf("%q are no references", text)
		}
		refs = append(refs, grant.Ref(n))
	}
	return refs, err
}

// page is one that two sides have, as one of them has it.
type page struct {
	memory *grant.Memory
	close  func() error
}

// grantSome grants pages to a domain.
func grantSome(t grant.Table, peer abi.Domid_t) (pages []page, refs []grant.Ref, err error) {
	for range atOnce {
		s, err := t.Share(peer, 1, false)
		if err != nil {
			return nil, nil, err
		}
		granttest.Fill(s.Memory(), mark)
		pages, refs = append(pages, page{s.Memory(), s.Close}), append(refs, s.Refs()[0])
	}
	return pages, refs, nil
}

// mapEach maps pages of a domain.
func mapEach(t grant.Table, peer abi.Domid_t, refs []grant.Ref) (pages []page, err error) {
	for _, ref := range refs {
		m, err := t.Map(peer, []grant.Ref{ref}, false)
		if err != nil {
			return nil, err
		}
		pages = append(pages, page{m.Memory(), m.Close})
	}
	return pages, nil
}

// storms has goroutines in all pages until they leave each.
func storms(pages []page, side uint32, leave func(page) error) (err error) {
	ends := make(chan error)
	for _, p := range pages {
		go func() { ends <- granttest.Storm(p.memory, side, mark, func() error { return leave(p) }) }()
	}
	for range pages {
		err = errors.Join(err, <-ends)
	}
	return err
}

// mark is what every word of a page holds.
const mark = 0x5eed5eed

// survive is the domain: n rounds, in each of which its peer is killed.
func survive(ctx context.Context, p *platform.Platform, n int) error {
	l, err := vchan.Listen(ctx, p, 0, vchan.Path(0, killPort), vchan.Rings{})
	if err != nil {
		return err
	}
	defer l.Close()
	c, err := l.Accept()
	if err != nil {
		return err
	}
	defer c.Close()
	killer, before := newLine(c), p.Grants.Stats()
	for i := range n {
		round := survivePages
		if i%2 == 1 {
			round = surviveMappings
		}
		if err := round(p.Grants, killer); err != nil {
			return fmt.Errorf("round %d: %w", i, err)
		}
		if err := settle(p.Grants, before); err != nil {
			return fmt.Errorf("after round %d: %w", i, err)
		}
	}
	fmt.Printf("ok survive=%d\n", n)
	return nil
}

// survivePages grants pages to the process that will be killed.
func survivePages(t grant.Table, killer line) error {
	pages, refs, err := grantSome(t, 0)
	if err == nil {
		err = killer.say(refs...)
	}
	if err == nil {
		_, err = killer.hear()
	}
	if err == nil {
		err = storms(pages, 0, closeSometime)
	}
	if err == nil {
		_, err = killer.hear()
	}
	return err
}

// surviveMappings maps pages of the process that will be killed.
func surviveMappings(t grant.Table, killer line) error {
	if err := killer.say(); err != nil {
		return err
	}
	refs, err := killer.hear()
	if err != nil {
		return err
	}
	pages, err := mapEach(t, 0, refs)
	if err == nil {
		err = killer.say()
	}
	if err == nil {
		err = storms(pages, 0, closeSometime)
	}
	if err == nil {
		_, err = killer.hear()
	}
	return err
}

// closeSometime closes after a moment, in which somebody may be killed.
func closeSometime(p page) error {
	moment()
	return p.close()
}

// moment is short, and different each time.
func moment() { time.Sleep(time.Duration(rand.IntN(5000)) * time.Microsecond) }

// settle waits until nothing is left over. Linux unmaps the pages of a dead process
// when it has time.
func settle(t grant.Table, before grant.Stats) error {
	now := t.Stats()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); now = t.Stats() {
		if now.Shared == before.Shared && now.Deferred == before.Deferred && now.Mapped == before.Mapped {
			return nil
		}
		time.Sleep(time.Millisecond)
	}
	return fmt.Errorf("left over: %+v, before %+v", now, before)
}

// kill is dom0's half: it starts the processes and kills them.
func kill(ctx context.Context, p *platform.Platform, survivor abi.Domid_t) error {
	c, err := vchan.Dial(ctx, p, survivor, vchan.Path(0, killPort))
	if err != nil {
		return err
	}
	defer c.Close()
	domain := newLine(c)
	for rounds := 0; ; rounds++ {
		refs, err := domain.hear()
		if err != nil {
			fmt.Println("killed", rounds)
			return nil
		}
		if err := killOne(domain, survivor, refs); err != nil {
			return err
		}
	}
}

// killOne kills one process while it, and the domain, are in their pages. One that
// grants lives until the domain has them.
func killOne(domain line, survivor abi.Domid_t, refs []grant.Ref) error {
	words := []string{"prey", strconv.Itoa(int(survivor))}
	for _, ref := range refs {
		words = append(words, strconv.FormatUint(uint64(ref), 10))
	}
	victim := exec.Command("/proc/self/exe", words...)
	victim.Stderr = os.Stderr
	out, err := victim.StdoutPipe()
	if err != nil {
		return err
	}
	if err := victim.Start(); err != nil {
		return err
	}
	granted, err := readRefs(bufio.NewReader(out))
	if err == nil {
		err = domain.say(granted...)
	}
	if err == nil && len(refs) == 0 {
		_, err = domain.hear()
	}
	if err == nil {
		moment()
	}
	victim.Process.Kill()
	victim.Wait() // says that it was killed
	if err != nil {
		return err
	}
	return domain.say()
}

// prey uses pages that it maps, or that it grants where there are none, until it is
// killed. When all its goroutines are in the pages it prints those that it grants.
func prey(t grant.Table, survivor abi.Domid_t, refs []grant.Ref) error {
	var granted []grant.Ref
	pages, err := mapEach(t, survivor, refs)
	if len(refs) == 0 {
		pages, granted, err = grantSome(t, survivor)
	}
	if err != nil {
		return err
	}
	var outside sync.WaitGroup
	outside.Add(len(pages))
	go func() {
		outside.Wait()
		sayRefs(os.Stdout, granted)
	}()
	return storms(pages, 1, func(page) error {
		outside.Done()
		time.Sleep(time.Hour) // it does not live so long
		return nil
	})
}
