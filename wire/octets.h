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

/* Are the octets from @from up to @to, fewer than 8, all zero? */
static inline bool wire_is_zero(const uint8_t *data, uint32_t from, uint32_t to)
{
	for (; from < to; from++)
		if (data[from])
			return false;
	return true;
}

#endif /* WIRE_OCTETS_H */
