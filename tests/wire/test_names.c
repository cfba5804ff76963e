// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "tests/wire/check.h"
#include "wire/message.h"

enum {
	PATH = 1,
	INTERFACE = 2,
	MEMBER = 4,
	BUS = 8,
	UNIQUE = 16,
};

static const struct {
	const char *text;
	int is;
} names[] = {
	{ "", 0 },
	{ "/", PATH },
	{ "/a", PATH },
	{ "/0", PATH },
	{ "/_", PATH },
	{ "/a/b_1/C", PATH },
	{ "//", 0 },
	{ "/a/", 0 },
	{ "/a//b", 0 },
	{ "a/b", 0 },
	{ "/a-b", 0 },
	{ "/a.b", 0 },
	{ "/a b", 0 },
	{ "/\xc3\xa4", 0 },
	{ "a", MEMBER },
	{ "_", MEMBER },
	{ "a1", MEMBER },
	{ "1a", 0 },
	{ "a-b", 0 },
	{ ".", 0 },
	{ "a.b", INTERFACE | BUS },
	{ "a._1.Z9", INTERFACE | BUS },
	{ "a.1", 0 },
	{ "1.a", 0 },
	{ "a-b.c", BUS },
	{ "-a.b", BUS },
	{ "a.-", BUS },
	{ "a.b-1", BUS },
	{ ".a.b", 0 },
	{ "a.b.", 0 },
	{ "a..b", 0 },
	{ "a.b c", 0 },
	{ "a.\xc3\xa4", 0 },
	{ ":1.2", BUS | UNIQUE },
	{ ":a-b.0-1", BUS | UNIQUE },
	/* as libdbus takes them */
	{ ":", BUS | UNIQUE },
	{ ":1", BUS | UNIQUE },
	{ ":.a", BUS | UNIQUE },
	{ ":1.", 0 },
	{ ":1..2", 0 },
	{ ":1:2", 0 },
	{ ":a.b c", 0 },
};

static void check_name(const char *s, size_t len, int is)
{
	CHECK_EQ(wire_is_path(s, len), !!(is & PATH));
	CHECK_EQ(wire_is_interface(s, len), !!(is & INTERFACE));
	CHECK_EQ(wire_is_member(s, len), !!(is & MEMBER));
	CHECK_EQ(wire_is_bus_name(s, len), !!(is & BUS));
	CHECK_EQ(wire_is_unique_name(s, len), !!(is & UNIQUE));
}

/* 255 octets are the most, and a path has no limit */
static void lengths(void)
{
	char s[300];

	memset(s, 'a', sizeof(s));
	check_case("member of 255 octets");
	check_name(s, 255, MEMBER);
	check_case("member of 256 octets");
	check_name(s, 256, 0);
	s[1] = '.';
	check_case("name of 255 octets");
	check_name(s, 255, INTERFACE | BUS);
	check_case("name of 256 octets");
	check_name(s, 256, 0);
	s[0] = ':';
	s[1] = '1';
	s[2] = '.';
	check_case("unique name of 255 octets");
	check_name(s, 255, BUS | UNIQUE);
	check_case("unique name of 256 octets");
	check_name(s, 256, 0);
	s[0] = '/';
	s[2] = 'a';
	check_case("path of 300 octets");
	check_name(s, 300, PATH);
}

/* each octet in the middle of each kind of name */
static void octets(void)
{
	int c;

	for (c = 0; c < 256; c++) {
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			      c == '_';
		bool digit = c >= '0' && c <= '9';
		char s[8] = "/xx", b[8] = ":1.xy";

		check_case("octet 0x%02x", c);
		s[2] = (char)c;
		CHECK_EQ(wire_is_path(s, 3), letter || digit);
		s[0] = 'x';
		CHECK_EQ(wire_is_member(s, 3), letter || digit);
		CHECK_EQ(wire_is_member(s + 2, 1), letter);
		b[3] = (char)c;
		CHECK_EQ(wire_is_unique_name(b, 5), letter || digit || c == '-');
		b[0] = 'x';
		CHECK_EQ(wire_is_bus_name(b, 5), letter || c == '-');
		CHECK_EQ(wire_is_interface(b, 5), letter);
	}
}

void test_names(void)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		/* without a NUL behind it, so that valgrind sees a read too far */
		size_t len = strlen(names[i].text);
		char *s = malloc(len + !len);

		memcpy(s, names[i].text, len);
		check_case("'%s'", names[i].text);
		check_name(s, len, names[i].is);
		free(s);
	}
	lengths();
	octets();
}
