// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file runs the lab's Linux guest for programs on the developer's machine.

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

// The Linux guest: its name and its address on dom0's bridge. Kernel and RAM file
// system are disks of dom0's, so that nothing needs to be copied.
const (
	linuxName   = "domlet-linux"
	linuxAddr   = "10.13.0.2"
	linuxConfig = `name="domlet-linux"
type="pv"
kernel="/dev/vda"
ramdisk="/dev/vdb"
extra="console=hvc0 quiet"
memory=160
vif=["bridge=xenbr0"]
on_poweroff="destroy"
on_reboot="destroy"
on_crash="destroy"
`
)

// linuxBootTime is how long the guest may take; it needs 20 s on an idle machine.
const linuxBootTime = 3 * time.Minute

// Linux connects to the lab's Linux guest, an ordinary PV domain, and starts it
// when it is not up. All processes share it; it ends with the lab, or ten minutes
// after its last client left.
func (l *Lab) Linux(ctx context.Context) (*Remote, error) {
	ctx, cancel := context.WithTimeout(ctx, linuxBootTime)
	defer cancel()
	var r *Remote
	err := withLock(ctx, filepath.Join(l.dir, "linux.lock"), func() error {
		if !l.linuxUp(ctx) {
			if err := l.createLinux(ctx); err != nil {
				return err
			}
		}
		var err error
		r, err = l.dialLinux(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("lab: the Linux guest: %w", err)
	}
	return r, nil
}

// linuxUp says whether the guest is there.
func (l *Lab) linuxUp(ctx context.Context) bool {
	code, err := l.Command(ctx, "xl", "domid", linuxName).Run()
	return err == nil && code == 0
}

// createLinux creates the guest.
func (l *Lab) createLinux(ctx context.Context) error {
	const config = "/run/domlet-linux.cfg"
	if err := l.PutFrom(ctx, strings.NewReader(linuxConfig), config, "", 0o600); err != nil {
		return err
	}
	_, err := l.Output(ctx, "xl", "create", config)
	return err
}

// dialLinux connects to the agent in the guest as soon as it listens.
func (l *Lab) dialLinux(ctx context.Context) (*Remote, error) {
	for {
		client, err := l.tryLinux(ctx)
		if err == nil {
			return &Remote{client: client, name: "the Linux guest"}, nil
		}
		if !l.linuxUp(ctx) {
			return nil, errors.New("it died; see /var/log/xen/console/guest-" + linuxName + ".log in dom0")
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("it does not answer: %w", err)
		case <-time.After(time.Second):
		}
	}
}

// tryLinux tries once to connect, through dom0.
func (l *Lab) tryLinux(ctx context.Context) (*ssh.Client, error) {
	addr := net.JoinHostPort(linuxAddr, fmt.Sprint(agentPort))
	conn, err := l.client.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return handshake(ctx, l.dir, conn)
}
