/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A growing buffer, and values marshaled into it in either byte order. It has
 * nothing in common with wire/build.c, so that the two can be compared.
 */
#ifndef TESTS_WIRE_BYTES_H
#define TESTS_WIRE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *p;
	size_t len;
	size_t cap;
	bool big;
};

void bytes_reset(struct bytes *b, bool big);
void bytes_free(struct bytes *b);
void bytes_add(struct bytes *b, const void *p, size_t n);
/* the octets from @at to @at + @old are replaced by @n octets of @p */
void bytes_replace(struct bytes *b, size_t at, size_t old, const void *p,
		   size_t n);
void bytes_u8(struct bytes *b, uint8_t v);
void bytes_align(struct bytes *b, size_t align);
/* aligned number of @size octets */
void bytes_number(struct bytes *b, uint64_t v, size_t size);
/* the same at @at, over what is there */
void bytes_set_u32(struct bytes *b, size_t at, uint32_t v);
uint32_t bytes_get_u32(const struct bytes *b, size_t at);
void bytes_string(struct bytes *b, const char *s, size_t len);
void bytes_signature(struct bytes *b, const char *s, size_t len);

#endif /* TESTS_WIRE_BYTES_H */
