/* SPDX-FileCopyrightText: The domlet authors
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * One end of a vchan over Xen's libxenvchan: what lab/guests/vpeer is over domlet's.
 *
 *	vpeer listen|dial DOMAIN PATH RING MODE COUNT
 *
 * PATH is absolute.
 */

#include <libxenvchan.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PORTION = 65536, LETTER = 64 };

static struct libxenvchan *c;
static char buf[PORTION], want[PORTION];

static void fail(const char *why)
{
	printf("FAIL %s\n", why);
	exit(1);
}

static void put(const char *p, size_t n)
{
	if (libxenvchan_write(c, p, n) != (int)n)
		fail("write");
}

static void get(char *p, size_t n)
{
	while (n > 0) {
		int k = libxenvchan_read(c, p, n);
		if (k <= 0)
			fail("read");
		p += k;
		n -= k;
	}
}

static void until_gone(void)
{
	if (libxenvchan_read(c, buf, 1) != -1)
		fail("more bytes than expected");
}

static uint64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static uint64_t state = 0x9e3779b97f4a7c15;

static void fill(char *p)
{
	for (int i = 0; i < PORTION; i += 8) {
		state ^= state >> 12;
		state ^= state << 25;
		state ^= state >> 27;
		uint64_t x = state * 2685821657736338717ull;
		memcpy(p + i, &x, 8);
	}
}

/* drain waits until the partner has taken everything. */
static void drain(uint32_t size)
{
	while (libxenvchan_is_open(c) && libxenvchan_buffer_space(c) < (int)size)
		if (libxenvchan_wait(c))
			fail("wait");
}

static void stream(const char *mode, long count)
{
	int sending = !strcmp(mode, "send");
	for (long n; count > 0; count -= n) {
		n = count < PORTION ? count : PORTION;
		fill(want);
		if (sending) {
			put(want, n);
			continue;
		}
		get(buf, n);
		if (memcmp(buf, want, n))
			fail("other bytes came than were sent");
	}
	if (sending)
		drain(1u << c->write.order);
	else
		until_gone();
}

static void push(long count)
{
	uint64_t begin = now();
	long all = count;
	for (long n; count > 0; count -= n) {
		n = count < PORTION ? count : PORTION;
		put(buf, n);
	}
	get(buf, 1);
	printf("throughput %.2f MiB/s\n", all / 1048576.0 / ((now() - begin) / 1e9));
}

static void pull(long count)
{
	while (count > 0) {
		int k = libxenvchan_read(c, buf, PORTION);
		if (k <= 0)
			fail("read");
		count -= k;
	}
	put(buf, 1);
	until_gone();
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void ping(long count)
{
	uint64_t *took = calloc(count, sizeof *took);
	for (long i = 0; i < count; i++) {
		uint64_t begin = now();
		put(buf, LETTER);
		get(buf, LETTER);
		took[i] = now() - begin;
	}
	qsort(took, count, sizeof *took, compare);
	printf("round trip p50 %llu ns\nround trip p99 %llu ns\n",
	       (unsigned long long)took[count / 2], (unsigned long long)took[count * 99 / 100]);
}

static void pong(long count)
{
	while (count-- > 0) {
		get(buf, LETTER);
		put(buf, LETTER);
	}
	until_gone();
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	if (argc != 7)
		fail("usage: vpeer listen|dial DOMAIN PATH RING MODE COUNT");
	int domain = atoi(argv[2]), ring = atoi(argv[4]);
	const char *mode = argv[5];
	long count = atol(argv[6]);

	if (!strcmp(argv[1], "listen")) {
		c = libxenvchan_server_init(NULL, domain, argv[3], ring, ring);
		puts("ready");
	} else {
		puts("ready");
		for (int i = 0; !c && i < 1200; i++) { /* the library does not wait for a server */
			struct timespec t = {0, 50000000};
			nanosleep(&t, NULL);
			c = libxenvchan_client_init(NULL, domain, argv[3]);
		}
	}
	if (!c)
		fail("connect");
	c->blocking = 1;
	while (libxenvchan_is_open(c) == 2)
		libxenvchan_wait(c);
	if (!strcmp(mode, "send") || !strcmp(mode, "recv"))
		stream(mode, count);
	else if (!strcmp(mode, "push"))
		push(count);
	else if (!strcmp(mode, "pull"))
		pull(count);
	else if (!strcmp(mode, "ping"))
		ping(count);
	else if (!strcmp(mode, "pong"))
		pong(count);
	else
		fail("no such mode");
	printf("ok %s\n", mode);
	libxenvchan_close(c);
	return 0;
}
