// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "tests/wire/bytes.h"
#include "tests/wire/check.h"
#include "wire/message.h"

/**
 * struct field - a header field as a test gives it
 * @sig: signature of the variant
 * @text: value of an 's', 'o' or 'g'
 * @number: value of a 'u' or 'y'
 */
struct field {
	uint8_t code;
	const char *sig;
	const char *text;
	uint32_t number;
};

#define PATH(s)	       { WIRE_F_PATH, "o", s, 0 }
#define INTERFACE(s)   { WIRE_F_INTERFACE, "s", s, 0 }
#define MEMBER(s)      { WIRE_F_MEMBER, "s", s, 0 }
#define ERROR_NAME(s)  { WIRE_F_ERROR_NAME, "s", s, 0 }
#define REPLY(n)       { WIRE_F_REPLY_SERIAL, "u", NULL, n }
#define DESTINATION(s) { WIRE_F_DESTINATION, "s", s, 0 }
#define SENDER(s)      { WIRE_F_SENDER, "s", s, 0 }
#define SIGNATURE(s)   { WIRE_F_SIGNATURE, "g", s, 0 }
#define FDS(n)	       { WIRE_F_UNIX_FDS, "u", NULL, n }

#define CALL WIRE_METHOD_CALL, { PATH("/a"), MEMBER("M")

static const struct {
	const char *what;
	enum wire_status status;
	uint8_t type;
	struct field fields[6];
} cases[] = {
	{ "call", WIRE_OK, CALL } },
	{ "call without path", WIRE_E_FIELD_MISSING, 1, { MEMBER("M") } },
	{ "call without member", WIRE_E_FIELD_MISSING, 1, { PATH("/a") } },
	{ "return", WIRE_OK, 2, { REPLY(1) } },
	{ "return without serial", WIRE_E_FIELD_MISSING, 2, { PATH("/a") } },
	{ "return to serial 0", WIRE_E_SERIAL, 2, { REPLY(0) } },
	{ "error", WIRE_OK, 3, { REPLY(1), ERROR_NAME("a.b") } },
	{ "error without name", WIRE_E_FIELD_MISSING, 3, { REPLY(1) } },
	{ "error without serial", WIRE_E_FIELD_MISSING, 3,
	  { ERROR_NAME("a.b") } },
	{ "signal", WIRE_OK, 4, { PATH("/"), INTERFACE("a.b"), MEMBER("M") } },
	{ "signal without path", WIRE_E_FIELD_MISSING, 4,
	  { INTERFACE("a.b"), MEMBER("M") } },
	{ "signal without interface", WIRE_E_FIELD_MISSING, 4,
	  { PATH("/"), MEMBER("M") } },
	{ "signal without member", WIRE_E_FIELD_MISSING, 4,
	  { PATH("/"), INTERFACE("a.b") } },
	{ "type 5 needs nothing", WIRE_OK, 5, { { 0 } } },
	{ "type 255 needs nothing", WIRE_OK, 255, { { 0 } } },

	{ "bad path", WIRE_E_PATH, 1, { MEMBER("M"), PATH("/a/") } },
	{ "bad interface", WIRE_E_INTERFACE, CALL, INTERFACE("a") } },
	{ "bad member", WIRE_E_MEMBER, 1, { PATH("/a"), MEMBER("a.b") } },
	{ "bad error name", WIRE_E_ERROR_NAME, 3,
	  { REPLY(1), ERROR_NAME("a") } },
	{ "bad destination", WIRE_E_BUS_NAME, CALL, DESTINATION("a") } },
	{ "bad sender", WIRE_E_BUS_NAME, CALL, SENDER("a") } },
	{ "bad signature", WIRE_E_SIGNATURE, CALL, SIGNATURE("(") } },
	{ "bad UTF-8 in an unknown field", WIRE_E_UTF8, CALL,
	  { 77, "s", "\xff", 0 } } },

	{ "local path", WIRE_E_LOCAL, 1,
	  { MEMBER("M"), PATH("/org/freedesktop/DBus/Local") } },
	{ "path that begins as the local one", WIRE_E_LOCAL, 1,
	  { MEMBER("M"), PATH("/org/freedesktop/DBus/Localhost") } },
	{ "path above the local one", WIRE_OK, 1,
	  { MEMBER("M"), PATH("/org/freedesktop/DBus/Loca") } },
	{ "local interface", WIRE_E_LOCAL, CALL,
	  INTERFACE("org.freedesktop.DBus.Local") } },
	{ "interface that begins as the local one", WIRE_E_LOCAL, CALL,
	  INTERFACE("org.freedesktop.DBus.Local.x") } },

	{ "code 0", WIRE_E_FIELD_CODE, CALL, { 0, "s", "x", 0 } } },
	{ "unknown field", WIRE_OK, CALL, { 11, "s", "x", 0 } } },
	{ "unknown field twice", WIRE_OK, CALL, { 11, "y", NULL, 1 },
	  { 11, "y", NULL, 1 } } },
	{ "unknown field of two types", WIRE_E_VARIANT, CALL,
	  { 11, "yy", NULL, 1 } } },
	{ "unknown field of no type", WIRE_E_VARIANT, CALL,
	  { 11, "", NULL, 0 } } },
	{ "unknown field of a bad type", WIRE_E_SIGNATURE, CALL,
	  { 11, "z", NULL, 0 } } },
	{ "path as a string", WIRE_E_FIELD_TYPE, 1,
	  { MEMBER("M"), { WIRE_F_PATH, "s", "/a", 0 } } },
	{ "member as a path", WIRE_E_FIELD_TYPE, 1,
	  { PATH("/a"), { WIRE_F_MEMBER, "o", "/a", 0 } } },
	{ "reply serial as a string", WIRE_E_FIELD_TYPE, CALL,
	  { WIRE_F_REPLY_SERIAL, "s", "1", 0 } } },
	{ "signature as a string", WIRE_E_FIELD_TYPE, CALL,
	  { WIRE_F_SIGNATURE, "s", "s", 0 } } },
	{ "container as a string", WIRE_E_FIELD_TYPE, CALL,
	  { WIRE_F_CONTAINER_INSTANCE, "s", "/a", 0 } } },
	{ "container", WIRE_OK, CALL,
	  { WIRE_F_CONTAINER_INSTANCE, "o", "/a", 0 } } },
	{ "path twice", WIRE_E_FIELD_TWICE, CALL, PATH("/a") } },
	{ "sender twice", WIRE_E_FIELD_TWICE, CALL, SENDER(":1.1"),
	  SENDER(":1.1") } },
	{ "everything", WIRE_OK, CALL, INTERFACE("a.b"), DESTINATION(":1.2"),
	  SENDER(":1.3"), FDS(3) } },
};

