// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/wire/bytes.h"

void bytes_reset(struct bytes *b, bool big)
{
	b->len = 0;
	b->big = big;
}

void bytes_free(struct bytes *b)
{
	free(b->p);
	*b = (struct bytes){ 0 };
}

static void reserve(struct bytes *b, size_t n)
{
	if (n <= b->cap)
		return;
	b->cap = n < 512 ? 1024 : 2 * n;
	b->p = realloc(b->p, b->cap);
	if (!b->p) {
		perror("realloc");
		exit(2);
	}
}

void bytes_add(struct bytes *b, const void *p, size_t n)
{
	reserve(b, b->len + n);
	if (n)
		memcpy(b->p + b->len, p, n);
	b->len += n;
}

void bytes_replace(struct bytes *b, size_t at, size_t old, const void *p,
		   size_t n)
{
	reserve(b, b->len + n);
	memmove(b->p + at + n, b->p + at + old, b->len - at - old);
	if (n)
		memcpy(b->p + at, p, n);
	b->len = b->len - old + n;
}

void bytes_u8(struct bytes *b, uint8_t v)
{
	bytes_add(b, &v, 1);
}

void bytes_align(struct bytes *b, size_t align)
{
	while (b->len % align)
		bytes_u8(b, 0);
}

static void order(const struct bytes *b, uint64_t v, size_t size, uint8_t *out)
{
	size_t i;

	for (i = 0; i < size; i++) {
		size_t shift = 8 * (b->big ? size - 1 - i : i);

		out[i] = (uint8_t)(v >> shift);
	}
}

void bytes_number(struct bytes *b, uint64_t v, size_t size)
{
	uint8_t octets[8];

	bytes_align(b, size);
	order(b, v, size, octets);
	bytes_add(b, octets, size);
}

void bytes_set_u32(struct bytes *b, size_t at, uint32_t v)
{
	order(b, v, 4, b->p + at);
}

uint32_t bytes_get_u32(const struct bytes *b, size_t at)
{
	uint32_t v = 0;
	size_t i;

	for (i = 0; i < 4; i++)
		v |= (uint32_t)b->p[at + i] << 8 * (b->big ? 3 - i : i);
	return v;
}

void bytes_string(struct bytes *b, const char *s, size_t len)
{
	bytes_number(b, len, 4);
	bytes_add(b, s, len);
	bytes_u8(b, 0);
}

void bytes_signature(struct bytes *b, const char *s, size_t len)
{
	bytes_u8(b, (uint8_t)len);
	bytes_add(b, s, len);
	bytes_u8(b, 0);
}
