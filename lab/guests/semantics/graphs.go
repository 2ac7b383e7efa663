// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Object graphs that know when they are damaged. In a domain and on Linux.

package main

import (
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"runtime/debug"
	"sync"
)

// A node of a checksummed object graph: sum covers the payload and the identity
// of the neighbours, so that a lost, moved or overwritten object shows.
type node struct {
	id      uint64
	payload []byte
	links   [3]*node
	sum     uint32
}

// seal computes and stores the node's checksum.
func (n *node) seal() { n.sum = n.checksum() }

func (n *node) checksum() uint32 {
	sum := crc32.ChecksumIEEE(n.payload) ^ uint32(n.id)
	for i, link := range n.links {
		if link != nil {
			sum = sum*31 + uint32(link.id) + uint32(i)
		}
	}
	return sum
}

// graph is a set of nodes, all reachable from its table.
type graph struct {
	random *rand.Rand
	nodes  []*node
	nextID uint64
}

func newGraph(size int, seed uint64) *graph {
	g := &graph{random: rand.New(rand.NewPCG(seed, 1)), nodes: make([]*node, size)}
	for i := range g.nodes {
		g.nodes[i] = g.grow()
	}
	return g
}

// grow makes a node linked to up to three others.
func (g *graph) grow() *node {
	g.nextID++
	n := &node{id: g.nextID, payload: make([]byte, g.random.IntN(400))}
	for i := range n.payload {
		n.payload[i] = byte(g.nextID + uint64(i))
	}
	for i := range n.links {
		n.links[i] = g.nodes[g.random.IntN(len(g.nodes))]
	}
	n.seal()
	return n
}

// churn replaces n nodes; the links of a replaced node are cut so that chains
// of the dead cannot grow without end.
func (g *graph) churn(n int) {
	for range n {
		i := g.random.IntN(len(g.nodes))
		if old := g.nodes[i]; old != nil {
			old.links = [3]*node{}
			old.seal()
		}
		g.nodes[i] = g.grow()
	}
}

// check recomputes every checksum.
func (g *graph) check() error {
	for i, n := range g.nodes {
		if n.sum != n.checksum() {
			return fmt.Errorf("node %d (id %d) has checksum %#x, sealed as %#x", i, n.id, n.checksum(), n.sum)
		}
		for _, link := range n.links {
			if link != nil && link.sum != link.checksum() {
				return fmt.Errorf("a neighbour of node %d (id %d) is damaged", i, link.id)
			}
		}
	}
	return nil
}

// gcGraphs churns one graph while the collector runs all the time.
func gcGraphs(arg string) error {
	rounds, err := number(arg, 8)
	if err != nil {
		return err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	return churnAndCheck(newGraph(5000, 42), rounds)
}

func churnAndCheck(g *graph, rounds int) error {
	for round := range rounds {
		g.churn(2000)
		if err := g.check(); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
	}
	return nil
}

// gcParallel does the same from eight goroutines at once.
func gcParallel(string) error {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = churnAndCheck(newGraph(800, uint64(i)), 4) })
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			return fmt.Errorf("goroutine %d: %w", i, err)
		}
	}
	return nil
}
