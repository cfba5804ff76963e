// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "tests/wire/bytes.h"
#include "tests/wire/check.h"
#include "wire/build.h"
#include "wire/iter.h"

static enum wire_status build(struct wire_builder *b, void *buf, size_t cap)
{
	size_t dict, strings, empty;

	wire_build(b, buf, cap, WIRE_SIGNAL, WIRE_NO_AUTO_START, 0x11223344);
	wire_build_field(b, WIRE_F_PATH, "/a/b", 4);
	wire_build_field(b, WIRE_F_INTERFACE, "c.d", 3);
	wire_build_field(b, WIRE_F_MEMBER, "E", 1);
	wire_build_field_u32(b, WIRE_F_UNIX_FDS, 1);
	wire_build_field(b, WIRE_F_SIGNATURE, "yqutsogha{sv}asax", 17);
	wire_build_body(b);
	wire_put_u8(b, 1);
	wire_put_u16(b, 2);
	wire_put_u32(b, 3);
	wire_put_u64(b, 4);
	wire_put_str(b, "five", 4);
	wire_put_str(b, "/six", 4);
	wire_put_sig(b, "as", 2);
	wire_put_u32(b, 0);
	dict = wire_put_array(b, 8);
	wire_put_align(b, 8);
	wire_put_str(b, "k1", 2);
	wire_put_sig(b, "u", 1);
	wire_put_u32(b, 8);
	wire_put_align(b, 8);
	wire_put_str(b, "k2", 2);
	wire_put_sig(b, "s", 1);
	wire_put_str(b, "nine", 4);
	wire_put_array_end(b, dict, 8);
	strings = wire_put_array(b, 4);
	wire_put_str(b, "x", 1);
	wire_put_str(b, "", 0);
	wire_put_array_end(b, strings, 4);
	empty = wire_put_array(b, 8);
	wire_put_array_end(b, empty, 8);
	return wire_build_end(b);
}

/* The same by the tests' own means */
static void expect(struct bytes *e)
{
	struct bytes b = { 0 };
	size_t at, start;

	bytes_reset(e, false);
	bytes_add(e, "l\4\2\1\0\0\0\0\x44\x33\x22\x11\0\0\0\0", 16);
	bytes_add(e, "\1\1o\0\4\0\0\0/a/b\0\0\0\0", 16);
	bytes_add(e, "\2\1s\0\3\0\0\0c.d\0\0\0\0\0", 16);
	bytes_add(e, "\3\1s\0\1\0\0\0E\0\0\0\0\0\0\0", 16);
	bytes_add(e, "\11\1u\0\1\0\0\0", 8);
	bytes_add(e, "\10\1g\0\21yqutsogha{sv}asax", 23);
	bytes_set_u32(e, 12, (uint32_t)e->len - 16);
	bytes_align(e, 8);

	bytes_u8(&b, 1);
	bytes_number(&b, 2, 2);
	bytes_number(&b, 3, 4);
	bytes_number(&b, 4, 8);
	bytes_string(&b, "five", 4);
	bytes_string(&b, "/six", 4);
	bytes_signature(&b, "as", 2);
	bytes_number(&b, 0, 4);
	bytes_number(&b, 0, 4);
	at = b.len - 4;
	bytes_align(&b, 8);
	start = b.len;
	bytes_string(&b, "k1", 2);
	bytes_signature(&b, "u", 1);
	bytes_number(&b, 8, 4);
	bytes_align(&b, 8);
	bytes_string(&b, "k2", 2);
	bytes_signature(&b, "s", 1);
	bytes_string(&b, "nine", 4);
	bytes_set_u32(&b, at, (uint32_t)(b.len - start));
	bytes_number(&b, 13, 4);
	bytes_string(&b, "x", 1);
	bytes_string(&b, "", 0);
	bytes_number(&b, 0, 4);
	bytes_align(&b, 8);
	bytes_set_u32(e, 4, (uint32_t)b.len);
	bytes_add(e, b.p, b.len);
	bytes_free(&b);
}

void test_build(void)
{
	uint8_t buf[512] __attribute__((aligned(8)));
	struct bytes e = { 0 };
	struct wire_builder b;
	struct wire_msg m;
	size_t cap;

	expect(&e);
	check_case("enough room");
	memset(buf, 0xee, sizeof(buf));
	CHECK_STATUS(build(&b, buf, sizeof(buf)), WIRE_OK);
	CHECK_EQ(b.len, e.len);
	CHECK(!memcmp(buf, e.p, e.len));
	CHECK_EQ(buf[e.len], 0xee);
	CHECK_STATUS(wire_parse(&m, buf, b.len), WIRE_OK);
	CHECK_STATUS(wire_validate_body(&m), WIRE_OK);

	for (cap = 0; cap < e.len; cap++) {
		check_case("room for %zu", cap);
		memset(buf, 0xee, sizeof(buf));
		CHECK_STATUS(build(&b, buf, cap), WIRE_E_NO_ROOM);
		CHECK_EQ(b.len, e.len);
		CHECK_EQ(buf[cap], 0xee);
	}
	check_case("just enough room");
	CHECK_STATUS(build(&b, buf, e.len), WIRE_OK);
	CHECK(!memcmp(buf, e.p, e.len));

	check_case("no body");
	wire_build(&b, buf, sizeof(buf), WIRE_METHOD_RETURN, 0, 1);
	wire_build_field_u32(&b, WIRE_F_REPLY_SERIAL, 1);
	wire_build_body(&b);
	CHECK_STATUS(wire_build_end(&b), WIRE_OK);
	CHECK_EQ(b.len, 24);
	CHECK_STATUS(wire_parse(&m, buf, b.len), WIRE_OK);
	CHECK_STATUS(wire_validate_body(&m), WIRE_OK);
	bytes_free(&e);
}
