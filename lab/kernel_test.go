// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Tests of the Linux guests and of their kernel.

package lab

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"
)

func TestLinuxGuest(t *testing.T) {
	l := open(t)
	guest, err := l.Linux(t.Context())
	if err != nil {
		t.Fatal(err, l.Diagnose(t.Context(), linuxName))
	}
	defer guest.Close()
	out, err := guest.Output(t.Context(), "sh", "-c", "cat /sys/hypervisor/guest_type; hostname; xenstore-read domid")
	if err != nil || !strings.HasPrefix(out, "PV\nlinux\n") {
		t.Errorf("the guest says %q, %v", out, err)
	}
	id := sh(t, l, "xl domid "+linuxName)
	if !strings.HasSuffix(out, "\n"+id) {
		t.Errorf("the guest says %q, its id is %q", out, id)
	}
	again, err := l.Linux(t.Context())
	if err != nil || sh(t, l, "xl domid "+linuxName) != id {
		t.Errorf("a second guest was started (%v)", err)
	}
	again.Close()
}

// TestTwoLinuxGuests: they are two domains with an address each.
func TestTwoLinuxGuests(t *testing.T) {
	if os.Getenv("DOMLET_LAB") != "long" {
		t.Skip("boots two Linux guests; run with DOMLET_LAB=long")
	}
	l := open(t)
	var ids []string
	for number := range 2 {
		guest, err := l.LinuxGuest(t.Context(), 1+number)
		if err != nil {
			t.Fatal(err, l.Diagnose(t.Context(), LinuxName(1+number)))
		}
		defer guest.Close()
		id, err := guest.Output(t.Context(), "sh", "-c", "ping -c 1 -W 20 10.13.0.2 >&2 && ping -c 1 -W 20 10.13.0.1 >&2 && xenstore-read domid")
		if err != nil || id != sh(t, l, "xl domid "+LinuxName(1+number)) {
			t.Errorf("guest %d says %q, %v", 1+number, id, err)
		}
		ids = append(ids, id)
	}
	if ids[0] == ids[1] {
		t.Errorf("both are domain %s", ids[0])
	}
}

func TestKernelPayload(t *testing.T) {
	image := make([]byte, 4096)
	copy(image[0x202:], "HdrS")
	image[0x1f1] = 1
	binary.LittleEndian.PutUint32(image[0x248:], 100)
	binary.LittleEndian.PutUint32(image[0x24c:], 20)
	copy(image[1024+100:], "\xfd7zXZ\x000123456789size")
	got, err := kernelPayload(image)
	if err != nil || string(got) != "\xfd7zXZ\x000123456789" {
		t.Errorf("payload %q, %v", got, err)
	}
	for name, spoil := range map[string]func(){
		"other compression": func() { image[1024+100] = 0 },
		"cut short":         func() { binary.LittleEndian.PutUint32(image[0x24c:], 1<<31) },
		"no kernel":         func() { image[0x202] = 0 },
	} {
		saved := append([]byte(nil), image...)
		spoil()
		if _, err := kernelPayload(image); err == nil {
			t.Errorf("%s: taken", name)
		}
		copy(image, saved)
	}
	if _, err := kernelPayload(nil); err == nil {
		t.Error("an empty file was taken")
	}
}
