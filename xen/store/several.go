// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Several requests and one wait for all answers: xenstored serves the requests of a
// connection in the order in which they were sent. Any goroutine.

package store

import (
	"context"

	"github.com/domlet/domlet/xen/abi"
)

// Node is a node as WriteAll writes it.
type Node struct {
	Path, Value string
	Permissions []Permission // none: as they are, or as the node above has them
}

// ReadAll reads nodes, in this order. With an error, it returns the values of those
// before the first that could not be read.
func (n Nodes) ReadAll(ctx context.Context, paths ...string) (values []string, err error) {
	steps := make([]step, len(paths))
	for i, path := range paths {
		steps[i] = step{kind: abi.XS_READ, path: path}
	}
	replies, err := n.several(ctx, steps)
	for _, reply := range replies {
		values = append(values, string(reply))
	}
	return values, err
}

// WriteAll writes nodes, in this order, each with its permissions before the next. It
// is no transaction: with an error, the others may have been written.
func (n Nodes) WriteAll(ctx context.Context, nodes ...Node) error {
	var steps []step
	for _, node := range nodes {
		steps = append(steps, step{abi.XS_WRITE, node.Path, []byte(node.Value)})
		if len(node.Permissions) == 0 {
			continue
		}
		words, err := permissionWords(node.Path, node.Permissions)
		if err != nil {
			return err
		}
		steps = append(steps, step{abi.XS_SET_PERMS, node.Path, words})
	}
	replies, err := n.several(ctx, steps)
	for i, reply := range replies {
		if err := n.c.acknowledge(steps[i].kind, reply); err != nil {
			return err
		}
	}
	return err
}

// RemoveLater is Remove for those who do not wait: what they ask for next happens
// afterwards, and an error of xenstored's is nobody's.
func (n Nodes) RemoveLater(path string) error {
	r, err := n.prepare(step{kind: abi.XS_RM, path: path})
	if err == nil {
		n.c.submitAll([]*request{r})
	}
	return err
}

// step is a request about a node.
type step struct {
	kind uint32
	path string
	rest []byte // what follows the path
}

// several sends requests, and returns the answers to those before the first that was
// refused.
func (n Nodes) several(ctx context.Context, steps []step) (replies [][]byte, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	requests := make([]*request, len(steps))
	for i, s := range steps {
		if requests[i], err = n.prepare(s); err != nil {
			return nil, err
		}
	}
	n.c.submitAll(requests)
	for i, r := range requests {
		if err = n.c.await(ctx, r); err == nil {
			err = r.refusal(steps[i].path)
		}
		if err != nil {
			n.c.leaveAll(requests[i+1:])
			return replies, err
		}
		replies = append(replies, r.reply)
	}
	return replies, nil
}
