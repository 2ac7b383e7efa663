// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file runs the lab's Linux guests for programs on the developer's machine.

package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// The Linux guests: their names and their addresses on dom0's bridge. Kernel and RAM
// file system are disks of dom0's, so that nothing needs to be copied. What the kernel
// does not know of its command line is in the environment of the first program.
const (
	linuxName   = "domlet-linux"
	linuxConfig = `name=%q
type=%q
kernel="/dev/vda"
ramdisk="/dev/vdb"
extra="console=hvc0 quiet domlet_address=%s"
memory=160
vif=["bridge=xenbr0"]
on_poweroff="destroy"
on_reboot="destroy"
on_crash="destroy"
`
)

// linuxBootTime is how long a guest may take; it needs 20 s on an idle machine.
const linuxBootTime = 5 * time.Minute

// Linux connects to the lab's Linux guest, an ordinary PV domain, and starts it
// when it is not up. All processes share it; it ends with the lab, or ten minutes
// after its last client left.
func (l *Lab) Linux(ctx context.Context) (*Remote, error) { return l.LinuxGuest(ctx, 1) }

// LinuxGuest is Linux for programs that need more than one: the first has number 1.
func (l *Lab) LinuxGuest(ctx context.Context, number int) (*Remote, error) {
	return linuxGuest{l, "pv", LinuxName(number), number}.open(ctx)
}

// LinuxPVH is Linux with the same system in a PVH domain.
func (l *Lab) LinuxPVH(ctx context.Context) (*Remote, error) {
	const number = 8 // there are not as many of the others
	return linuxGuest{l, "pvh", LinuxPVHName, number}.open(ctx)
}

// LinuxPVHName is the name of its domain.
const LinuxPVHName = linuxName + "-pvh"

// LinuxName returns the name of a Linux guest's domain.
func LinuxName(number int) string {
	if number == 1 {
		return linuxName
	}
	return fmt.Sprint(linuxName, "-", number)
}

// linuxGuest is one of the Linux guests.
type linuxGuest struct {
	*Lab
	kind, name string // of the domain
	number     int    // from 1
}

// open connects to the guest, and starts it when it is not up.
func (g linuxGuest) open(ctx context.Context) (*Remote, error) {
	ctx, cancel := context.WithTimeout(ctx, linuxBootTime)
	defer cancel()
	var r *Remote
	err := withLock(ctx, filepath.Join(g.dir, "linux.lock"), func() error {
		if !g.up(ctx) {
			if err := g.create(ctx); err != nil {
				return err
			}
		}
		var err error
		r, err = g.dial(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("lab: the Linux guest %s: %w", g.name, err)
	}
	return r, nil
}

func (g linuxGuest) addr() string { return fmt.Sprint("10.13.0.", 1+g.number) }

// up says whether the guest is there.
func (g linuxGuest) up(ctx context.Context) bool {
	code, err := g.Command(ctx, "xl", "domid", g.name).Run()
	return err == nil && code == 0
}

// create creates the guest.
func (g linuxGuest) create(ctx context.Context) error {
	config := "/run/" + g.name + ".cfg"
	if err := g.PutFrom(ctx, strings.NewReader(fmt.Sprintf(linuxConfig, g.name, g.kind, g.addr())), config, "", 0o600); err != nil {
		return err
	}
	_, err := g.Output(ctx, "xl", "create", config)
	return err
}

// dial connects to the agent in the guest as soon as it listens.
func (g linuxGuest) dial(ctx context.Context) (*Remote, error) {
	for {
		client, err := g.try(ctx)
		if err == nil {
			return &Remote{client: client, name: g.name}, nil
		}
		if !g.up(ctx) {
			return nil, errors.New("it died; see /var/log/xen/console/guest-" + g.name + ".log in dom0")
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("it does not answer: %w", err)
		case <-time.After(time.Second):
		}
	}
}

// try tries once to connect, through dom0.
func (g linuxGuest) try(ctx context.Context) (*ssh.Client, error) {
	addr := net.JoinHostPort(g.addr(), fmt.Sprint(agentPort))
	conn, err := g.client.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return handshake(ctx, g.dir, conn)
}
