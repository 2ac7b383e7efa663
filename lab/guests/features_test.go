// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What Go finds out about the CPU in a domain, beside what it finds in dom0.
// Host; boots domains.

package guests

import (
	"slices"
	"strings"
	"testing"

	"github.com/domlet/domlet/lab/domtest"
)

// features are the names under which GODEBUG=cpu.NAME=on asks for a feature of
// the CPU (internal/cpu); Go says so at start when the CPU does not have it.
var features = strings.Fields(`adx aes avx avx2 avx512bw avx512cd avx512dq avx512f avx512vl bmi1 bmi2 erms fma fsrm
	pclmulqdq popcnt rdtscp sha sse3 sse41 sse42 ssse3 vpclmulqdq`)

// needXCR0 are those of them that the kernel must turn on.
var needXCR0 = []string{"avx", "avx2", "avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl", "fma", "vpclmulqdq"}

func featureDebug() string { return "GODEBUG=cpu." + strings.Join(features, "=on,cpu.") + "=on" }

// found lists the features that the program whose output is text has found.
func found(t *testing.T, text string) []string {
	t.Helper()
	if !strings.Contains(text, "ok list\n") {
		t.Fatalf("the program did not end well:\n%s", domtest.Ends(text))
	}
	return slices.DeleteFunc(slices.Clone(features), func(name string) bool {
		return strings.Contains(text, `can not enable "`+name+`", missing CPU support`)
	})
}

// TestCPUFeatures compares what Go finds in a domain and in dom0. A PVH domain
// may lack what the kernel must turn on, all of it together: where the machine
// below Xen does not tell it of XSETBV, the kernel finds that out.
func TestCPUFeatures(t *testing.T) {
	domtest.NeedLab(t)
	remote := domtest.InDom0(t, semantics)
	linux := found(t, domtest.Dom0(t, "sh", "-c", featureDebug()+" "+remote+" list 2>&1"))
	t.Logf("dom0: %v", linux)
	domtest.InModes(t, func(t *testing.T, mode string) {
		g := cases("features", 64, "list").In(mode)
		g.Env = []string{featureDebug()}
		domain := found(t, domtest.Boot(t, g).Stdout)
		t.Logf("%s: %v", mode, domain)
		without := slices.DeleteFunc(slices.Clone(linux), func(name string) bool { return slices.Contains(needXCR0, name) })
		if !slices.Equal(domain, linux) && (mode != "pvh" || !slices.Equal(domain, without)) {
			t.Errorf("a %s domain finds %v, dom0 %v", mode, domain, linux)
		}
	})
}

// vectors lists the domains that use AVX, on one vCPU and on two. In the lab no
// PVH domain has it: TestCPUFeatures sees that Go knows.
func vectors(mode string) []domtest.Guest {
	if mode == "pvh" {
		return nil
	}
	two := cases("vectors-on-2-vcpus", 64, "ymm", "vectorcode")
	two.VCPUs = 2
	return []domtest.Guest{cases("vectors", 64, "ymm", "vectorcode"), two}
}
