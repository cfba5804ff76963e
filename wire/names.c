// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * "Valid Names" and "Valid Object Paths".
 */
#include "wire/names.h"
#include "wire/message.h"

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
 * Elements between dots, each of one octet or more, of the classes @set, the
 * first of @first. Returns their number, 0 if there is anything else.
 */
static size_t elements(const char *s, size_t len, uint8_t first, uint8_t set)
{
	size_t i = 0, count = 0;

	for (;;) {
		if (i == len || !(class[(uint8_t)s[i]] & first))
			return 0;
		i += span(s + i, len - i, set);
		count++;
		if (i == len)
			return count;
		if (s[i++] != '.')
			return 0;
	}
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
