// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package frames hands out page frames.
//
// Every frame the domain owns has one bit in a bitmap: 1 while the frame is
// free. A second bitmap, the summary, has one bit for each 64-bit word of the
// first: 1 while that word has a free frame left. One summary word therefore
// stands for 4096 frames (16 MiB), and a search steps over full memory at that
// pace: a domain of 1 GiB has 64 summary words.
//
// Single frames are taken next fit: the search begins behind the last frame
// given out, so it does not walk again over the full part. Runs of frames
// (page-table windows, rings) are taken first fit from the bottom, to keep the
// top of memory whole.
//
// The bitmaps lie in memory the caller found at boot, before there was any
// allocator; Bytes says how much. Frames enter by Donate; whatever was not
// donated (the image, the start-up page tables, holes) stays busy for good.
//
// The package is pure: no locks (the kernel's own lock is held), no allocation,
// no pointers kept. A caller's mistake, such as freeing a frame twice, is
// answered with false and changes nothing.
package frames
