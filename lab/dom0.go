// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file puts the RAM file systems of dom0 and of the Linux guest together, on
// the developer's machine.

package lab

import (
	"embed"
	"fmt"
	"io"
	"os/exec"
	"path"
	"strings"

	"github.com/domlet/domlet/lab/internal/agent"
	"github.com/domlet/domlet/lab/internal/initrd"
)

// rootfs holds the files that are ours.
//
//go:embed rootfs
var rootfs embed.FS

// The kernel modules that are loaded; what they depend on comes along.
var (
	xenModules  = []string{"xen-privcmd", "xenfs", "xen-evtchn", "xen-gntdev", "xen-gntalloc"}
	dom0Modules = append(xenModules[:len(xenModules):len(xenModules)],
		"bridge", "tun", "loop", "xen-netback", "xen-blkback", "virtio-pci", "virtio-net", "virtio-blk")
	linuxModules = append(xenModules[:len(xenModules):len(xenModules)], "xen-netfront", "xen-blkfront")
)

// writeDom0 writes what every lab's dom0 has in common.
func (p *packages) writeDom0(w io.Writer) error {
	m := initrd.New(p.tree)
	bin, err := p.tree.One("/usr/lib/xen-4*/bin")
	if err != nil {
		return err
	}
	m.Link("/usr/lib/xen", path.Base(path.Dir(bin)))
	addText(m, "/init", "init")
	addText(m, "/etc/xen/xl.conf", "xl.conf")
	addText(m, "/etc/xen/scripts/vif-bridge", "vif-bridge")
	return p.writeSystem(w, m, dom0Modules, bin+"/*", "/usr/bin/xenstore*", "/etc/xen/scripts/*")
}

// writeLinux writes what every Linux guest has in common.
func (p *packages) writeLinux(w io.Writer) error {
	m := initrd.New(p.tree)
	addText(m, "/init", "linux-init")
	return p.writeSystem(w, m, linuxModules, "/usr/bin/xenstore*")
}

// writeSystem completes a Linux system by the files that match patterns, busybox,
// libraries and modules, and writes it.
func (p *packages) writeSystem(w io.Writer, m *initrd.Image, modules []string, patterns ...string) error {
	for _, pattern := range append(patterns, "/bin/busybox", "/bin/date") {
		if err := m.Tree(pattern); err != nil {
			return err
		}
	}
	if err := m.Libraries("libgcc_s.so.1"); err != nil { // loaded when xl cancels a thread
		return err
	}
	if err := m.Modules(modules); err != nil {
		return err
	}
	if err := p.addApplets(m); err != nil {
		return err
	}
	addCommon(m)
	_, err := m.WriteTo(w)
	return err
}

// addApplets links the names of busybox's programs to it, except those that are
// there already. Busybox is static, so it runs here and can be asked.
func (p *packages) addApplets(m *initrd.Image) error {
	busybox, err := p.tree.Resolve("/bin/busybox")
	if err != nil {
		return err
	}
	names, err := exec.Command(busybox, "--list").Output()
	if err != nil {
		return fmt.Errorf("busybox --list: %w", err)
	}
	for _, name := range strings.Fields(string(names)) {
		m.Link("/usr/bin/"+name, "busybox")
	}
	return nil
}

// addCommon adds what every Linux program expects.
func addCommon(m *initrd.Image) {
	for _, dir := range []string{"/proc", "/sys", "/dev", "/run", "/tmp", "/root", "/var/log/xen", "/var/lib/xen"} {
		m.Dir(dir)
	}
	m.Link("/var/run", "../run")
	m.Link("/var/lock", "../run/lock")
	m.Device("/dev/console", 0o600, 5, 1)
	m.Device("/dev/null", 0o666, 1, 3)
	addText(m, "/etc/domlet/base", "base")
	m.Text("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n", 0o644)
	m.Text("/etc/group", "root:x:0:\n", 0o644)
}

// addText adds one of our own files.
func addText(m *initrd.Image, name, file string) {
	text, err := rootfs.ReadFile("rootfs/" + file)
	if err != nil {
		panic(err) // it is part of this program
	}
	m.Text(name, string(text), 0o755)
}

// writePrivate writes what belongs to one lab: its keys and the agent's program.
func writePrivate(w io.Writer, p *packages, k *keys, program string) error {
	m := initrd.New(p.tree)
	m.Text(agent.HostKey, string(k.hostPEM), 0o600)
	m.Text(agent.ClientKey, string(k.clientPublic), 0o600)
	if err := m.File(bootProgram, program); err != nil {
		return err
	}
	_, err := m.WriteTo(w)
	return err
}
