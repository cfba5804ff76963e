// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bodies written octet by octet. In the texts below a pair of digits is an
 * octet, 'c a character.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/wire/bytes.h"
#include "tests/wire/check.h"
#include "wire/iter.h"
#include "wire/message.h"

static const struct {
	const char *sig;
	const char *octets;	/* little-endian */
	enum wire_status status;
} cases[] = {
	{ "", "", WIRE_OK },
	{ "", "00", WIRE_E_BODY_LONG },
	{ "y", "ff", WIRE_OK },
	{ "y", "", WIRE_E_BODY_SHORT },
	{ "y", "01 02", WIRE_E_BODY_LONG },
	{ "yn", "01 00 02 03", WIRE_OK },
	{ "yn", "01 01 02 03", WIRE_E_PADDING },
	{ "yu", "01 00 00 00 02 03 04 05", WIRE_OK },
	{ "yu", "01 00 00 01 02 03 04 05", WIRE_E_PADDING },
	{ "yt", "01 00 00 00 00 00 00 00 01 02 03 04 05 06 07 08", WIRE_OK },
	{ "yt", "01 00 00 00 00 00 00 80 01 02 03 04 05 06 07 08",
	  WIRE_E_PADDING },
	{ "u", "01 02 03", WIRE_E_BODY_SHORT },
	{ "b", "00 00 00 00", WIRE_OK },
	{ "b", "01 00 00 00", WIRE_OK },
	{ "b", "02 00 00 00", WIRE_E_BOOLEAN },
	{ "b", "00 00 00 01", WIRE_E_BOOLEAN },
	{ "h", "00 00 00 00", WIRE_OK },	/* UNIX_FDS is 2 */
	{ "h", "01 00 00 00", WIRE_OK },
	{ "h", "02 00 00 00", WIRE_E_FD_INDEX },
	{ "ah", "08 00 00 00 01 00 00 00 00 00 00 00", WIRE_OK },
	{ "ah", "08 00 00 00 01 00 00 00 02 00 00 00", WIRE_E_FD_INDEX },
	{ "s", "00 00 00 00 00", WIRE_OK },
	{ "s", "01 00 00 00 'a 00", WIRE_OK },
	{ "s", "01 00 00 00 'a 'b", WIRE_E_STRING },
	{ "s", "01 00 00 00 'a", WIRE_E_BODY_SHORT },
	{ "s", "02 00 00 00 'a 00 00", WIRE_E_UTF8 },
	{ "s", "02 00 00 00 c3 a4 00", WIRE_OK },
	{ "s", "02 00 00 00 c3 c3 00", WIRE_E_UTF8 },
	{ "s", "ff ff ff ff 'a 00", WIRE_E_BODY_SHORT },
	{ "s", "fe ff ff ff 'a 00", WIRE_E_BODY_SHORT },
	{ "s", "00 00 00 08 'a 00", WIRE_E_BODY_SHORT },
	{ "o", "01 00 00 00 '/ 00", WIRE_OK },
	{ "o", "00 00 00 00 00", WIRE_E_PATH },
	{ "o", "02 00 00 00 '/ '/ 00", WIRE_E_PATH },
	{ "g", "00 00", WIRE_OK },
	{ "g", "02 'a 'y 00", WIRE_OK },
	{ "g", "01 'a 00", WIRE_E_SIGNATURE },
	{ "g", "01 'y 01", WIRE_E_STRING },
	{ "g", "02 'y 00", WIRE_E_BODY_SHORT },
	{ "ay", "00 00 00 00", WIRE_OK },
	{ "ay", "03 00 00 00 01 02 03", WIRE_OK },
	{ "ay", "03 00 00 00 01 02", WIRE_E_BODY_SHORT },
	{ "ay", "01 00 00 04", WIRE_E_ARRAY_LENGTH },
	{ "an", "03 00 00 00 01 02 03", WIRE_E_ARRAY_BOUNDS },
	{ "ai", "06 00 00 00 01 02 03 04 05 06", WIRE_E_ARRAY_BOUNDS },
	{ "ax", "00 00 00 00 00 00 00 00", WIRE_OK },
	{ "ax", "00 00 00 00 00 00 00 01", WIRE_E_PADDING },
	{ "ax", "00 00 00 00", WIRE_E_BODY_SHORT },
	{ "ax", "08 00 00 00 00 00 00 00 01 02 03 04 05 06 07 08", WIRE_OK },
	{ "ab", "08 00 00 00 01 00 00 00 00 00 00 00", WIRE_OK },
	{ "ab", "08 00 00 00 01 00 00 00 02 00 00 00", WIRE_E_BOOLEAN },
	{ "as", "00 00 00 00", WIRE_OK },
	{ "as", "06 00 00 00 01 00 00 00 'a 00", WIRE_OK },
	{ "as", "05 00 00 00 01 00 00 00 'a 00", WIRE_E_ARRAY_BOUNDS },
	{ "asy", "07 00 00 00 01 00 00 00 'a 00 00", WIRE_E_ARRAY_BOUNDS },
	{ "aay", "09 00 00 00 01 00 00 00 'a 00 00 00 00", WIRE_E_ARRAY_BOUNDS },
	{ "aay", "0c 00 00 00 01 00 00 00 'a 00 00 00 00 00 00 00", WIRE_OK },
	{ "aay", "08 00 00 00 05 00 00 00 'a 00 00 00 00", WIRE_E_ARRAY_BOUNDS },
	{ "(y)", "07", WIRE_OK },
	{ "(y)", "", WIRE_E_BODY_SHORT },
	{ "y(y)", "07 00 00 00 00 00 00 00 01", WIRE_OK },
	{ "y(y)", "07 00 00 01 00 00 00 00 01", WIRE_E_PADDING },
	{ "y(y)", "07 00 00", WIRE_E_BODY_SHORT },
	{ "(yy)y", "01 02 03", WIRE_OK },
	{ "a(y)", "01 00 00 00 00 00 00 00 07", WIRE_OK },
	{ "a(y)", "09 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 08", WIRE_OK },
	{ "a(y)", "08 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00",
	  WIRE_E_ARRAY_BOUNDS },
	{ "a{yy}", "02 00 00 00 00 00 00 00 01 02", WIRE_OK },
	{ "a{yy}", "01 00 00 00 00 00 00 00 01 02", WIRE_E_ARRAY_BOUNDS },
	{ "v", "01 'y 00 07", WIRE_OK },
	{ "v", "01 'n 00 00 07 00", WIRE_OK },
	{ "v", "01 'n 00 01 07 00", WIRE_E_PADDING },
	{ "v", "00 00", WIRE_E_VARIANT },
	{ "v", "02 'y 'y 00 07 08", WIRE_E_VARIANT },
	{ "v", "01 'a 00", WIRE_E_SIGNATURE },
	{ "v", "01 'y 07 07", WIRE_E_STRING },
	{ "v", "01 'y 00", WIRE_E_BODY_SHORT },
	{ "v", "01 'y", WIRE_E_BODY_SHORT },
	{ "v", "", WIRE_E_BODY_SHORT },
	{ "v", "ff 'y 00", WIRE_E_BODY_SHORT },
	{ "v", "01 'v 00 01 'y 00 09", WIRE_OK },
	{ "vy", "04 '( 'y 'y ') 00 00 00 01 02 03", WIRE_OK },
	{ "av", "04 00 00 00 01 'y 00 01", WIRE_OK },
	{ "av", "03 00 00 00 01 'y 00 01", WIRE_E_ARRAY_BOUNDS },
};

