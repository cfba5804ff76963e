// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "tests/wire/check.h"
#include "wire/message.h"

static const struct {
	const char *sig;
	enum wire_status status;
	size_t first;		/* length of the first complete type */
} cases[] = {
	{ "y", WIRE_OK, 1 },
	{ "ybnqiuxtdsogh", WIRE_OK, 1 },
	{ "v", WIRE_OK, 1 },
	{ "as", WIRE_OK, 2 },
	{ "aas", WIRE_OK, 3 },
	{ "a{sv}", WIRE_OK, 5 },
	{ "aa{sv}s", WIRE_OK, 6 },
	{ "a{s(iv)}", WIRE_OK, 8 },
	{ "a{oa{sa{sv}}}x", WIRE_OK, 13 },
	{ "a{hv}", WIRE_OK, 5 },
	{ "(y)", WIRE_OK, 3 },
	{ "((y)(a(i)))s", WIRE_OK, 11 },
	{ "a(ii)a(ii)", WIRE_OK, 5 },
	{ "a", WIRE_E_SIGNATURE, 0 },
	{ "sa", WIRE_E_SIGNATURE, 0 },
	{ "()", WIRE_E_SIGNATURE, 0 },
	{ "(", WIRE_E_SIGNATURE, 0 },
	{ "(i", WIRE_E_SIGNATURE, 0 },
	{ ")", WIRE_E_SIGNATURE, 0 },
	{ "i)", WIRE_E_SIGNATURE, 0 },
	{ "(a)", WIRE_E_SIGNATURE, 0 },
	{ "{sv}", WIRE_E_SIGNATURE, 0 },
	{ "({sv})", WIRE_E_SIGNATURE, 0 },
	{ "a{}", WIRE_E_SIGNATURE, 0 },
	{ "a{s}", WIRE_E_SIGNATURE, 0 },
	{ "a{sa}", WIRE_E_SIGNATURE, 0 },
	{ "a{sss}", WIRE_E_SIGNATURE, 0 },
	{ "a{vs}", WIRE_E_SIGNATURE, 0 },
	{ "a{(s)s}", WIRE_E_SIGNATURE, 0 },
	{ "a{ass}", WIRE_E_SIGNATURE, 0 },
	{ "a{sv", WIRE_E_SIGNATURE, 0 },
	{ "a{sv)", WIRE_E_SIGNATURE, 0 },
	{ "(sv}", WIRE_E_SIGNATURE, 0 },
	{ "(a{s)v}", WIRE_E_SIGNATURE, 0 },
	{ "a{s(v})", WIRE_E_SIGNATURE, 0 },
	{ "r", WIRE_E_SIGNATURE, 0 },
	{ "e", WIRE_E_SIGNATURE, 0 },
	{ "z", WIRE_E_SIGNATURE, 0 },
	{ " ", WIRE_E_SIGNATURE, 0 },
	{ "\x80", WIRE_E_SIGNATURE, 0 },
};

static size_t nested(char *s, size_t n, const char *open, const char *close)
{
	size_t i, len = 0, o = strlen(open), c = strlen(close);

	for (i = 0; i < n; i++, len += o)
		memcpy(s + len, open, o);
	s[len++] = 'y';
	for (i = 0; i < n; i++, len += c)
		memcpy(s + len, close, c);
	return len;
}

/* "32 array type codes and 32 open parentheses" */
static void depths(void)
{
	char s[512];

	check_case("arrays");
	CHECK_STATUS(wire_check_signature(s, nested(s, 32, "a", "")), WIRE_OK);
	CHECK_STATUS(wire_check_signature(s, nested(s, 33, "a", "")),
		     WIRE_E_DEPTH);
	check_case("structs");
	CHECK_STATUS(wire_check_signature(s, nested(s, 32, "(", ")")), WIRE_OK);
	CHECK_STATUS(wire_check_signature(s, nested(s, 33, "(", ")")),
		     WIRE_E_DEPTH);
	check_case("dicts");
	CHECK_STATUS(wire_check_signature(s, nested(s, 32, "a{s", "}")), WIRE_OK);
	CHECK_STATUS(wire_check_signature(s, nested(s, 33, "a{s", "}")),
		     WIRE_E_DEPTH);
	check_case("arrays of structs");
	CHECK_STATUS(wire_check_signature(s, nested(s, 32, "a(", ")")), WIRE_OK);
	check_case("structs of arrays, of which more than 32 are open");
	CHECK_STATUS(wire_check_signature(s, nested(s, 17, "aa(", ")")),
		     WIRE_E_DEPTH);
	check_case("arrays that end are not open");
	CHECK_STATUS(wire_check_signature("asasasasasasasasasasasasasasasasasas"
					  "asasasasasasasasasasasasasasasasasas",
					  72), WIRE_OK);
	check_case("all at once");
	CHECK_STATUS(wire_check_signature(s, nested(s, 32, "a{s(", ")}")),
		     WIRE_OK);
}

static void lengths(void)
{
	char s[256];

	memset(s, 'y', sizeof(s));
	check_case("255 and 256 octets");
	CHECK_STATUS(wire_check_signature(s, 255), WIRE_OK);
	CHECK_STATUS(wire_check_signature(s, 256), WIRE_E_SIGNATURE);
	CHECK_STATUS(wire_check_signature(s, 0), WIRE_OK);
	CHECK_STATUS(wire_check_signature("y\0y", 3), WIRE_E_SIGNATURE);
}

void test_signature(void)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *s = cases[i].sig;

		check_case("'%s'", s);
		CHECK_STATUS(wire_check_signature(s, strlen(s)), cases[i].status);
		if (!cases[i].status)
			CHECK_EQ(wire_type_len(s), cases[i].first);
	}
	depths();
	lengths();
}
