// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file is what mkimage runs inside the lab's dom0.

package lab

import (
	"fmt"
	"time"

	"github.com/domlet/domlet/lab/internal/agent"
)

// RunAgent serves the lab's clients; it is the agent in dom0 and returns only
// with an error.
func RunAgent() error {
	return agent.Main(agentPort, func() { fmt.Println(readyLine) })
}

// RunFPUCheck checks the floating-point registers for a second, in dom0, and
// prints how many checks there were.
func RunFPUCheck() error {
	rounds, err := agent.CheckFPU(time.Second)
	if err != nil {
		return err
	}
	_, err = fmt.Println(rounds)
	return err
}
