// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// As whom a program runs, and what it is told. Linux only; any goroutine.

package programs

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"

	"github.com/domlet/domlet/services/qrexec"
)

// path is where programs find others.
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// become prepares a program to run as the request's user, in a session of its own, with nothing of our environment. Who is not
// root can only run programs as himself.
func become(cmd *exec.Cmd, r *qrexec.Request) error {
	u, err := user.Lookup(r.User)
	if err != nil {
		return err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	switch {
	case os.Getuid() == 0:
		if cmd.SysProcAttr.Credential, err = credential(u); err != nil {
			return err
		}
	case strconv.Itoa(os.Getuid()) != u.Uid:
		return fmt.Errorf("only root can run a service as %s", r.User)
	}
	cmd.Dir = u.HomeDir
	if _, err := os.Stat(cmd.Dir); err != nil {
		cmd.Dir = "/"
	}
	cmd.Env = environment(u, r)
	return nil
}

func environment(u *user.User, r *qrexec.Request) []string {
	env := []string{
		"HOME=" + u.HomeDir, "USER=" + u.Username, "LOGNAME=" + u.Username, "PATH=" + path, "LANG=C.UTF-8",
		"QREXEC_REMOTE_DOMAIN=" + r.Source, "QREXEC_SERVICE_FULL_NAME=" + r.Service + "+" + r.Argument,
	}
	if r.Argument != "" {
		env = append(env, "QREXEC_SERVICE_ARGUMENT="+r.Argument)
	}
	return env
}

// credential is a user's, with all his groups.
func credential(u *user.User) (*syscall.Credential, error) {
	ids, err := u.GroupIds()
	if err != nil {
		return nil, err
	}
	c := &syscall.Credential{}
	for _, id := range ids {
		n, err := strconv.ParseUint(id, 10, 32)
		if err != nil {
			return nil, err
		}
		c.Groups = append(c.Groups, uint32(n))
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err1 != nil || err2 != nil {
		return nil, fmt.Errorf("user %s has the numbers %q and %q", u.Username, u.Uid, u.Gid)
	}
	c.Uid, c.Gid = uint32(uid), uint32(gid)
	return c, nil
}

// signalOf is the signal that ended a program.
func signalOf(e *exec.ExitError) int {
	if s, ok := e.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		return int(s.Signal())
	}
	return 0
}
