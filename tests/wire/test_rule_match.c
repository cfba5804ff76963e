// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "tests/wire/check.h"
#include "wire/build.h"
#include "wire/match.h"

/*
 * The message: a signal of :1.7, who owns org.owned, to :1.8, with arguments
 * 0 STRING "org.foo.Bar", 1 OBJECT_PATH "/aa/bb", 2 STRING "/aa/bb/",
 * 3 SIGNATURE "s", 4 an array of strings, 5 a variant, 6 STRING "", 7 STRING "/"
 */
static const struct {
	const char *rule;
	bool matches;
} cases[] = {
	{ "", true },
	{ "type=signal", true },
	{ "type=method_call", false },
	{ "interface=org.foo.I", true },
	{ "interface=org.foo.II", false },
	{ "interface=org.foo", false },
	{ "member=Sig", true },
	{ "member=Si", false },
	{ "member=Sign", false },
	{ "path=/org/foo", true },
	{ "path=/org", false },
	{ "path=/", false },
	{ "path_namespace=/", true },
	{ "path_namespace=/org", true },
	{ "path_namespace=/org/foo", true },
	{ "path_namespace=/org/fo", false },
	{ "path_namespace=/org/foo/bar", false },
	{ "sender=:1.7", true },
	{ "sender=:1.8", false },
	{ "sender=org.owned", true },
	{ "sender=org.other", false },
	{ "destination=:1.8", true },
	{ "destination=:1.7", false },
	{ "destination=org.addressee", true },
	{ "destination=org.owned", false },
	{ "eavesdrop=true", true },
	{ "type=signal,sender=:1.7,member=Sig,arg0=org.foo.Bar", true },
	{ "type=signal,sender=:1.7,member=Sig,arg0=org.foo", false },
	{ "arg0=org.foo.Bar", true },
	{ "arg0=org.foo.Ba", false },
	{ "arg0=org.foo.Bard", false },
	{ "arg1=/aa/bb", false },		/* not a STRING */
	{ "arg3=s", false },
	{ "arg4=x", false },
	{ "arg4=", false },
	{ "arg5=x", false },
	{ "arg6=", true },
	{ "arg8=", false },			/* not there */
	{ "arg63=", false },
	{ "arg8path=", false },
	{ "arg0namespace=org", true },
	{ "arg0namespace=org.foo", true },
	{ "arg0namespace=org.foo.Bar", true },
	{ "arg0namespace=org.foo.Bar.x", false },
	{ "arg0namespace=org.fo", false },
	{ "arg0namespace=or", false },
	{ "arg2path=/aa/bb/", true },
	{ "arg2path=/aa/bb", false },
	{ "arg2path=/aa/", true },
	{ "arg2path=/aa", false },
	{ "arg2path=/", true },
	{ "arg2path=/aa/bb/cc", true },
	{ "arg2path=/aa/bb/cc/", true },
	{ "arg2path=/aa/bc/", false },
	{ "arg1path=/aa/bb", true },
	{ "arg1path=/aa/bb/", false },
	{ "arg1path=/aa/", true },
	{ "arg1path=/aa/bb/cc", false },
	{ "arg3path=s", false },
	{ "arg6path=", true },
	{ "arg6path=/", false },
	{ "arg7path=/any/thing", true },
	{ "arg7path=", false },
	{ "arg0=org.foo.Bar,arg6=", true },
	{ "arg0=org.foo.Bar,arg6=x", false },
};

static uint8_t buf[512];
static struct wire_msg m;
static struct wire_args args;
static unsigned int asked;

static bool owns(void *ctx, struct wire_str who, struct wire_str name)
{
	(void)ctx;
	asked++;
	if (wire_str_is(who, ":1.7"))
		return wire_str_is(name, "org.owned");
	return wire_str_is(who, ":1.8") && wire_str_is(name, "org.addressee");
}

static void put_message(void)
{
	struct wire_builder b;
	size_t array;

	wire_build(&b, buf, sizeof(buf), WIRE_SIGNAL, 0, 1);
	wire_build_field(&b, WIRE_F_PATH, "/org/foo", 8);
	wire_build_field(&b, WIRE_F_INTERFACE, "org.foo.I", 9);
	wire_build_field(&b, WIRE_F_MEMBER, "Sig", 3);
	wire_build_field(&b, WIRE_F_SENDER, ":1.7", 4);
	wire_build_field(&b, WIRE_F_DESTINATION, ":1.8", 4);
	wire_build_field(&b, WIRE_F_SIGNATURE, "sosgasvss", 9);
	wire_build_body(&b);
	wire_put_str(&b, "org.foo.Bar", 11);
	wire_put_str(&b, "/aa/bb", 6);
	wire_put_str(&b, "/aa/bb/", 7);
	wire_put_sig(&b, "s", 1);
	array = wire_put_array(&b, 4);
	wire_put_str(&b, "x", 1);
	wire_put_array_end(&b, array, 4);
	wire_put_sig(&b, "s", 1);
	wire_put_str(&b, "x", 1);
	wire_put_str(&b, "", 0);
	wire_put_str(&b, "/", 1);
	CHECK_STATUS(wire_build_end(&b), WIRE_OK);
	CHECK_STATUS(wire_parse(&m, buf, b.len), WIRE_OK);
	CHECK_STATUS(wire_validate_body(&m), WIRE_OK);
}

