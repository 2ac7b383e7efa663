// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package entropy is the domain's one source of random bytes.
//
// It is ChaCha20 (RFC 8439) with fast key erasure. The whole state is a key.
// To read, the key is expanded into a stream; the first 32 bytes of the stream
// become the next key before any byte is given out, the rest is the answer, and
// what was used is cleared. Whoever learns the state later cannot compute what
// was read before, because that would take turning the block function around.
//
// To absorb a seed, the next key is half a ChaCha20 block under the key
// (old key XOR seed), with a nonce that reading never uses. Why that is sound:
//
//   - XOR with anything that does not depend on the key is a one-to-one map of
//     keys. So a seed that is known, constant or chosen by an enemy takes
//     nothing away from a key the enemy does not know; and a good seed makes a
//     good key out of one the enemy does know. One good source among all is
//     enough, in any order.
//   - The block function between two seeds makes weak seeds add up: two equal
//     seeds do not cancel, as plain XOR would let them. Mapping keys to keys
//     like a random function costs less than one bit a time.
//   - The half block that is thrown away makes the step one-way: the new key
//     and the seed together do not tell the old key.
//
// A source that could see the pool's key while making up its seed (a processor
// that lies, say) is outside of this argument, as it is outside of every other.
//
// How much a source is worth is for the caller to say, with Credit; the pool is
// Ready at 256 bits, and the kernel starts no program before.
//
// The package is pure: no locks (the kernel's own lock is held), no allocation,
// no pointers kept. Copies of key material that the compiler leaves in
// registers and spill slots of the kernel stack are not cleared.
package entropy
