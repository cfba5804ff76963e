// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * "Valid Names" and "Valid Object Paths".
 */
#include "wire/names.h"
#include "wire/message.h"
#include "wire/octets.h"

#define LETTER 1	/* [A-Za-z_] */
#define DIGIT  2	/* [0-9] */
#define HYPHEN 4	/* '-', in bus names only */

/*
 * Eight octets at a time. Every octet of a word stands for itself: its highest
 * bit says "yes" in what these return, and no octet is 0x80 or more, so that
 * nothing is carried into its neighbour.
 */
#define EACH(octet)	(0x0101010101010101ull * (octet))
#define YES		EACH(0x80)

static __always_inline uint64_t between(uint64_t v, uint8_t from, uint8_t to)
{
	return (v + EACH(0x80u - from)) & ~(v + EACH(0x7fu - to)) & YES;
}

static __always_inline uint64_t is(uint64_t v, uint8_t c)
{
	return ~((v ^ EACH(c)) + EACH(0x7f)) & YES;
}

/**
 * struct elements - what a name or path is made of
 * @dot: what stands between two elements
 * @first: classes of octets that an element may begin with
 * @set: and of those that may follow; letters are always among both
 */
struct elements {
	uint8_t dot;
	uint8_t first;
	uint8_t set;
};

/*
 * Does a word of a name hold anything that must not be there? @before: the octet
 * before it is a dot, or it is the first. @dots: gets those that it holds.
 */
static __always_inline bool is_bad(uint64_t v, bool before,
				   const struct elements e, uint64_t *dots)
{
	uint64_t dot, digit, other, begins, letter;

	if (v & YES)
		return true;
	letter = between(v | EACH(0x20), 'a', 'z') | is(v, '_');
	digit = between(v, '0', '9');
	dot = is(v, e.dot);
	other = e.set & HYPHEN ? is(v, '-') : 0;
	*dots |= dot;
	/* no element is empty, and not each may begin with a digit */
	begins = dot << 8 | (before ? 0x80 : 0);
	return (letter | digit | dot | other) != YES ||
	       (begins & (e.first & DIGIT ? dot : dot | digit));
}

/*
 * Elements of one octet or more. @begin: an element begins here; if not, a dot
 * may stand here. Returns 0 if there is anything else, 1 if there is no dot, more
 * if there are any.
 */
static __always_inline size_t elements(const char *s, size_t len, bool begin,
				       const struct elements e)
{
	const uint8_t *p = (const uint8_t *)s;
	uint64_t dots = 0;
	size_t i;

	if (!len || p[len - 1] == e.dot)
		return 0;
	if (len < 8) {
		/* what is behind the end is as good as any letter */
		if (is_bad(wire_load_few(p, len) | EACH('a') << 8 * len, begin,
			   e, &dots))
			return 0;
		return dots ? 2 : 1;
	}
	for (i = 0; i + 8 <= len; i += 8)
		if (is_bad(wire_load64(p + i, false),
			   i ? p[i - 1] == e.dot : begin, e, &dots))
			return 0;
	/* the last word once more, as far as it is not yet seen */
	if (i < len && is_bad(wire_load64(p + len - 8, false),
			      p[len - 9] == e.dot, e, &dots))
		return 0;
	return dots ? 2 : 1;
}

static const struct elements of_path = { '/', LETTER | DIGIT, LETTER | DIGIT };
static const struct elements of_interface = { '.', LETTER, LETTER | DIGIT };
static const struct elements of_unique = {
	'.', LETTER | DIGIT | HYPHEN, LETTER | DIGIT | HYPHEN
};
static const struct elements of_bus_name = {
	'.', LETTER | HYPHEN, LETTER | DIGIT | HYPHEN
};

bool wire_is_path(const char *s, size_t len)
{
	if (!len || s[0] != '/')
		return false;
	return len == 1 || elements(s, len, false, of_path);
}

bool wire_is_interface(const char *s, size_t len)
{
	return len <= WIRE_NAME_MAX && elements(s, len, true, of_interface) > 1;
}

bool wire_is_member(const char *s, size_t len)
{
	return len <= WIRE_NAME_MAX && elements(s, len, true, of_interface) == 1;
}

/*
 * The reference implementation takes unique names of one element, and of none,
 * and an empty first one; so must a bus that its clients move to.
 */
bool wire_is_unique_name(const char *s, size_t len)
{
	if (!len || len > WIRE_NAME_MAX || s[0] != ':')
		return false;
	return len == 1 || elements(s + 1, len - 1, false, of_unique);
}

bool wire_is_bus_name(const char *s, size_t len)
{
	if (len && s[0] == ':')
		return wire_is_unique_name(s, len);
	return len <= WIRE_NAME_MAX && elements(s, len, true, of_bus_name) > 1;
}

bool wire_is_bus_namespace(const char *s, size_t len)
{
	if (len && s[0] == ':')
		return wire_is_unique_name(s, len);
	return len <= WIRE_NAME_MAX && elements(s, len, true, of_bus_name);
}
