// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The pool: absorbing, crediting, reading. Kernel, lock held.

package entropy

import "unsafe"

const (
	keyBytes   = 32
	blockBytes = 64
	enough     = 256 // bits of credit that make the pool ready
)

// The constants of RFC 8439, "expand 32-byte k", and the nonces: what a key is
// used for tells the two uses apart.
const (
	const0, const1, const2, const3 = 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574

	nonceRead = 0
	nonceMix  = 1
)

// Pool is the generator. The zero Pool has a known key and is not Ready.
type Pool struct {
	key    [8]uint32
	credit uint32 // bits, at most enough

	// The block at hand and what it is made from live here and not on the
	// stack, where the compiler may drop the stores that clear them.
	in, out state
}

// Credit says that the seeds mixed in since the last call were worth that many
// bits: as many as an enemy who knows everything else would have to guess.
func (p *Pool) Credit(bits uint32) { p.credit += min(bits, enough-p.credit) }

// Ready reports whether 256 bits have been credited.
func (p *Pool) Ready() bool { return p.credit >= enough }

// Mix absorbs a seed. It may be called at any time, with a seed of any quality,
// and credits nothing.
func (p *Pool) Mix(seed *[32]byte) {
	for i, word := range (*[8]uint32)(unsafe.Pointer(seed)) {
		p.key[i] ^= word
	}
	p.expand(nonceMix)
	p.takeKey()
	p.wipe()
}

// Read writes n random bytes to dst, and forgets what they were made from.
func (p *Pool) Read(dst *byte, n uintptr) {
	p.expand(nonceRead)
	p.takeKey()
	at := uintptr(keyBytes)
	for i := uintptr(0); i < n; i++ {
		if at == blockBytes {
			p.nextBlock()
			at = 0
		}
		*(*byte)(unsafe.Add(unsafe.Pointer(dst), i)) = p.byteOf(at)
		at++
	}
	p.wipe()
}

// byteOf returns byte i of the block at hand.
func (p *Pool) byteOf(i uintptr) byte {
	return (*[blockBytes]byte)(unsafe.Pointer(&p.out))[i%blockBytes]
}

// expand computes the first block under the key.
func (p *Pool) expand(nonce uint32) {
	k := &p.key
	p.in = state{
		const0, const1, const2, const3,
		k[0], k[1], k[2], k[3], k[4], k[5], k[6], k[7],
		0, 0, 0, nonce,
	}
	block(&p.out, &p.in)
}

// nextBlock computes the block behind the one at hand. The counter runs over
// into the first word of the nonce, so a stream has no practical end.
func (p *Pool) nextBlock() {
	p.in[12]++
	if p.in[12] == 0 {
		p.in[13]++
	}
	block(&p.out, &p.in)
}

// takeKey makes the first half of the block at hand the key.
func (p *Pool) takeKey() { copy(p.key[:], p.out[:8]) }

// wipe clears the key that was used, and the block.
func (p *Pool) wipe() { p.in, p.out = state{}, state{} }
