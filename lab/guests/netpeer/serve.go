// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The servers. On goroutines.

package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// server is what all connections share.
type server struct {
	came      atomic.Int64 // datagrams
	datagrams *net.UDPConn
}

// serve runs all servers.
func serve() error {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello, world\n") })
	http.HandleFunc("/interfaces", func(w http.ResponseWriter, _ *http.Request) { describe(w) })
	http.HandleFunc("/servers", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "/etc/resolv.conf") })
	http.HandleFunc("/lookup", lookup)
	pages, err := net.Listen("tcp", ":"+webPort)
	if err != nil {
		return err
	}
	streams, err := net.Listen("tcp", ":"+streamPort)
	if err != nil {
		return err
	}
	s := &server{}
	at, err := net.ResolveUDPAddr("udp", ":"+datagramPort)
	if err != nil {
		return err
	}
	if s.datagrams, err = net.ListenUDP("udp", at); err != nil {
		return err
	}
	ended := make(chan error)
	go func() { ended <- http.Serve(pages, nil) }()
	go func() { ended <- s.accept(streams) }()
	go func() { ended <- s.count() }()
	asked := make(chan os.Signal, 1) // to end: a profile is written then
	signal.Notify(asked, syscall.SIGTERM)
	addresses, err := net.InterfaceAddrs()
	fmt.Println("serving at", addresses, err)
	select {
	case err = <-ended:
		return err
	case <-asked:
		return nil
	}
}

// lookup says what addresses a name has, as the domain's own resolver finds them.
func lookup(w http.ResponseWriter, r *http.Request) {
	addresses, err := net.DefaultResolver.LookupHost(r.Context(), r.FormValue("name"))
	if err != nil {
		fmt.Fprintln(w, err)
	}
	slices.Sort(addresses)
	fmt.Fprintln(w, strings.Join(addresses, " "))
}

// accept serves streams.
func (s *server) accept(l net.Listener) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			if err := s.stream(c); err != nil {
				fmt.Println("stream:", err)
			}
		}()
	}
}

// stream serves one request.
func (s *server) stream(c net.Conn) error {
	var request [9]byte
	if _, err := io.ReadFull(c, request[:]); err != nil {
		return nil // a client that only connects
	}
	n := binary.BigEndian.Uint64(request[1:])
	switch request[0] {
	case kindUp:
		if err := wantPattern(c, int64(n)); err != nil {
			return err
		}
		_, err := c.Write(request[:1])
		return err
	case kindDown:
		return sendPattern(c, int64(n))
	case kindEcho:
		io.Copy(c, struct{ io.Reader }{c}) // with a buffer of this program's
	case kindHold:
		time.Sleep(time.Duration(n))
	case kindCount:
		_, err := c.Write(binary.BigEndian.AppendUint64(nil, uint64(s.came.Swap(0))))
		return err
	case kindSend:
		return s.flood(c, int(n>>32), time.Duration(uint32(n))*time.Millisecond)
	}
	return nil
}

// count counts datagrams.
func (s *server) count() error {
	b := make([]byte, 2048)
	for {
		if _, _, err := s.datagrams.ReadFromUDPAddrPort(b); err != nil {
			return err
		}
		s.came.Add(1)
	}
}

// flood sends datagrams to a client for a while and tells it how many.
func (s *server) flood(c net.Conn, size int, d time.Duration) error {
	to := c.RemoteAddr().(*net.TCPAddr).AddrPort()
	host := net.JoinHostPort(to.Addr().Unmap().String(), datagramPort)
	sent, err := pour(host, size, d)
	if err != nil {
		return err
	}
	_, err = c.Write(binary.BigEndian.AppendUint64(nil, uint64(sent)))
	return err
}

// describe lists the interfaces: name, MTU, address, flags.
func describe(w io.Writer) {
	list, err := net.Interfaces()
	if err != nil {
		fmt.Fprintln(w, "FAIL", err)
	}
	for _, i := range list {
		fmt.Fprintf(w, "%s mtu=%d %s %v dropped=%d\n", i.Name, i.MTU, i.HardwareAddr, i.Flags, dropped(i.Index))
	}
}
