// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every code point, every pair of octets, and the rest by an independent
 * decoder: a sequence is valid if it is what its code point is encoded as.
 */
#include <string.h>

#include "tests/wire/check.h"
#include "wire/message.h"

static size_t encode(uint32_t c, uint8_t *o)
{
	if (c < 0x80) {
		o[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		o[0] = (uint8_t)(0xc0 | c >> 6);
		o[1] = 0x80 | (c & 0x3f);
		return 2;
	}
	if (c < 0x10000) {
		o[0] = (uint8_t)(0xe0 | c >> 12);
		o[1] = 0x80 | (c >> 6 & 0x3f);
		o[2] = 0x80 | (c & 0x3f);
		return 3;
	}
	o[0] = (uint8_t)(0xf0 | c >> 18);
	o[1] = 0x80 | (c >> 12 & 0x3f);
	o[2] = 0x80 | (c >> 6 & 0x3f);
	o[3] = 0x80 | (c & 0x3f);
	return 4;
}

static void code_points(void)
{
	uint32_t c;

	/* up to what four octets can hold */
	for (c = 0; c < 0x200000; c++) {
		bool valid = c && c < 0x110000 && (c < 0xd800 || c > 0xdfff);
		uint8_t o[4];
		size_t n = encode(c, o), cut;

		if (wire_is_utf8((char *)o, n) != valid) {
			check_case("U+%04X", c);
			CHECK(!"judged rightly");
		}
		for (cut = 1; cut < n; cut++) {
			if (wire_is_utf8((char *)o, cut)) {
				check_case("U+%04X cut to %zu", c, cut);
				CHECK(!"refused");
			}
		}
	}
	check_case("all code points");
	CHECK(c == 0x200000);
}

static void overlong(void)
{
	uint32_t c;

	for (c = 0; c < 0x800; c++) {
		uint8_t three[3] = {
			0xe0, (uint8_t)(0x80 | c >> 6), 0x80 | (c & 0x3f)
		};
		uint8_t two[2] = {
			(uint8_t)(0xc0 | c >> 6), 0x80 | (c & 0x3f)
		};

		check_case("U+%04X too long", c);
		CHECK(!wire_is_utf8((char *)three, 3));
		if (c < 0x80)
			CHECK(!wire_is_utf8((char *)two, 2));
	}
	for (c = 0; c < 0x10000; c++) {
		uint8_t four[4] = {
			0xf0, (uint8_t)(0x80 | c >> 12),
			0x80 | (c >> 6 & 0x3f), 0x80 | (c & 0x3f)
		};

		check_case("U+%04X in four octets", c);
		CHECK(!wire_is_utf8((char *)four, 4));
	}
}

/* A fault at each place of texts of each length: words and rests */
static void places(void)
{
	static const struct {
		const char *octets;
		bool valid;
	} inserts[] = {
		{ "\xc3\xa4", true },	  { "\xe2\x82\xac", true },
		{ "\xf0\x9f\x98\x80", true }, { "\xed\xa0\x80", false },
		{ "\x80", false },	  { "\xff", false },
		{ "\xc3", false },	  { "\xe2\x82", false },
		{ "", false },		/* the NUL behind it */
	};
	char s[64];
	size_t len, at, k;

	for (len = 0; len < 40; len++) {
		for (at = 0; at <= len; at++) {
			for (k = 0; k < sizeof(inserts) / sizeof(inserts[0]); k++) {
				size_t n = strlen(inserts[k].octets);

				n += !n;
				memset(s, 'x', sizeof(s));
				memcpy(s + at, inserts[k].octets, n);
				check_case("insert %zu at %zu of %zu", k, at, len);
				CHECK_EQ(wire_is_utf8(s, len + n),
					 inserts[k].valid);
			}
		}
	}
}

void test_utf8(void)
{
	CHECK(wire_is_utf8("", 0));
	code_points();
	overlong();
	places();
}
