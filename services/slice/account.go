// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a slice holds, counted in bytes before it is taken. Any goroutine.

package slice

import (
	"errors"
	"fmt"
	"sync"

	"github.com/domlet/domlet/xen/pages"
)

// ErrBudget says that a peer wanted more than its slice may have. It is refused at once; nothing waits in a queue for it.
var ErrBudget = errors.New("over the budget")

// Account is what one owner holds, and may hold at most: a slice, or a service for what its slices share.
type Account struct {
	mu          sync.Mutex
	limit, used int
	blocks      map[*Block]bool
}

// NewAccount returns the account of an owner that may hold that many bytes.
func NewAccount(limit int) *Account { return &Account{limit: limit, blocks: map[*Block]bool{}} }

// Used returns how many bytes are held now.
func (a *Account) Used() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.used
}

// hold counts bytes, unless they would be too many.
func (a *Account) hold(bytes int) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if bytes < 0 || bytes > a.limit-a.used {
		return fmt.Errorf("%w: %d bytes wanted, %d of %d are held", ErrBudget, bytes, a.used, a.limit)
	}
	a.used += bytes
	return nil
}

// drop takes back what hold counted.
func (a *Account) drop(bytes int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.used -= bytes
}

// Pages takes memory outside the Go heap for that many bytes, at least one, in whole pages. ErrBudget says that the account
// has no room, another error that the domain has none.
func (a *Account) Pages(from pages.Source, bytes int) (*Block, error) {
	n := pages.For(max(bytes, 1))
	if err := a.hold(n * pages.Size); err != nil {
		return nil, err
	}
	mem := from.Alloc(n)
	if mem == nil {
		a.drop(n * pages.Size)
		return nil, fmt.Errorf("slice: the domain has no %d pages left: raise memory= in its configuration", n)
	}
	b := &Block{from: from, mem: mem, account: a}
	a.enter(b)
	return b, nil
}

func (a *Account) enter(b *Block) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.blocks[b] = true
}

// leave forgets a block and its bytes.
func (a *Account) leave(b *Block) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.blocks, b)
	a.used -= len(b.mem)
}

// freeAll frees what is left. Nobody uses it any more.
func (a *Account) freeAll() {
	a.mu.Lock()
	var left []*Block
	for b := range a.blocks {
		left = append(left, b)
	}
	a.mu.Unlock()
	for _, b := range left {
		b.Free()
	}
}

// Block is whole pages outside the Go heap, in the account of whoever is to blame for them.
type Block struct {
	from pages.Source
	mem  []byte

	mu      sync.Mutex
	account *Account // nil when freed
}

// Bytes returns the memory: nil when it was freed. What is in it must not be copied into Go's own.
func (b *Block) Bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.account == nil {
		return nil
	}
	return b.mem
}

// Charge moves the block into another account, unless that has no room.
func (b *Block) Charge(to *Account) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.account == nil {
		return errors.New("slice: a block that was freed cannot be charged to anybody")
	}
	if err := to.hold(len(b.mem)); err != nil {
		return err
	}
	b.account.leave(b)
	to.enter(b)
	b.account = to
	return nil
}

// Free overwrites the pages and gives them back. Doing so again does nothing.
func (b *Block) Free() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.account == nil {
		return
	}
	b.account.leave(b)
	b.account = nil
	b.from.Free(b.mem)
}
