/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Numbers in either byte order, wherever they stand in memory; alignment and
 * padding. For the inside of wire/ only.
 */
#ifndef WIRE_OCTETS_H
#define WIRE_OCTETS_H

#include "wire/port.h"

#define WIRE_HOST_BIG (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

static inline uint16_t wire_load16(const uint8_t *p, bool big)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return big == WIRE_HOST_BIG ? v : __builtin_bswap16(v);
}

static inline uint32_t wire_load32(const uint8_t *p, bool big)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return big == WIRE_HOST_BIG ? v : __builtin_bswap32(v);
}

static inline uint64_t wire_load64(const uint8_t *p, bool big)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return big == WIRE_HOST_BIG ? v : __builtin_bswap64(v);
}

static inline void wire_store32(uint8_t *p, uint32_t v, bool big)
{
	if (big != WIRE_HOST_BIG)
		v = __builtin_bswap32(v);
	memcpy(p, &v, sizeof(v));
}

/* @align is a power of two; no overflow: offsets stay below 2^28 */
static inline uint32_t wire_align(uint32_t pos, uint32_t align)
{
	return (pos + align - 1) & ~(align - 1);
}

/* 1 to 7 octets as the low ones of a word, the first lowest; the others are 0 */
static inline uint64_t wire_load_few(const uint8_t *p, size_t n)
{
	uint64_t head, tail;

	if (n >= 4) {
		/* two that overlap: what both hold is the same */
		head = wire_load32(p, false);
		tail = wire_load32(p + n - 4, false);
		return head | tail << 8 * (n - 4);
	}
	head = p[0] | (uint64_t)p[n / 2] << 8 * (n / 2);
	return head | (uint64_t)p[n - 1] << 8 * (n - 1);
}

/*
 * Are the octets from @from up to @to, fewer than 8, all zero? All of a message
 * that may be padding has 8 or more in front of its end.
 */
static inline bool wire_is_zero(const uint8_t *data, uint32_t from, uint32_t to)
{
	if (from >= to)
		return true;
	return !(wire_load64(data + to - 8, false) >> 8 * (8 - (to - from)));
}

#endif /* WIRE_OCTETS_H */