static void put_octets(struct bytes *b, const char *text)
{
	while (*text) {
		if (*text == ' ') {
			text++;
		} else if (*text == '\'') {
			bytes_u8(b, (uint8_t)text[1]);
			text += 2;
		} else {
			char digits[3] = { text[0], text[1], 0 };

			bytes_u8(b, (uint8_t)strtoul(digits, NULL, 16));
			text += 2;
		}
	}
}

/* A method return with two file descriptors and that signature and body */
static void put_message(struct bytes *b, bool big, const char *sig,
			const struct bytes *body)
{
	bytes_reset(b, big);
	bytes_u8(b, big ? 'B' : 'l');
	bytes_u8(b, WIRE_METHOD_RETURN);
	bytes_u8(b, 0);
	bytes_u8(b, 1);
	bytes_number(b, body->len, 4);
	bytes_number(b, 1, 4);
	bytes_number(b, 0, 4);
	bytes_add(b, "\5\1u", 4);
	bytes_number(b, 1, 4);
	bytes_add(b, "\11\1u", 4);
	bytes_number(b, 2, 4);
	bytes_add(b, "\10\1g", 4);
	bytes_signature(b, sig, strlen(sig));
	bytes_set_u32(b, 12, (uint32_t)b->len - 16);
	bytes_align(b, 8);
	bytes_add(b, body->p, body->len);
}

/* The iterator must find the fault too, but for an fd index. */
static enum wire_status walk_status(const struct wire_msg *m)
{
	enum wire_status status;
	struct wire_iter it;
	struct wire_value v;
	enum wire_event e;

	wire_iter_init(&it, m);
	while ((e = wire_next(&it, &v)) != WIRE_DONE) {
		if (e == WIRE_BAD) {
			status = v.status;
			CHECK(wire_next(&it, &v) == WIRE_DONE);
			return status;
		}
	}
	return WIRE_OK;
}

