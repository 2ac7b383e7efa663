// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file ends the lab from inside dom0.

package agent

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// restart restarts the machine: QEMU runs with -no-reboot and ends instead.
func restart() {
	fmt.Fprintln(os.Stderr, "lab: nobody is connected any more; ending")
	unix.Sync()
	unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART)
}
