// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file connects clients through dom0 to guests on its bridge.

package agent

import (
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// forward connects a channel to the TCP address it asks for (RFC 4254, 7.2).
func forward(nc ssh.NewChannel) {
	var to struct {
		Host     string
		Port     uint32
		FromHost string
		FromPort uint32
	}
	if ssh.Unmarshal(nc.ExtraData(), &to) != nil {
		nc.Reject(ssh.ConnectionFailed, "no address")
		return
	}
	addr := net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port)))
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		nc.Reject(ssh.ConnectionFailed, err.Error())
		return
	}
	defer conn.Close()
	ch, requests, err := nc.Accept()
	if err != nil {
		return
	}
	defer ch.Close()
	// Requests end when the channel is closed or its client gone: nobody is left to
	// forward for, whatever the other end still waits for.
	go func() {
		ssh.DiscardRequests(requests)
		conn.Close()
	}()
	var out sync.WaitGroup
	out.Go(func() {
		io.Copy(ch, conn)
		ch.CloseWrite()
	})
	io.Copy(conn, ch)
	conn.(*net.TCPConn).CloseWrite()
	out.Wait()
}
