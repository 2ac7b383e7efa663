// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file collects what is known about a domain that failed, from the
// developer's machine.

package lab

import (
	"context"
	"fmt"
	"path/filepath"
)

// diagnoseScript prints the ends of a domain's console log and of Xen's own, which
// tells about crashes, and the list of domains.  is the domain's name.
const diagnoseScript = `echo "-- console of $1"
tail -n 40 "/var/log/xen/console/guest-$1.log" 2>&1
echo "-- xl dmesg"; xl dmesg | tail -n 40
echo "-- xl list"; xl list`

// Diagnose describes how a domain and the hypervisor are, for the log of a test
// that failed.
func (l *Lab) Diagnose(ctx context.Context, domain string) string {
	text, err := l.Output(ctx, "sh", "-c", diagnoseScript, "diagnose", domain)
	if err != nil {
		text += fmt.Sprintf("-- %v; end of dom0's console: %s\n", err, tail(filepath.Join(l.dir, consoleLog), 10))
	}
	return text
}
