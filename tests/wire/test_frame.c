// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "tests/wire/check.h"
#include "tests/wire/generate.h"
#include "wire/message.h"

static const uint8_t minimal[16] = { 'l', 2, 0, 1, 0, 0, 0, 0, 1 };

/* One octet of the fixed part changed: seen as soon as it is there */
static void faults(void)
{
	static const struct {
		uint8_t at, value;
		enum wire_status status;
		size_t seen;
	} cases[] = {
		{ 0, 'L', WIRE_E_ENDIAN, 1 },
		{ 0, 0, WIRE_E_ENDIAN, 1 },
		{ 1, 0, WIRE_E_TYPE, 2 },
		{ 3, 0, WIRE_E_VERSION, 4 },
		{ 3, 2, WIRE_E_VERSION, 4 },
		{ 7, 8, WIRE_E_LENGTH, 8 },
		{ 7, 0xff, WIRE_E_LENGTH, 8 },
		{ 8, 0, WIRE_E_SERIAL, 12 },
		{ 15, 5, WIRE_E_ARRAY_LENGTH, 16 },
		{ 15, 0xff, WIRE_E_ARRAY_LENGTH, 16 },
	};
	size_t i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t m[16];

		memcpy(m, minimal, 16);
		m[cases[i].at] = cases[i].value;
		for (n = 0; n <= 16; n++) {
			struct wire_msg msg;
			uint32_t len = 99;
			enum wire_status want = n < cases[i].seen ?
							WIRE_OK : cases[i].status;

			check_case("octet %u = %u, %zu octets", cases[i].at,
				   cases[i].value, n);
			CHECK_STATUS(wire_frame(m, n, &len), want);
			CHECK_EQ(len, 0);
			CHECK_STATUS(wire_parse(&msg, m, n),
				     want ? want : WIRE_E_SHORT);
			if (want)
				CHECK(msg.bad_at <= cases[i].at);
		}
	}
}

static void limits(void)
{
	static const struct {
		uint32_t body, fields;
		enum wire_status status;
		uint32_t len;
	} cases[] = {
		{ 0, 0, WIRE_OK, 16 },
		{ 1, 0, WIRE_OK, 17 },
		{ 0, 1, WIRE_OK, 24 },
		{ 0, 8, WIRE_OK, 24 },
		{ 5, 9, WIRE_OK, 37 },
		{ WIRE_MESSAGE_MAX - 16, 0, WIRE_OK, WIRE_MESSAGE_MAX },
		{ WIRE_MESSAGE_MAX - 15, 0, WIRE_E_LENGTH, 0 },
		{ WIRE_MESSAGE_MAX - 24, 1, WIRE_OK, WIRE_MESSAGE_MAX },
		{ WIRE_MESSAGE_MAX - 23, 1, WIRE_E_LENGTH, 0 },
		{ 0, WIRE_ARRAY_MAX, WIRE_OK, WIRE_ARRAY_MAX + 16 },
		{ 0, WIRE_ARRAY_MAX + 1, WIRE_E_ARRAY_LENGTH, 0 },
		{ UINT32_MAX, 0, WIRE_E_LENGTH, 0 },
		{ 0, UINT32_MAX, WIRE_E_ARRAY_LENGTH, 0 },
		{ UINT32_MAX, UINT32_MAX, WIRE_E_LENGTH, 0 },
	};
	size_t i;
	int big;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (big = 0; big < 2; big++) {
			struct bytes b = { .big = big };
			uint32_t len;

			bytes_add(&b, minimal, 16);
			b.p[0] = big ? 'B' : 'l';
			bytes_set_u32(&b, 4, cases[i].body);
			bytes_set_u32(&b, 8, 1);
			bytes_set_u32(&b, 12, cases[i].fields);
			check_case("body %u, fields %u, big %d", cases[i].body,
				   cases[i].fields, big);
			CHECK_STATUS(wire_frame(b.p, 16, &len), cases[i].status);
			CHECK_EQ(len, cases[i].len);
			bytes_free(&b);
		}
	}
}

static bool same_str(struct wire_str whole, struct wire_str part)
{
	return !part.s || (part.s == whole.s && part.len == whole.len);
}

/* However a stream is cut, each beginning of a message asks for the same length
 * and shows no other field than the whole. */
static void cut(const struct gen_message *g)
{
	const struct bytes *b = &g->whole;
	struct wire_msg whole, part;
	enum wire_status all = wire_parse(&whole, b->p, b->len);
	size_t n, most = whole.len ? whole.len : WIRE_FIXED_LEN, present = 0;
	uint32_t len;

	for (n = 0; n < b->len; n++) {
		/* a buffer of its own, so that a read too far is seen */
		uint8_t *p = malloc(n + !n);
		enum wire_status s;

		memcpy(p, b->p, n);
		s = wire_frame(p, n, &len);
		CHECK(s == WIRE_OK || s == all);
		CHECK_EQ(len, n < 16 || s ? 0 : whole.len);
		s = wire_parse(&part, p, n);
		free(p);

		CHECK_STATUS(wire_parse(&part, b->p, n), s);
		if (!all)
			CHECK_STATUS(s, WIRE_E_SHORT);
		else
			CHECK(s == WIRE_E_SHORT || s == all);
		CHECK_EQ(part.have, n < most ? n : most);
		if (s != WIRE_E_SHORT)
			continue;
		CHECK((part.present & present) == present);
		present = part.present;
		if (!all) {
			CHECK((present & whole.present) == present);
			CHECK(same_str(whole.path, part.path));
			CHECK(same_str(whole.interface, part.interface));
			CHECK(same_str(whole.member, part.member));
			CHECK(same_str(whole.error_name, part.error_name));
			CHECK(same_str(whole.destination, part.destination));
			CHECK(same_str(whole.sender, part.sender));
			CHECK(same_str(whole.signature, part.signature));
			if (n >= whole.body)
				CHECK_EQ(present, whole.present);
		}
	}
}

static void cuts(void)
{
	static struct gen_message g;
	uint64_t i;

	for (i = 1; i <= 300; i++) {
		struct rng r = rng_case(4711, i);

		gen_message(&g, &r);
		if (i % 3 == 0)
			gen_mutate(&g, &r);
		if (g.whole.len > 4000)
			continue;
		check_case("message %u", (unsigned int)i);
		cut(&g);
	}
	gen_free(&g);
}

void test_frame(void)
{
	faults();
	limits();
	cuts();
}
