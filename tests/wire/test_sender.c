// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SENDER set in messages whose expected octets are put together here. That it
 * is right for any message is what tests/wire/differential.c shows.
 */
#include <string.h>

#include "tests/wire/check.h"
#include "tests/wire/generate.h"
#include "wire/fields.h"
#include "wire/message.h"

#define ROOM 512

struct text_field {
	uint8_t code;
	const char *text;
};

static void put_fields(struct gen_message *g, const struct text_field *f, size_t n)
{
	size_t i;

	g->n = 0;
	for (i = 0; i < n && f[i].code; i++)
		gen_string_field(&g->fields[g->n++], g->big, f[i].code, f[i].text,
				 strlen(f[i].text));
	gen_assemble(g);
}

/* where the client's own SENDER may stand, and around it fields of all lengths */
static const struct text_field before[][5] = {
	{ { 1, "/p" }, { 3, "Member" } },
	{ { 7, ":9.9" }, { 1, "/p" }, { 3, "Member" } },
	{ { 1, "/p" }, { 7, ":1.2345678" }, { 3, "M" } },
	{ { 1, "/p" }, { 3, "Memb" }, { 7, ":1.1" } },
	{ { 7, ":1.1" }, { 3, "Member" }, { 1, "/path/longer" }, { 8, "s" } },
	/* what a bus hands on nothing of */
	{ { 200, "of tomorrow" }, { 1, "/p" }, { 10, "/c" }, { 3, "Memb" }, { 77, "" } },
	{ { 3, "Member" }, { 11, "longer than SENDER is" }, { 1, "/p" }, { 7, ":1.1" } },
};
static const struct text_field after[][5] = {
	{ { 1, "/p" }, { 3, "Member" } },
	{ { 1, "/p" }, { 3, "Member" } },
	{ { 1, "/p" }, { 3, "M" } },
	{ { 1, "/p" }, { 3, "Memb" } },
	{ { 3, "Member" }, { 1, "/path/longer" }, { 8, "s" } },
	{ { 1, "/p" }, { 3, "Memb" } },
	{ { 3, "Member" }, { 1, "/p" } },
};

static void set(struct gen_message *old, struct gen_message *want, size_t i,
		size_t len, size_t shift)
{
	static uint8_t buf[8192], dropped[8192];
	char name[300] = ":1.";
	struct text_field fields[6];
	uint8_t *at = buf + ROOM + shift;
	struct wire_msg m;
	uint32_t need, body;
	size_t n = 0;

	memset(name + 3, '7', len - 3);
	name[len] = 0;
	while (after[i][n].code) {
		fields[n] = after[i][n];
		n++;
	}
	fields[n].code = WIRE_F_SENDER;
	fields[n++].text = name;
	put_fields(old, before[i], 5);
	put_fields(want, fields, n);

	memset(buf, 0xee, sizeof(buf));
	memcpy(at, old->whole.p, old->whole.len);
	check_case("case %zu, big %d, name of %zu, shift %zu", i, old->big, len,
		   shift);
	CHECK_STATUS(wire_parse(&m, at, old->whole.len), WIRE_OK);
	wire_drop_fields(&m);
	CHECK(!(m.present & WIRE_F_UNKNOWN));
	memcpy(dropped, at, old->whole.len);
	body = m.body;
	need = want->whole.len > old->whole.len ?
		       (uint32_t)(want->whole.len - old->whole.len) : 0;
	if (need) {
		CHECK_STATUS(wire_set_sender(&m, need - 1, name, len),
			     WIRE_E_NO_ROOM);
		CHECK(!memcmp(at, dropped, old->whole.len));
		CHECK(m.data == at);
	}
	CHECK_STATUS(wire_set_sender(&m, need, name, len), WIRE_OK);
	CHECK_EQ(m.len, want->whole.len);
	CHECK(!memcmp(m.data, want->whole.p, m.len));
	CHECK(m.data + m.body == at + body);
	CHECK_STR(m.sender, name);
	CHECK(m.data[-1] == 0xee || need < 8);
	CHECK(at[old->whole.len] == 0xee);

	/* again: the last field is replaced, with the same length in place */
	at = (uint8_t *)m.data;
	CHECK_STATUS(wire_set_sender(&m, 0, name, len), WIRE_OK);
	CHECK(m.data == at);
	CHECK(!memcmp(m.data, want->whole.p, m.len));

	/* with the room behind the message */
	at = buf + ROOM + shift;
	memset(buf, 0xee, sizeof(buf));
	memcpy(at, old->whole.p, old->whole.len);
	CHECK_STATUS(wire_parse(&m, at, old->whole.len), WIRE_OK);
	wire_drop_fields(&m);
	memcpy(dropped, at, old->whole.len);
	if (need) {
		CHECK_STATUS(wire_set_sender_behind(&m, need - 1, name, len),
			     WIRE_E_NO_ROOM);
		CHECK(!memcmp(at, dropped, old->whole.len));
	}
	CHECK_STATUS(wire_set_sender_behind(&m, need, name, len), WIRE_OK);
	CHECK_EQ(m.len, want->whole.len);
	CHECK(!memcmp(m.data, want->whole.p, m.len));
	CHECK(m.data == at || !need);
	CHECK(at[-1] == 0xee && at[old->whole.len + need] == 0xee);
	CHECK_STR(m.sender, name);
}

static void too_long(void)
{
	static uint8_t buf[ROOM + 64];
	struct bytes b = { 0 };
	struct wire_msg m;

	check_case("too long");
	bytes_add(&b, "l\2\0\1\0\0\0\0\1\0\0\0\10\0\0\0\5\1u\0\1\0\0\0", 24);
	bytes_set_u32(&b, 4, WIRE_MESSAGE_MAX - 24);
	memcpy(buf + ROOM, b.p, 24);
	CHECK_STATUS(wire_parse(&m, buf + ROOM, 24), WIRE_E_SHORT);
	CHECK_STATUS(wire_set_sender(&m, ROOM, ":1.1", 4), WIRE_E_LENGTH);
	bytes_set_u32(&b, 4, WIRE_MESSAGE_MAX - 24 - 16);
	memcpy(buf + ROOM, b.p, 24);
	wire_parse(&m, buf + ROOM, 24);
	CHECK_STATUS(wire_set_sender(&m, ROOM, ":1.1", 4), WIRE_OK);
	CHECK_EQ(m.len, WIRE_MESSAGE_MAX);
	bytes_free(&b);
}

void test_sender(void)
{
	static struct gen_message old, want;
	static const size_t lens[] = { 4, 5, 6, 7, 8, 9, 10, 11, 12, 40, 255 };
	size_t i, k, shift;
	int big;

	for (big = 0; big < 2; big++) {
		old.type = want.type = WIRE_METHOD_CALL;
		old.serial = want.serial = 77;
		old.big = want.big = big;
		bytes_reset(&old.body, big);
		bytes_reset(&want.body, big);
		for (i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
			if (i == 4) {
				bytes_string(&old.body, "body", 4);
				bytes_string(&want.body, "body", 4);
			}
			for (k = 0; k < sizeof(lens) / sizeof(lens[0]); k++)
				for (shift = 0; shift < 8; shift++)
					set(&old, &want, i, lens[k], shift);
		}
	}
	gen_free(&old);
	gen_free(&want);
	too_long();
}