static void put_field(struct bytes *b, const struct field *f)
{
	bytes_align(b, 8);
	bytes_u8(b, f->code);
	bytes_signature(b, f->sig, strlen(f->sig));
	switch (f->sig[0]) {
	case 's':
	case 'o':
		bytes_string(b, f->text, strlen(f->text));
		break;
	case 'g':
		bytes_signature(b, f->text, strlen(f->text));
		break;
	case 'u':
		bytes_number(b, f->number, 4);
		break;
	case 'y':
		bytes_u8(b, (uint8_t)f->number);
		break;
	}
}

static void put_message(struct bytes *b, bool big, uint8_t type,
			const struct field *fields, size_t n)
{
	size_t i;

	bytes_reset(b, big);
	bytes_u8(b, big ? 'B' : 'l');
	bytes_u8(b, type);
	bytes_u8(b, 5);
	bytes_u8(b, 1);
	bytes_number(b, 0, 4);
	bytes_number(b, 0x01020304, 4);
	bytes_number(b, 0, 4);
	for (i = 0; i < n && fields[i].sig; i++)
		put_field(b, &fields[i]);
	bytes_set_u32(b, 12, (uint32_t)b->len - 16);
	bytes_align(b, 8);
}

static void read_all(bool big)
{
	static const struct field all[] = {
		SIGNATURE(""), FDS(0xfffffffe), SENDER(":1.3"), REPLY(0x0a0b0c0d),
		DESTINATION("d.e"), ERROR_NAME("f.g"), MEMBER("M"),
		INTERFACE("a.b"), PATH("/p"), { 200, "u", NULL, 7 },
	};
	struct bytes b = { 0 };
	struct wire_msg m;

	put_message(&b, big, WIRE_SIGNAL, all, sizeof(all) / sizeof(all[0]));
	check_case("all fields, big %d", big);
	CHECK_STATUS(wire_parse(&m, b.p, b.len + 0), WIRE_OK);
	CHECK(m.data == b.p);
	CHECK_EQ(m.have, b.len);
	CHECK_EQ(m.len, b.len);
	CHECK_EQ(m.body, b.len);
	CHECK_EQ(m.body_len, 0);
	CHECK_EQ(m.serial, 0x01020304);
	CHECK_EQ(m.big, big);
	CHECK_EQ(m.type, WIRE_SIGNAL);
	CHECK_EQ(m.flags, 5);
	CHECK_EQ(m.present, 0x3fe | WIRE_F_UNKNOWN);
	CHECK_STR(m.path, "/p");
	CHECK_STR(m.interface, "a.b");
	CHECK_STR(m.member, "M");
	CHECK_STR(m.error_name, "f.g");
	CHECK_STR(m.destination, "d.e");
	CHECK_STR(m.sender, ":1.3");
	CHECK_STR(m.signature, "");
	CHECK_STR(m.container_instance, NULL);
	CHECK_EQ(m.reply_serial, 0x0a0b0c0d);
	CHECK_EQ(m.unix_fds, 0xfffffffe);
	bytes_free(&b);
}

