// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file checks a lab that has just come up, from the developer's machine.

package lab

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/domlet/domlet/lab/internal/agent"
)

// checkScript runs the check of the floating-point registers ($1) while the busy
// guest ($2) runs, and ends the guest.
const checkScript = `printf 'name="domlet-lab-busy"\ntype="pv"\nkernel="%s"\nmemory=4\n' "$2" >"$2.cfg"
xl create "$2.cfg" >&2 || exit 1
"$1" lab agent --check-fpu
code=$?
xl destroy domlet-lab-busy
rm -f "$2" "$2.cfg"
exit $code`

// checkFPU returns how many checks passed; see package agent.
func (l *Lab) checkFPU(ctx context.Context) (rounds int, err error) {
	const guest = "/run/domlet-lab-busy"
	if err := l.PutFrom(ctx, bytes.NewReader(agent.BusyGuest()), guest, "", 0o600); err != nil {
		return 0, err
	}
	var out, errs bytes.Buffer
	c := l.Command(ctx, "sh", "-c", checkScript, "check", bootProgram, guest)
	c.Stdout, c.Stderr = &out, &errs
	code, err := c.Run()
	if err == nil && code == 0 {
		return strconv.Atoi(strings.TrimSpace(out.String()))
	}
	if err == nil {
		err = fmt.Errorf("exit code %d: %s", code, lastLine(errs.String()))
	}
	return 0, fmt.Errorf("dom0 does not pass the check that floating-point registers survive beside a busy guest: %w", err)
}

// lastLine is the last line of text that is not empty.
func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}
