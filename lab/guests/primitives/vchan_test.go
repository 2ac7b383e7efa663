// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// vchans between domains, dom0, and programs of the C library. Host; boots
// domains.

package primitives

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/lab/labtest"

	"github.com/domlet/domlet/lab/domtest"
)

const vpeer = "./lab/guests/vpeer"

// cPeer builds testdata/vpeer.c, static so that it runs on any Linux. Without a C
// compiler and Xen's library it skips, which in CI is a failure: its set-up installs
// them.
func cPeer(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "vpeer")
	text, err := exec.Command("gcc", "-O2", "-Wall", "-Werror", "-static", "-o", out, filepath.Join("testdata", "vpeer.c"),
		"-lxenvchan", "-lxenstore", "-lxengnttab", "-lxenevtchn", "-lxentoollog", "-lxentoolcore").CombinedOutput()
	if err != nil {
		const help = "no C peer can be built (Debian: apt-get install gcc libc6-dev libxen-dev)"
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s: %v\n%s", help, err, text)
		}
		t.Skip(help)
	}
	return out
}

// amount is how many bytes go each way between two libraries through rings of that
// size; through the smallest, every kilobyte costs two wake-ups.
func amount(ring int) int {
	small, large := 256<<10, 4<<20
	if domtest.LongClass() {
		small, large = 8<<20, 100<<20
	}
	if ring < 65536 {
		return small
	}
	return large
}

// job is one connection between a domain and something in dom0.
type job struct {
	role, mode  string // of the domain's end
	path        string // below the listener's own
	ring, count int
}

func (j job) words(domain string) []string {
	return []string{j.role, domain, j.path, fmt.Sprint(j.ring), j.mode, fmt.Sprint(j.count)}
}

// counterpart is the same connection, seen from the other end.
func (j job) counterpart() job {
	role := map[string]string{"listen": "dial", "dial": "listen"}
	mode := map[string]string{"send": "recv", "recv": "send", "push": "pull", "pull": "push", "ping": "pong", "pong": "ping"}
	j.role, j.mode = role[j.role], mode[j.mode]
	return j
}

// interopJobs are both roles and both directions.
func interopJobs(ring int) []job {
	var jobs []job
	for _, role := range []string{"listen", "dial"} {
		for _, mode := range []string{"send", "recv"} {
			jobs = append(jobs, job{role, mode, "data/vchan/i/" + domtest.Unique(), ring, amount(ring)})
		}
	}
	return jobs
}

// jobWords are the arguments of a vpeer that does jobs with dom0.
func jobWords(jobs []job) []string {
	var words []string
	for i, j := range jobs {
		if i > 0 {
			words = append(words, "--")
		}
		words = append(words, j.words("0")...)
	}
	return words
}

// home is the absolute path of one that starts at a domain's own.
func home(domain, path string) string { return "/local/domain/" + domain + "/" + path }

// TestVchanC: bytes to and from the C library in dom0, compared one by one, in both
// roles.
func TestVchanC(t *testing.T) {
	domtest.NeedLab(t)
	peer := domtest.Stored(t, cPeer(t))
	domtest.InModes(t, func(t *testing.T, mode string) {
		jobs := slices.Concat(interopJobs(0), interopJobs(4096), interopJobs(65536))
		d := domtest.Domain(t, mode, vpeer, jobWords(jobs)...)
		id := d.Number()
		for _, j := range jobs {
			cJob(t, peer, id, j.counterpart()).Succeed()
		}
		d.Succeed()
	})
}

// cJob starts the C library's end of a job.
func cJob(t *testing.T, peer, id string, j job) *domtest.Speaker {
	listener := id
	if j.role == "listen" {
		listener = "0"
	}
	j.path = home(listener, j.path)
	return domtest.Process(t, labtest.Need(t).Remote, nil, append([]string{peer}, j.words(id)...)...)
}

