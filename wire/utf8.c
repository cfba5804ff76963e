// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "wire/message.h"
#include "wire/octets.h"

#define ONES  0x0101010101010101ull
#define HIGHS 0x8080808080808080ull

/* Are eight octets ASCII, and none of them NUL? */
static __always_inline bool is_ascii(uint64_t w)
{
	/* an octet of 0 borrows, and so gets its high bit */
	return !((w | (w - ONES)) & HIGHS);
}

/*
 * Length of the run of ASCII octets other than NUL at the start: all, or
 * else in steps of 8
 */
static __always_inline size_t ascii_run(const uint8_t *p, size_t n)
{
	size_t i;

	if (n < 8)
		return n && is_ascii(wire_load_few(p, n) | ONES << 8 * n) ? n : 0;
	for (i = 0; n - i >= 8; i += 8)
		if (!is_ascii(wire_load64(p + i, false)))
			return i;
	/* the last word once more, as far as it is not yet seen */
	return is_ascii(wire_load64(p + n - 8, false)) ? n : i;
}

static bool is_tail(uint8_t c)
{
	return (c & 0xc0) == 0x80;
}

/* Octets of the well-formed sequence (Unicode, table 3-7) at @p; 0 if none */
static size_t sequence(const uint8_t *p, size_t n)
{
	uint8_t lo = 0x80, hi = 0xbf;
	size_t len;

	if (p[0] < 0x80)
		return p[0] ? 1 : 0;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	if (p[0] < 0xe0)
		len = 2;
	else
		len = p[0] < 0xf0 ? 3 : 4;
	if (n < len)
		return 0;

	if (p[0] == 0xe0)
		lo = 0xa0;	/* shorter forms exist below */
	else if (p[0] == 0xed)
		hi = 0x9f;	/* surrogates above */
	else if (p[0] == 0xf0)
		lo = 0x90;
	else if (p[0] == 0xf4)
		hi = 0x8f;	/* beyond U+10FFFF */
	if (p[1] < lo || p[1] > hi)
		return 0;
	if (len > 2 && !is_tail(p[2]))
		return 0;
	if (len > 3 && !is_tail(p[3]))
		return 0;
	return len;
}

bool wire_is_utf8(const char *s, size_t len)
{
	const uint8_t *p = (const uint8_t *)s;
	size_t i = 0, step;

	while (i < len) {
		i += ascii_run(p + i, len - i);
		/* the rest of this word octet by octet, then words again */
		for (step = i + 8; i < len && i < step;) {
			size_t n = sequence(p + i, len - i);

			if (!n)
				return false;
			i += n;
		}
	}
	return true;
}
