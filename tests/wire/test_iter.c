// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the walk reports of one body that has everything, in both byte orders.
 */
#include <string.h>

#include "tests/wire/bytes.h"
#include "tests/wire/check.h"
#include "wire/iter.h"
#include "wire/message.h"

static const char sig[] = "ybnqiuxtdsogh(ys)a{yv}aiasav";

struct expected {
	enum wire_event event;
	char type;
	uint8_t depth;
	uint8_t arg;
	uint64_t u;
	const char *text;	/* string, or signature of the content */
};

static const struct expected expected[] = {
	{ WIRE_VALUE, 'y', 0, 0, 0xfe, NULL },
	{ WIRE_VALUE, 'b', 0, 1, 1, NULL },
	{ WIRE_VALUE, 'n', 0, 2, (uint64_t)-2, NULL },
	{ WIRE_VALUE, 'q', 0, 3, 0xfffe, NULL },
	{ WIRE_VALUE, 'i', 0, 4, (uint64_t)-3, NULL },
	{ WIRE_VALUE, 'u', 0, 5, 0xfffffffd, NULL },
	{ WIRE_VALUE, 'x', 0, 6, (uint64_t)-4, NULL },
	{ WIRE_VALUE, 't', 0, 7, 0x0102030405060708, NULL },
	{ WIRE_VALUE, 'd', 0, 8, 0x3ff8000000000000, NULL },
	{ WIRE_VALUE, 's', 0, 9, 0, "text" },
	{ WIRE_VALUE, 'o', 0, 10, 0, "/o" },
	{ WIRE_VALUE, 'g', 0, 11, 0, "a{sv}" },
	{ WIRE_VALUE, 'h', 0, 12, 9, NULL },
	{ WIRE_OPEN, '(', 0, 13, 0, "ys" },
	{ WIRE_VALUE, 'y', 1, 13, 1, NULL },
	{ WIRE_VALUE, 's', 1, 13, 0, "" },
	{ WIRE_CLOSE, '(', 0, 13, 0, NULL },
	{ WIRE_OPEN, 'a', 0, 14, 0, "{yv}" },
	{ WIRE_OPEN, '{', 1, 14, 0, "yv" },
	{ WIRE_VALUE, 'y', 2, 14, 2, NULL },
	{ WIRE_OPEN, 'v', 2, 14, 0, "(u)" },
	{ WIRE_OPEN, '(', 3, 14, 0, "u" },
	{ WIRE_VALUE, 'u', 4, 14, 3, NULL },
	{ WIRE_CLOSE, '(', 3, 14, 0, NULL },
	{ WIRE_CLOSE, 'v', 2, 14, 0, NULL },
	{ WIRE_CLOSE, '{', 1, 14, 0, NULL },
	{ WIRE_CLOSE, 'a', 0, 14, 0, NULL },
	{ WIRE_OPEN, 'a', 0, 15, 0, "i" },
	{ WIRE_VALUE, 'i', 1, 15, 1, NULL },
	{ WIRE_VALUE, 'i', 1, 15, (uint64_t)-1, NULL },
	{ WIRE_CLOSE, 'a', 0, 15, 0, NULL },
	{ WIRE_OPEN, 'a', 0, 16, 0, "s" },
	{ WIRE_CLOSE, 'a', 0, 16, 0, NULL },
	{ WIRE_OPEN, 'a', 0, 17, 0, "v" },
	{ WIRE_OPEN, 'v', 1, 17, 0, "y" },
	{ WIRE_VALUE, 'y', 2, 17, 5, NULL },
	{ WIRE_CLOSE, 'v', 1, 17, 0, NULL },
	{ WIRE_CLOSE, 'a', 0, 17, 0, NULL },
	{ WIRE_DONE, 0, 0, 0, 0, NULL },
	{ WIRE_DONE, 0, 0, 0, 0, NULL },
};

static void put_body(struct bytes *b)
{
	size_t at, start;

	bytes_u8(b, 0xfe);
	bytes_number(b, 1, 4);
	bytes_number(b, (uint16_t)-2, 2);
	bytes_number(b, 0xfffe, 2);
	bytes_number(b, (uint32_t)-3, 4);
	bytes_number(b, 0xfffffffd, 4);
	bytes_number(b, (uint64_t)-4, 8);
	bytes_number(b, 0x0102030405060708, 8);
	bytes_number(b, 0x3ff8000000000000, 8);
	bytes_string(b, "text", 4);
	bytes_string(b, "/o", 2);
	bytes_signature(b, "a{sv}", 5);
	bytes_number(b, 9, 4);
	bytes_align(b, 8);
	bytes_u8(b, 1);
	bytes_string(b, "", 0);

	bytes_number(b, 0, 4);
	at = b->len - 4;
	bytes_align(b, 8);
	start = b->len;
	bytes_u8(b, 2);
	bytes_signature(b, "(u)", 3);
	bytes_align(b, 8);
	bytes_number(b, 3, 4);
	bytes_set_u32(b, at, (uint32_t)(b->len - start));

	bytes_number(b, 8, 4);
	bytes_number(b, 1, 4);
	bytes_number(b, (uint32_t)-1, 4);
	bytes_number(b, 0, 4);
	bytes_number(b, 4, 4);
	bytes_signature(b, "y", 1);
	bytes_u8(b, 5);
}

