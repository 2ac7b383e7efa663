// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Peers that are killed in the middle. A domain has goroutines in a page that a
// process in dom0 has mapped, or has granted, with as many goroutines of its own in
// it; the process is killed while the domain closes the page. On goroutines.

package main

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/platform/local"
	"github.com/domlet/domlet/xen/vchan"
	"github.com/domlet/domlet/xen/xentest/granttest"
)

// killPort is where the domain and the process that kills talk to each other. The
// domain listens. In each round they say, a number in each line:
//
//	domain: the page that a process in dom0 shall map, or 0: it shall grant one
//	dom0:   the page that it granted, or 0; its goroutines are in the page
//	domain: 0, only if a page was granted: it is mapped
//	dom0:   0; the process is dead
const killPort = 7001

// killing runs one of the three roles.
func killing(role string, words []string) error {
	numbers := make([]uint64, len(words))
	for i, word := range words {
		var err error
		if numbers[i], err = strconv.ParseUint(word, 10, 32); err != nil {
			return err
		}
	}
	if role == "prey" && len(words) == 2 {
		t, err := grant.Local() // and nothing else: it is started thousands of times
		if err != nil {
			return err
		}
		return prey(t, abi.Domid_t(numbers[0]), grant.Ref(numbers[1]))
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

func (l line) say(n grant.Ref) error {
	_, err := fmt.Fprintln(l, n)
	return err
}

func (l line) hear() (grant.Ref, error) { return readRef(l.in) }

func readRef(r *bufio.Reader) (grant.Ref, error) {
	text, err := r.ReadString('\n')
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	return grant.Ref(n), err
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

// survivePages grants a page to the process that will be killed.
func survivePages(t grant.Table, killer line) error {
	s, err := t.Share(0, 1, false)
	if err != nil {
		return err
	}
	granttest.Fill(s.Memory(), mark)
	if err := killer.say(s.Refs()[0]); err != nil {
		return err
	}
	if _, err := killer.hear(); err != nil {
		return err
	}
	if err := granttest.Storm(s.Memory(), 0, mark, sometime(s.Close)); err != nil {
		return err
	}
	_, err = killer.hear()
	return err
}

// surviveMappings maps a page of the process that will be killed.
func surviveMappings(t grant.Table, killer line) error {
	if err := killer.say(0); err != nil {
		return err
	}
	ref, err := killer.hear()
	if err != nil {
		return err
	}
	m, err := t.Map(0, []grant.Ref{ref}, false)
	if err != nil {
		return err
	}
	if err := killer.say(0); err != nil {
		return err
	}
	if err := granttest.Storm(m.Memory(), 0, mark, sometime(m.Close)); err != nil {
		return err
	}
	_, err = killer.hear()
	return err
}

// sometime closes after a moment, in which somebody may be killed.
func sometime(closePage func() error) func() error {
	return func() error {
		moment()
		return closePage()
	}
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
		ref, err := domain.hear()
		if err != nil {
			fmt.Println("killed", rounds)
			return nil
		}
		if err := killOne(domain, survivor, ref); err != nil {
			return err
		}
	}
}

// killOne kills one process while it, and the domain, are in a page. One that grants
// lives until the domain has the page.
func killOne(domain line, survivor abi.Domid_t, ref grant.Ref) error {
	victim := exec.Command("/proc/self/exe", "prey", strconv.Itoa(int(survivor)), strconv.FormatUint(uint64(ref), 10))
	victim.Stderr = os.Stderr
	out, err := victim.StdoutPipe()
	if err != nil {
		return err
	}
	if err := victim.Start(); err != nil {
		return err
	}
	granted, err := readRef(bufio.NewReader(out))
	if err == nil {
		err = domain.say(granted)
	}
	if err == nil && ref == 0 {
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
	return domain.say(0)
}

// prey uses a page that it maps, or that it grants where ref is 0, until it is
// killed. When all its goroutines are in the page it prints the reference of one that
// it grants, and 0 otherwise.
func prey(t grant.Table, survivor abi.Domid_t, ref grant.Ref) error {
	var page *grant.Memory
	granted := grant.Ref(0)
	if ref == 0 {
		s, err := t.Share(survivor, 1, false)
		if err != nil {
			return err
		}
		page, granted = s.Memory(), s.Refs()[0]
		granttest.Fill(page, mark)
	} else {
		m, err := t.Map(survivor, []grant.Ref{ref}, false)
		if err != nil {
			return err
		}
		page = m.Memory()
	}
	return granttest.Storm(page, 1, mark, func() error {
		fmt.Println(granted)
		time.Sleep(time.Hour) // it does not live so long
		return nil
	})
}