static bool matches(const char *text, wire_owns_fn *fn)
{
	struct wire_match_arg a[WIRE_MATCH_ARGS + 1];
	char strings[WIRE_MATCH_MAX];
	struct wire_match_error err;
	struct wire_match r;

	CHECK(wire_match_parse(&r, a, strings, text, strlen(text), &err));
	return wire_match_eval(&r, &m, &args, fn, NULL);
}

static void collected(void)
{
	static const char types[] = "sosgavss";
	size_t i;

	check_case("arguments");
	wire_args_get(&args, &m);
	CHECK_EQ(args.n, 8);
	for (i = 0; i < 8; i++)
		CHECK_EQ(args.arg[i].type, types[i]);
	CHECK_STR(args.arg[0].str, "org.foo.Bar");
	CHECK_STR(args.arg[1].str, "/aa/bb");
	CHECK_STR(args.arg[3].str, NULL);
	CHECK_STR(args.arg[4].str, NULL);
	CHECK_STR(args.arg[6].str, "");
	CHECK_STR(args.arg[7].str, "/");
}

/* Names that are no fields of the message, and a message that has no fields */
static void without_fields(void)
{
	static const char *const rules[] = {
		"interface=a.b", "member=M", "path=/a", "path_namespace=/",
		"sender=a.b", "destination=a.b", "arg0=", "arg0path=/",
	};
	static const uint8_t bare[24] = {
		'l', 2, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0,
		5, 1, 'u', 0, 1, 0, 0, 0
	};
	size_t i;

	CHECK_STATUS(wire_parse(&m, bare, sizeof(bare)), WIRE_OK);
	wire_args_get(&args, &m);
	CHECK_EQ(args.n, 0);
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		check_case("%s, nothing there", rules[i]);
		CHECK(!matches(rules[i], owns));
	}
	CHECK(matches("type=method_return", owns));
}

/* 80 arguments: the first 64 can be looked at; cut, those before the end */
static void many_args(void)
{
	struct wire_builder b;
	char sig[81] = "";
	uint32_t n;
	int i;

	memset(sig, 's', 80);
	wire_build(&b, buf, sizeof(buf), WIRE_METHOD_RETURN, 0, 1);
	wire_build_field_u32(&b, WIRE_F_REPLY_SERIAL, 1);
	wire_build_field(&b, WIRE_F_SIGNATURE, sig, 40);
	wire_build_body(&b);
	for (i = 0; i < 40; i++)
		wire_put_str(&b, "", 0);
	CHECK_STATUS(wire_build_end(&b), WIRE_OK);
	check_case("40 arguments, cut");
	for (n = 0; n <= b.len; n++) {
		uint8_t want = 0;

		wire_parse(&m, buf, n);
		wire_args_get(&args, &m);
		/* 8 octets each, but 5 the last */
		if (m.body && n > m.body)
			want = (uint8_t)((n - m.body + 3) / 8);
		CHECK_EQ(args.n, want);
	}

	check_case("80 arguments");
	wire_build(&b, buf, sizeof(buf), WIRE_METHOD_RETURN, 0, 1);
	wire_build_field_u32(&b, WIRE_F_REPLY_SERIAL, 1);
	memset(sig, 'y', 80);
	wire_build_field(&b, WIRE_F_SIGNATURE, sig, 80);
	wire_build_body(&b);
	for (i = 0; i < 80; i++)
		wire_put_u8(&b, (uint8_t)i);
	CHECK_STATUS(wire_build_end(&b), WIRE_OK);
	CHECK_STATUS(wire_parse(&m, buf, b.len), WIRE_OK);
	wire_args_get(&args, &m);
	CHECK_EQ(args.n, WIRE_MATCH_ARGS);
}

void test_rule_match(void)
{
	size_t i;

	put_message();
	collected();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		check_case("%s", cases[i].rule);
		CHECK_EQ(matches(cases[i].rule, owns), cases[i].matches);
	}
	check_case("without a table of names");
	CHECK(!matches("sender=org.owned", NULL));
	CHECK(matches("sender=:1.7", NULL));
	check_case("nobody is asked who owns a unique name");
	asked = 0;
	CHECK(!matches("sender=:1.99", owns));
	CHECK_EQ(asked, 0);
	without_fields();
	many_args();
}