/* The octets of the header that have to be zero, and are not */
static void padding(void)
{
	static const struct field fields[] = { MEMBER("M"), PATH("/a") };
	struct bytes b = { 0 };
	struct wire_msg m;
	size_t i, faults = 0;

	put_message(&b, false, WIRE_METHOD_CALL, fields, 2);
	for (i = 16 + 10; i < b.len; i++) {
		bool pads = i < 32 || i >= 32 + 11;

		if (!pads)
			continue;
		check_case("padding octet %zu", i);
		b.p[i] = 1;
		CHECK_STATUS(wire_parse(&m, b.p, b.len), WIRE_E_PADDING);
		b.p[i] = 0;
		faults++;
	}
	CHECK_EQ(faults, 6 + 5);
	bytes_free(&b);
}

/* What was read before a fault stays; what is at fault doesn't. */
static void faulty_field(void)
{
	static const struct field fields[] = {
		MEMBER("M"), PATH("/a"), INTERFACE("a..b"), DESTINATION("c.d"),
	};
	struct bytes b = { 0 };
	struct wire_msg m;

	check_case("faulty field");
	put_message(&b, false, WIRE_METHOD_CALL, fields, 4);
	CHECK_STATUS(wire_parse(&m, b.p, b.len), WIRE_E_INTERFACE);
	CHECK_STR(m.member, "M");
	CHECK_STR(m.path, "/a");
	CHECK_STR(m.interface, NULL);
	CHECK_STR(m.destination, NULL);
	CHECK(m.bad_at > 48 && m.bad_at <= 64 + 8);
	bytes_free(&b);
}

/* A skimmed header's strings are where they are, whatever they are. */
static void skimmed(void)
{
	static const struct field fields[] = {
		MEMBER("M"), PATH("a"), INTERFACE("a..b"), DESTINATION("c"),
	};
	struct bytes b = { 0 };
	struct wire_msg m;

	check_case("skimmed");
	put_message(&b, false, WIRE_METHOD_CALL, fields, 4);
	CHECK_STATUS(wire_skim(&m, b.p, b.len), WIRE_OK);
	CHECK_STR(m.member, "M");
	CHECK_STR(m.path, "a");
	CHECK_STR(m.interface, "a..b");
	CHECK_STR(m.destination, "c");
	CHECK_STATUS(wire_skim(&m, b.p, b.len - 1), WIRE_E_SHORT);
	put_message(&b, true, WIRE_METHOD_CALL, fields, 1);
	CHECK_STATUS(wire_skim(&m, b.p, b.len), WIRE_E_FIELD_MISSING);
	bytes_free(&b);
}

void test_header(void)
{
	struct bytes b = { 0 };
	struct wire_msg m;
	size_t i;
	int big;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (big = 0; big < 2; big++) {
			check_case("%s, big %d", cases[i].what, big);
			put_message(&b, big, cases[i].type, cases[i].fields, 6);
			CHECK_STATUS(wire_parse(&m, b.p, b.len),
				     cases[i].status);
			if (cases[i].status)
				CHECK(m.bad_at >= 16 && m.bad_at <= b.len);
			else
				CHECK_STATUS(wire_validate_body(&m), WIRE_OK);
		}
	}
	bytes_free(&b);
	skimmed();
	read_all(false);
	read_all(true);
	padding();
	faulty_field();
}