static void put_message(struct bytes *b, bool big)
{
	struct bytes body = { .big = big };

	put_body(&body);
	bytes_reset(b, big);
	bytes_add(b, big ? "B\2\0\1" : "l\2\0\1", 4);
	bytes_number(b, body.len, 4);
	bytes_number(b, 1, 4);
	bytes_number(b, 0, 4);
	bytes_add(b, "\5\1u", 4);
	bytes_number(b, 1, 4);
	bytes_add(b, "\10\1g", 4);
	bytes_signature(b, sig, strlen(sig));
	bytes_set_u32(b, 12, (uint32_t)b->len - 16);
	bytes_align(b, 8);
	bytes_add(b, body.p, body.len);
	bytes_free(&body);
}

static void events(const struct wire_msg *m)
{
	struct wire_iter it;
	struct wire_value v;
	uint32_t last = m->body;
	size_t i;

	wire_iter_init(&it, m);
	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		const struct expected *e = &expected[i];

		check_case("event %zu, big %d", i, m->big);
		CHECK_EQ(wire_next(&it, &v), e->event);
		CHECK_EQ(v.type, e->type);
		if (e->event == WIRE_DONE)
			continue;
		CHECK_EQ(v.depth, e->depth);
		CHECK_EQ(v.arg, e->arg);
		CHECK(v.off >= last);
		last = v.off;
		if (e->event == WIRE_VALUE) {
			CHECK_EQ(v.u, e->u);
			CHECK_STR(v.str, e->text);
			CHECK(v.end > v.off && v.end <= m->len);
			last = v.end;
		} else if (e->event == WIRE_OPEN) {
			CHECK_STR(v.sig, e->text);
			CHECK(!v.str.s);
		}
	}
	CHECK_EQ(last, m->len);
}

/* Skipping each container in turn leads to the same events after it. */
static void skips(const struct wire_msg *m, bool leave)
{
	const size_t n = sizeof(expected) / sizeof(expected[0]);
	struct wire_iter it;
	struct wire_value v;
	size_t skip, i;

	for (skip = 0; skip < n; skip++) {
		if (expected[skip].event != WIRE_OPEN ||
		    (leave && expected[skip].type != 'a'))
			continue;
		wire_iter_init(&it, m);
		for (i = 0; i <= skip; i++)
			wire_next(&it, &v);
		while (expected[i].event != WIRE_CLOSE ||
		       expected[i].depth != expected[skip].depth)
			i++;
		check_case("event %zu skipped, big %d", skip, m->big);
		if (leave)
			CHECK_EQ(wire_leave_array(&it, &v), WIRE_CLOSE);
		else
			CHECK_EQ(wire_skip(&it, &v), WIRE_CLOSE);
		for (;; i++) {
			CHECK_EQ(v.type, expected[i].type);
			CHECK_EQ(v.depth, expected[i].depth);
			CHECK_EQ(v.arg, expected[i].arg);
			if (expected[i].event == WIRE_DONE)
				break;
			CHECK_EQ(wire_next(&it, &v), expected[i + 1].event);
		}
	}
}

void test_iter(void)
{
	struct bytes b = { 0 };
	struct wire_msg m;
	struct wire_iter it;
	struct wire_value v;
	int big;

	for (big = 0; big < 2; big++) {
		put_message(&b, big);
		check_case("big %d", big);
		CHECK_STATUS(wire_parse(&m, b.p, b.len), WIRE_OK);
		/* the iterator doesn't mind, a router does */
		CHECK_STATUS(wire_validate_body(&m), WIRE_E_FD_INDEX);
		events(&m);
		skips(&m, false);
		skips(&m, true);
	}
	check_case("header cut");
	CHECK_STATUS(wire_parse(&m, b.p, 20), WIRE_E_SHORT);
	wire_iter_init(&it, &m);
	CHECK_EQ(wire_next(&it, &v), WIRE_BAD);
	CHECK_STATUS(v.status, WIRE_E_SHORT);
	CHECK_EQ(wire_next(&it, &v), WIRE_DONE);
	bytes_free(&b);
}
