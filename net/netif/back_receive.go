// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The backend's end of the ring from the frontend: Xen copies the pieces of many
// packets with one call. On the goroutine that receives.

package netif

import (
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/ring"
)

// most is how many packets one turn of a backend takes, to keep what they need
// here small. Their pieces are at most as many as the ring has slots.
const most = 64

// backReceiver is the backend's end of the ring from the frontend.
type backReceiver struct {
	ring   *ring.Back
	grants grant.Table
	peer   abi.Domid_t
	count  *counters
	chains [most]chain
	mem    [most][]byte // where the packets go; nil: nowhere
	ops    []grant.CopyOp
	b      [txSlot]byte
}

func newBackReceiver(r *ring.Back, grants grant.Table, peer abi.Domid_t, count *counters) *backReceiver {
	return &backReceiver{ring: r, grants: grants, peer: peer, count: count, ops: make([]grant.CopyOp, 0, r.Slots())}
}

func (r *backReceiver) move(batch []Packet, alloc func(n int) []byte) (n int, notify bool, err error) {
	packets := 0
	r.ops = r.ops[:0]
	for packets < min(len(batch), most) {
		c := &r.chains[packets]
		ok, broken := c.gather(r.ring, r.b[:])
		if !ok || broken != nil {
			err = broken
			break
		}
		r.plan(packets, alloc)
		packets++
	}
	r.grants.Copy(r.ops) // each has an error of its own
	n, lost := r.finish(batch, packets)
	if err == nil {
		err = lost
	}
	return n, r.ring.Push(), err
}

// plan finds memory for a packet and notes what is to be copied.
func (r *backReceiver) plan(i int, alloc func(n int) []byte) {
	c := &r.chains[i]
	r.mem[i] = nil
	if c.flawed {
		r.count.drop(c.flaw)
		return
	}
	if c.aside {
		return
	}
	if r.mem[i] = memory(c, alloc, r.count); r.mem[i] == nil {
		return
	}
	at := 0
	for _, p := range c.pieces[:c.count] {
		r.ops = append(r.ops, grant.CopyOp{Peer: r.peer, Ref: p.ref, Offset: p.offset, Data: r.mem[i][at : at+p.bytes]})
		at += p.bytes
	}
}

// finish answers the packets in turn and hands on those that were copied.
func (r *backReceiver) finish(batch []Packet, packets int) (n int, err error) {
	ops := r.ops
	for i := range packets {
		c, mem := &r.chains[i], r.mem[i]
		r.mem[i] = nil
		if mem != nil {
			mine := ops[:c.count]
			ops = ops[c.count:]
			if failed(mine) {
				r.count.drop(CopyDrop)
				mem = nil
			}
		}
		if mem != nil {
			batch[n] = Packet{Data: mem, Checksum: c.checksum, GSO: c.gso}
			n++
		}
		if err = r.answer(c, mem != nil); err != nil {
			break
		}
	}
	clear(r.ops) // no memory of the caller's is held
	return n, err
}

// failed reports whether one of the copies was refused. Part of a packet is none:
// what Xen did not copy is whatever the memory held before.
func failed(ops []grant.CopyOp) bool {
	for i := range ops {
		if ops[i].Err != nil {
			return true
		}
	}
	return false
}

// answer gives the slots of a packet back, in their order.
func (r *backReceiver) answer(c *chain, taken bool) error {
	status := int16(abi.NETIF_RSP_ERROR)
	if taken {
		status = abi.NETIF_RSP_OKAY
	}
	for i, p := range c.pieces[:c.count] {
		if err := r.respond(p.id, status); err != nil {
			return err
		}
		if i > 0 {
			continue
		}
		for range c.extras {
			if err := r.respond(0, abi.NETIF_RSP_NULL); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *backReceiver) respond(id uint16, status int16) error {
	putTxResponse(r.b[:], id, status)
	return r.ring.Put(r.b[:])
}

func (r *backReceiver) await() (bool, error) { return r.ring.Done() }
