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

static const uint8_t class[256] = {
	['A' ... 'Z'] = LETTER,
	['a' ... 'z'] = LETTER,
	['_'] = LETTER,
	['0' ... '9'] = DIGIT,
	['-'] = HYPHEN,
};

/* Octets at the start of @s that are of one of the classes @set */
static size_t span(const char *s, size_t len, uint8_t set)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!(class[(uint8_t)s[i]] & set))
			break;
	return i;
}

bool wire_is_path(const char *s, size_t len)
{
	size_t i = 0, n;

	if (!len || s[0] != '/')
		return false;
	if (len == 1)
		return true;
	while (i < len) {
		if (s[i] != '/')
			return false;
		n = span(s + i + 1, len - i - 1, LETTER | DIGIT);
		if (!n)
			return false;
		i += 1 + n;
	}
	return true;
}

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

/*
 * Does a word of a name with dots hold anything that must not be there? @before:
 * the octet before it is a dot, or it is the first.
 */
static __always_inline bool is_bad(const char *s, bool before, uint8_t first,
				   uint8_t set)
{
	uint64_t v, dot, digit, other, begins, letter;

	memcpy(&v, s, sizeof(v));
	if (v & YES)
		return true;
	letter = between(v | EACH(0x20), 'a', 'z') | is(v, '_');
	digit = between(v, '0', '9');
	dot = is(v, '.');
	other = set & HYPHEN ? is(v, '-') : 0;
	/* no element is empty, and not each may begin with a digit */
	begins = dot << 8 | (before ? 0x80 : 0);
	return (letter | digit | dot | other) != YES ||
	       (begins & (first & DIGIT ? dot : dot | digit));
}

/*
 * Elements between dots, each of one octet or more, of the classes @set, the
 * first of @first. Returns 0 if there is anything else, 1 if there is one
 * element, more if there are more.
 */
static __always_inline size_t elements(const char *s, size_t len, uint8_t first,
				       uint8_t set)
{
	bool before = true;
	size_t i = 0, count = 1;

	if (!len || s[len - 1] == '.')
		return 0;
	if (len >= 8 && !WIRE_HOST_BIG) {
		for (; i + 8 <= len; i += 8)
			if (is_bad(s + i, !i || s[i - 1] == '.', first, set))
				return 0;
		/* the last word once more, as far as it is not yet seen */
		if (i < len && is_bad(s + len - 8, len == 8 ||
				      s[len - 9] == '.', first, set))
			return 0;
		return memchr(s, '.', len) ? 2 : 1;
	}
	for (; i < len; i++) {
		if (s[i] == '.' && !before) {
			before = true;
			count++;
			continue;
		}
		if (!(class[(uint8_t)s[i]] & (before ? first : set)))
			return 0;
		before = false;
	}
	return count;
}

bool wire_is_interface(const char *s, size_t len)
{
	return len <= WIRE_NAME_MAX &&
	       elements(s, len, LETTER, LETTER | DIGIT) >= 2;
}

bool wire_is_member(const char *s, size_t len)
{
	return len <= WIRE_NAME_MAX &&
	       elements(s, len, LETTER, LETTER | DIGIT) == 1;
}

/*
 * The reference implementation takes unique names of one element, and of none,
 * and an empty first one; so must a bus that its clients move to.
 */
bool wire_is_unique_name(const char *s, size_t len)
{
	const uint8_t set = LETTER | DIGIT | HYPHEN;
	size_t i;

	if (!len || len > WIRE_NAME_MAX || s[0] != ':')
		return false;
	i = 1 + span(s + 1, len - 1, set);
	if (i == len)
		return true;
	return s[i] == '.' && elements(s + i + 1, len - i - 1, set, set);
}

bool wire_is_bus_name(const char *s, size_t len)
{
	if (len && s[0] == ':')
		return wire_is_unique_name(s, len);
	return len <= WIRE_NAME_MAX && elements(s, len, LETTER | HYPHEN,
						LETTER | DIGIT | HYPHEN) >= 2;
}

bool wire_is_bus_namespace(const char *s, size_t len)
{
	if (len && s[0] == ':')
		return wire_is_unique_name(s, len);
	return len <= WIRE_NAME_MAX && elements(s, len, LETTER | HYPHEN,
						LETTER | DIGIT | HYPHEN);
}
