// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A domain on a CPU that has no randomness to give. Host; boots domains.

package outside

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
)

// bareConfig is a domain whose CPU has neither RDRAND nor RDSEED, which mkimage
// has no flag for. Its console is kept by xenconsoled. Without vcpus, xl gives a
// PVH domain too little memory for Xen's own tables.
const bareConfig = `name = %[1]q
type = %[2]q
kernel = "/tmp/%[1]s"
memory = 16
vcpus = 1
cpuid = "host,rdrand=0,rdseed=0"
on_poweroff = "destroy"
on_crash = "destroy"
`

// bareScript runs such a domain and prints its console, once its last line is there.
const bareScript = `xl create /tmp/$1.cfg >&2 || exit 1
for i in $(seq 600); do xl domid $1 >/dev/null 2>&1 || break; sleep 0.2; done
xl destroy $1 2>/dev/null
for i in $(seq 600); do grep -q "^domlet: panic" /var/log/xen/console/guest-$1.log && break; sleep 0.2; done
cat /var/log/xen/console/guest-$1.log
rm -f /tmp/$1 /tmp/$1.cfg /var/log/xen/console/guest-$1.log`

// TestNoEntropy wants a domain that has no source of entropy to say so and end.
func TestNoEntropy(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, testNoEntropy)
}

func testNoEntropy(t *testing.T, mode string) {
	name := fmt.Sprintf("noentropy-%s-%d", mode, os.Getpid())
	config := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(config, fmt.Appendf(nil, bareConfig, name, mode), 0o644); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{domtest.Image(t, "./examples/hello"): name, config: name + ".cfg"} {
		if r := domtest.Run(t, 5*time.Minute, domtest.Mkimage(t), "lab", "cp", from, "dom0:/tmp/"+to); r.Code != 0 {
			t.Fatal(r.Tail())
		}
	}
	const want = "domlet: no source of entropy: the CPU has neither RDSEED nor RDRAND\r\ndomlet: panic\r\n"
	if got := domtest.Dom0(t, "sh", "-c", bareScript, "sh", name); got != want {
		t.Errorf("the console has %q, want %q", got, want)
	}
}
