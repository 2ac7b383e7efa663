// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The nodes of one end in xenstore (io/netif.h, io/xenbus.h). What the other end
// wrote may be anything, or nothing. On the manager's goroutine.

package netif

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
)

// directory is one end's nodes.
type directory struct {
	nodes store.Nodes
	path  string
}

// absent reports whether an error says that there is no such node, or none for us.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
}

// text returns a node's value, empty where there is none.
func (d directory) text(ctx context.Context, key string) (string, error) {
	v, err := d.nodes.Read(ctx, d.path+"/"+key)
	if absent(err) {
		return "", nil
	}
	return strings.TrimSpace(v), err
}

// number returns a node's value, or the usual one where there is none.
func (d directory) number(ctx context.Context, key string, usual, most uint32) (uint32, error) {
	text, err := d.text(ctx, key)
	if err != nil || text == "" {
		return usual, err
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || uint32(n) > most {
		return 0, fmt.Errorf("netif: %s/%s is %.20q, no number up to %d", d.path, key, text, most)
	}
	return uint32(n), nil
}

// flag returns a node that is 0 or 1, or nothing, which is 0.
func (d directory) flag(ctx context.Context, key string) (bool, error) {
	n, err := d.number(ctx, key, 0, 1)
	return n == 1, err
}

// state returns what the end says of itself. What is no state is
// XenbusStateUnknown.
func (d directory) state(ctx context.Context) (uint32, error) {
	text, err := d.text(ctx, "state")
	n, nonsense := strconv.ParseUint(text, 10, 32)
	if nonsense != nil || n > abi.XenbusStateReconfigured {
		n = abi.XenbusStateUnknown
	}
	return uint32(n), err
}

func (d directory) write(ctx context.Context, key, value string) error {
	return d.nodes.Write(ctx, d.path+"/"+key, value)
}

// below is the part of a directory with that name.
func (d directory) below(name string) directory { return directory{d.nodes, d.path + "/" + name} }

// in is the directory in a transaction.
func (d directory) in(tx *store.Tx) directory { return directory{tx.Nodes, d.path} }

// node is a node to be written.
type node struct{ key, value string }

func (d directory) writeAll(ctx context.Context, nodes []node) error {
	for _, n := range nodes {
		if err := d.write(ctx, n.key, n.value); err != nil {
			return err
		}
	}
	return nil
}

// The nodes by which an end says what it takes. The first is the only one that
// says what it does not.
const (
	noChecksum4Node = "feature-no-csum-offload"
	checksum6Node   = "feature-ipv6-csum-offload"
	scatterNode     = "feature-sg"
	tcp4Node        = "feature-gso-tcpv4"
	tcp6Node        = "feature-gso-tcpv6"
)

// features reads what an end takes. Packets that stand for many segments need several
// pages and have blank checksums, so without the one there is not the other.
func (d directory) features(ctx context.Context) (f Features, err error) {
	var no4 bool
	for _, n := range []struct {
		key string
		to  *bool
	}{
		{noChecksum4Node, &no4}, {checksum6Node, &f.Checksum6},
		{scatterNode, &f.ScatterGather}, {tcp4Node, &f.TCP4}, {tcp6Node, &f.TCP6},
	} {
		if *n.to, err = d.flag(ctx, n.key); err != nil {
			return Features{}, err
		}
	}
	f.Checksum4 = !no4
	f.TCP4 = f.TCP4 && f.ScatterGather && f.Checksum4
	f.TCP6 = f.TCP6 && f.ScatterGather && f.Checksum6
	return f, nil
}

// nodes are what to write to say what this end takes.
func (f Features) nodes() []node {
	return []node{
		{noChecksum4Node, digit(!f.Checksum4)}, {checksum6Node, digit(f.Checksum6)},
		{scatterNode, digit(f.ScatterGather)}, {tcp4Node, digit(f.TCP4)}, {tcp6Node, digit(f.TCP6)},
	}
}

func digit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// parseMAC reads an address in its usual form.
func parseMAC(text string) (m MAC, err error) {
	parts := strings.Split(text, ":")
	if len(parts) != len(m) {
		return MAC{}, fmt.Errorf("netif: mac is %.20q, no address of six bytes", text)
	}
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 16, 8)
		if err != nil || len(p) != 2 {
			return MAC{}, fmt.Errorf("netif: mac is %.20q, no address of six bytes", text)
		}
		m[i] = byte(n)
	}
	return m, nil
}

// Bounds of what the toolstack may say of the MTU, and what it is when it says
// nothing (io/netif.h). The least is that of IPv4 (RFC 791).
const (
	usualMTU = 1500
	leastMTU = 68
	mostMTU  = MaxPacket - MinPacket
)

// describe reads what the toolstack says of the interface in either directory.
func (b *bus) describe(ctx context.Context) error {
	mtu, err := b.home.number(ctx, "mtu", usualMTU, mostMTU)
	if err != nil {
		return err
	}
	text, err := b.home.text(ctx, "mac")
	if err != nil {
		return err
	}
	mac, err := parseMAC(text)
	if err != nil {
		return err
	}
	b.link.change(func(i *Info) { i.MAC, i.MTU = mac, max(leastMTU, int(mtu)) })
	return nil
}
