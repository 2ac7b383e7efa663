// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Telling dom0 what a qube can do. Any goroutine.

package vm

import (
	"context"
	"fmt"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/crew"
)

// Run runs an agent whose daemon is dom0's, and announces what the qube can do.
func Run(ctx context.Context, a *qrexec.Agent, features ...string) error {
	a.Go(func() {
		if err := Announce(ctx, a, features...); err != nil && a.Logf != nil {
			a.Logf("%v", err)
		}
	})
	return a.Run(ctx)
}

// Announce tells dom0 of Qubes what this qube can do: each feature, such as qrexec or supported-service.clocksync, is requested in
// QubesDB, and qubes.FeaturesRequest has dom0 look there. Dom0 heeds it for qubes without a template. The agent runs already.
func Announce(ctx context.Context, a *qrexec.Agent, features ...string) error {
	if err := request(ctx, a, features); err != nil {
		return fmt.Errorf("announcing features: %w", err)
	}
	code, err := a.Do(ctx, "dom0", "qubes.FeaturesRequest", "", qrexec.Streams{})
	if err == nil && code != 0 {
		err = fmt.Errorf("qubes.FeaturesRequest ended with code %d", code)
	}
	return err
}

// request writes the requests.
func request(ctx context.Context, a *qrexec.Agent, features []string) error {
	conn, err := a.Transport.Dial(ctx, dom0, qubesDBPort)
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := crew.When(ctx, a.Go, func() { conn.Close() })
	defer stop()
	d := db{conn}
	if err := d.begin(); err != nil {
		return err
	}
	for _, f := range features {
		if err := d.write("/features-request/"+f, "1"); err != nil {
			return err
		}
	}
	return nil
}

// dom0 is its number.
const dom0 = 0