// TestVchanSocketProxy: the same with vchan-socket-proxy, whose bytes are hashed.
func TestVchanSocketProxy(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		jobs := interopJobs(65536)
		d := domtest.Domain(t, mode, vpeer, jobWords(jobs)...)
		id := d.Number()
		for _, j := range jobs {
			proxy(t, labtest.Need(t), id, j)
		}
		d.Succeed()
	})
}

// proxy is the end in dom0 of a domain's job. As a server it asks its library for the
// smallest rings, 1 and 2 KiB, whatever the job says.
func proxy(t *testing.T, l *lab.Lab, id string, j job) {
	t.Helper()
	words := []string{"client", id, home(id, j.path)}
	if j.role == "dial" {
		words = []string{"server", id, home("0", j.path)}
	}
	const script = `/usr/lib/xen/bin/vchan-socket-proxy --mode="$1" "$2" "$3" - | sha256sum`
	var in io.Reader
	want := sha256.Sum256(nil)
	if j.mode == "send" {
		want = sha256.Sum256(noise(j.count))
	} else {
		in = strings.NewReader(string(noise(j.count)))
	}
	s := domtest.Process(t, l.Remote, in, append([]string{"sh", "-c", script, "proxy"}, words...)...)
	if got := strings.Fields(s.Succeed()); len(got) == 0 || got[0] != hex.EncodeToString(want[:]) {
		t.Errorf("%+v: the proxy's output has the hash %q, want %x", j, got, want)
	}
}

// noise is the beginning of vpeer's pseudo-random bytes.
func noise(count int) []byte {
	b, x := make([]byte, (count+7)/8*8), uint64(0x9e3779b97f4a7c15)
	for i := 0; i < len(b); i += 8 {
		x ^= x >> 12
		x ^= x << 25
		x ^= x >> 27
		binary.LittleEndian.PutUint64(b[i:], x*2685821657736338717)
	}
	return b[:count]
}

// TestVchanGo: domlet's own library at both ends, a process in dom0 and a domain.
func TestVchanGo(t *testing.T) {
	domtest.NeedLab(t)
	peer := domtest.InDom0(t, vpeer)
	domtest.InModes(t, func(t *testing.T, mode string) {
		jobs := interopJobs(1 << 20)
		d := domtest.Domain(t, mode, vpeer, jobWords(jobs)...)
		id := d.Number()
		for _, j := range jobs {
			domtest.Process(t, labtest.Need(t).Remote, nil, append([]string{peer}, j.counterpart().words(id)...)...).Succeed()
		}
		d.Succeed()
	})
}

// pairOf starts two domains that know each other's numbers.
func pairOf(t *testing.T, mode string, first, second []string) (a, b *domtest.Speaker) {
	t.Helper()
	a, b = domtest.Domain(t, mode, vpeer, first...), domtest.Domain(t, mode, vpeer, second...)
	ids := [2]string{a.Number(), b.Number()}
	for i, id := range ids {
		write(t, home(id, "data/peer"), ids[1-i])
		if _, err := labtest.Need(t).Output(t.Context(), "xenstore-chmod", home(id, "data/peer"), "n0", "r"+id); err != nil {
			t.Fatal(err)
		}
	}
	return a, b
}

// write sets a node in xenstore.
func write(t *testing.T, path, value string) {
	t.Helper()
	if _, err := labtest.Need(t).Output(t.Context(), "xenstore-write", path, value); err != nil {
		t.Fatal(err)
	}
}

// TestVchanDomains: domain to domain.
func TestVchanDomains(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		send := job{"listen", "send", "data/vchan/d/1", 65536, amount(65536)}
		recv := job{"listen", "recv", "data/vchan/d/2", 4096, amount(4096)}
		a, b := pairOf(t, mode,
			append(append(send.words("-"), "--"), recv.words("-")...),
			append(append(send.counterpart().words("-"), "--"), recv.counterpart().words("-")...))
		a.Succeed()
		b.Succeed()
	})
}
