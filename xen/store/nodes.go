// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Operations on nodes, in a transaction or outside. Any goroutine.

package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/domlet/domlet/xen/abi"
)

// Nodes are the operations on nodes that a [Client] has outside of any
// transaction and a [Tx] within one. A path that does not begin with a slash is
// relative to the domain's own path, /local/domain/ID.
//
// Each method returns the context's error if that ends first; then it is not
// known whether a change was made.
type Nodes struct {
	c  *Client
	tx *transaction // nil: none
}

// call sends a request about a node and returns the answer.
func (n Nodes) call(ctx context.Context, kind uint32, path string, rest []byte) ([]byte, error) {
	r, err := n.prepare(step{kind, path, rest})
	if err != nil {
		return nil, err
	}
	return n.send(ctx, r, path)
}

// prepare makes the request of a step.
func (n Nodes) prepare(s step) (*request, error) {
	full, err := n.c.absolute(s.path)
	if err != nil {
		return nil, err
	}
	payload := append(list(full), s.rest...)
	if len(payload) > n.c.options.Payload {
		return nil, fmt.Errorf("xenstore: %s %.80s: %d bytes with the path are more than the %d of a message",
			opName(s.kind), s.path, len(payload), n.c.options.Payload)
	}
	id, err := n.tx.number()
	if err != nil {
		return nil, err
	}
	return newRequest(s.kind, id, payload), nil
}

// send sends a request; path is for errors.
func (n Nodes) send(ctx context.Context, r *request, path string) ([]byte, error) {
	if err := n.c.call(ctx, r); err != nil {
		return nil, err
	}
	return r.reply, r.refusal(path)
}

// refusal returns xenstored's error, if its answer was one.
func (r *request) refusal(path string) error {
	if r.name == "" {
		return nil
	}
	return &Error{Path: path, Name: r.name, kind: r.kind, size: len(r.payload)}
}

// acknowledged sends a request whose answer is only that it was done.
func (n Nodes) acknowledged(ctx context.Context, kind uint32, path string, rest []byte) error {
	reply, err := n.call(ctx, kind, path, rest)
	if err != nil {
		return err
	}
	return n.c.acknowledge(kind, reply)
}

// acknowledge checks an answer that only says that something was done.
func (c *Client) acknowledge(kind uint32, reply []byte) error {
	if text, ok := one(reply); !ok || text != "OK" {
		return c.garbled(kind, reply)
	}
	return nil
}

// Read returns the value of a node: any bytes.
func (n Nodes) Read(ctx context.Context, path string) (string, error) {
	reply, err := n.call(ctx, abi.XS_READ, path, nil)
	return string(reply), err
}

// Write sets the value of a node and makes it, and the nodes above it, where
// they are missing. Path and value together have at most 4095 bytes, by Linux's device
// 4079.
func (n Nodes) Write(ctx context.Context, path, value string) error {
	return n.acknowledged(ctx, abi.XS_WRITE, path, []byte(value))
}

// Mkdir makes a node with an empty value, unless it is there.
func (n Nodes) Mkdir(ctx context.Context, path string) error {
	return n.acknowledged(ctx, abi.XS_MKDIR, path, nil)
}

// Remove takes away a node and all below it. It is no error if there is none,
// but one if there is no node above it.
func (n Nodes) Remove(ctx context.Context, path string) error {
	return n.acknowledged(ctx, abi.XS_RM, path, nil)
}

// Domid asks for the number of the domain that the client runs in.
func (c *Client) Domid(ctx context.Context) (abi.Domid_t, error) {
	text, err := c.Read(ctx, "domid")
	if err != nil {
		return 0, err
	}
	id, err := strconv.ParseUint(strings.TrimSpace(text), 10, 16)
	if err != nil {
		return 0, fmt.Errorf("xenstore: domid is %.20q, no number of a domain", text)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.domid, c.asked = abi.Domid_t(id), true
	return c.domid, nil
}

// LastDomid returns what Domid returned last, for what is done often; where nobody
// has asked yet, it asks. A Linux domain that is migrated gets another number: who
// begins anew because all its connections have ended calls Domid.
func (c *Client) LastDomid(ctx context.Context) (abi.Domid_t, error) {
	c.mu.Lock()
	id, asked := c.domid, c.asked
	c.mu.Unlock()
	if asked {
		return id, nil
	}
	return c.Domid(ctx)
}

// Introduced reports whether a domain is there for xenstored: created, and not
// yet destroyed. Only dom0 may ask.
func (c *Client) Introduced(ctx context.Context, id abi.Domid_t) (bool, error) {
	number := strconv.Itoa(int(id))
	reply, err := c.send(ctx, newRequest(abi.XS_IS_DOMAIN_INTRODUCED, 0, list(number)), number)
	if err != nil {
		return false, err
	}
	switch text, _ := one(reply); text {
	case "T":
		return true, nil
	case "F":
		return false, nil
	}
	return false, c.garbled(abi.XS_IS_DOMAIN_INTRODUCED, reply)
}