/* From a buffer that ends there, so that a read too far is seen */
static void cut_body(const struct bytes *b, size_t n, enum wire_status whole)
{
	uint8_t *p = malloc(n);
	struct wire_msg m;

	memcpy(p, b->p, n);
	CHECK_STATUS(wire_parse(&m, p, n), WIRE_E_SHORT);
	if (whole) {
		CHECK(wire_validate_body(&m));
	} else {
		CHECK_STATUS(wire_validate_body(&m), WIRE_E_SHORT);
		CHECK_STATUS(walk_status(&m), WIRE_E_SHORT);
	}
	free(p);
}

static void written_bodies(void)
{
	struct bytes b = { 0 }, body = { 0 };
	enum wire_status want;
	struct wire_msg m;
	size_t i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bytes_reset(&body, false);
		put_octets(&body, cases[i].octets);
		put_message(&b, false, cases[i].sig, &body);
		check_case("'%s': %s", cases[i].sig, cases[i].octets);
		CHECK_STATUS(wire_parse(&m, b.p, b.len), WIRE_OK);
		CHECK_STATUS(wire_validate_body(&m), cases[i].status);
		if (cases[i].status)
			CHECK(m.bad_at >= m.body && m.bad_at <= m.len);
		want = cases[i].status == WIRE_E_FD_INDEX ? WIRE_OK :
							    cases[i].status;
		CHECK_STATUS(walk_status(&m), want);

		/* cut anywhere, a valid body is short and nothing else */
		for (n = m.body; n < b.len; n++)
			cut_body(&b, n, cases[i].status);
	}
	bytes_free(&b);
	bytes_free(&body);
}

/* "@n" variants, one in another, around an octet or an array of octets */
static enum wire_status nested_variants(size_t n, const char *inner, bool empty)
{
	struct bytes b = { 0 }, body = { 0 };
	enum wire_status status;
	struct wire_msg m;
	size_t i;

	for (i = 1; i < n; i++)
		bytes_add(&body, "\1v", 3);
	bytes_signature(&body, inner, strlen(inner));
	if (inner[0] == 'a') {
		bytes_number(&body, empty ? 0 : 1, 4);
		if (!empty)
			bytes_u8(&body, 1);
	} else {
		bytes_u8(&body, 1);
	}
	put_message(&b, false, "v", &body);
	CHECK_STATUS(wire_parse(&m, b.p, b.len), WIRE_OK);
	status = wire_validate_body(&m);
	CHECK_STATUS(walk_status(&m), status);
	bytes_free(&b);
	bytes_free(&body);
	return status;
}

static void depths(void)
{
	check_case("nested variants");
	CHECK_STATUS(nested_variants(1, "y", false), WIRE_OK);
	CHECK_STATUS(nested_variants(64, "y", false), WIRE_OK);
	CHECK_STATUS(nested_variants(65, "y", false), WIRE_E_DEPTH);
	CHECK_STATUS(nested_variants(1000, "y", false), WIRE_E_DEPTH);
	CHECK_STATUS(nested_variants(63, "ay", false), WIRE_OK);
	CHECK_STATUS(nested_variants(64, "ay", false), WIRE_E_DEPTH);
	CHECK_STATUS(nested_variants(64, "ay", true), WIRE_E_DEPTH);
	CHECK_STATUS(nested_variants(64, "as", true), WIRE_E_DEPTH);
}

/* The greatest array and string, and one octet more */
static void greatest(void)
{
	static const uint32_t lens[] = { WIRE_ARRAY_MAX, WIRE_ARRAY_MAX + 1 };
	size_t i;

	for (i = 0; i < 2; i++) {
		struct bytes b = { 0 }, body = { 0 };
		struct wire_msg m;

		check_case("%u octets", lens[i]);
		body.len = body.cap = 4 + lens[i];
		body.p = calloc(1, body.cap + 1);
		bytes_set_u32(&body, 0, lens[i]);
		put_message(&b, false, "ay", &body);
		CHECK_STATUS(wire_parse(&m, b.p, b.len), WIRE_OK);
		CHECK_STATUS(wire_validate_body(&m),
			     i ? WIRE_E_ARRAY_LENGTH : WIRE_OK);

		/* a string has no limit but the message's */
		memset(body.p + 4, 'x', lens[i]);
		bytes_u8(&body, 0);
		put_message(&b, false, "s", &body);
		CHECK_STATUS(wire_parse(&m, b.p, b.len), WIRE_OK);
		CHECK_STATUS(wire_validate_body(&m), WIRE_OK);
		bytes_free(&b);
		bytes_free(&body);
	}
}

void test_body(void)
{
	written_bodies();
	depths();
	greatest();
}
