// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/wire/check.h"
#include "wire/match.h"

static const struct refused_rule refused[] = {
	{ "x", 1, "x", "key without '='" },
	{ "type", 4, "type", "key without '='" },
	{ "type signal", 5, "type", "key without '='" },
	{ "type='signal',member", 20, "member", "key without '='" },
	{ ",", 1, ",", "key without '='" },
	{ "=x", 0, NULL, "'=' without a key" },
	{ "type=signal, =x", 13, NULL, "'=' without a key" },
	{ "x=y", 0, "x", "unknown key" },
	{ ",type=signal", 0, ",type", "unknown key" },
	{ "type=signal,,member=M", 12, ",member", "unknown key" },
	{ "Type=signal", 0, "Type", "unknown key" },
	{ "typ=signal", 0, "typ", "unknown key" },
	{ "types=signal", 0, "types", "unknown key" },
	{ "type='signal", 5, "type", "quote is not closed" },
	{ "type=signal'", 11, "type", "quote is not closed" },
	{ "type='signal',type='error'", 14, "type", "key is there twice" },
	{ "type=signals", 5, "type", "not a message type" },
	{ "type=", 5, "type", "not a message type" },
	{ "type= signal", 5, "type", "not a message type" },
	{ "type=signal ,member=M", 5, "type", "not a message type" },
	{ "sender=a", 7, "sender", "not a valid bus name" },
	{ "sender=''", 7, "sender", "not a valid bus name" },
	{ "destination=/", 12, "destination", "not a valid bus name" },
	{ "interface=a", 10, "interface", "not a valid interface name" },
	{ "member=a.b", 7, "member", "not a valid member name" },
	{ "path=/a/", 5, "path", "not a valid object path" },
	{ "path_namespace=a", 15, "path_namespace", "not a valid object path" },
	{ "path=/a,path_namespace=/a", 8, "path_namespace",
	  "path and path_namespace exclude each other" },
	{ "path_namespace=/a,path=/a", 18, "path",
	  "path and path_namespace exclude each other" },
	{ "path=/a,path=/b", 8, "path", "key is there twice" },
	{ "eavesdrop=yes", 10, "eavesdrop", "neither true nor false" },
	{ "eavesdrop=true,eavesdrop=true", 15, "eavesdrop", "key is there twice" },
	{ "arg=x", 0, "arg", "argument number is missing" },
	{ "argx=x", 0, "argx", "argument number is missing" },
	{ "arg-1=x", 0, "arg-1", "argument number is missing" },
	{ "arg64=x", 0, "arg64", "argument number is greater than 63" },
	{ "arg99999999999999999999=x", 0, "arg99999999999999999999",
	  "argument number is greater than 63" },
	{ "arg01=x", 0, "arg01", "argument number begins with 0" },
	{ "arg0x=x", 0, "arg0x", "unknown key" },
	{ "arg0paths=x", 0, "arg0paths", "unknown key" },
	{ "arg1namespace=x", 0, "arg1namespace", "unknown key" },
	{ "arg0namespace=a..b", 14, "arg0namespace",
	  "not a valid beginning of a bus name" },
	{ "arg0namespace=", 14, "arg0namespace",
	  "not a valid beginning of a bus name" },
	{ "arg3=x,arg3=y", 7, "arg3", "argument is there twice" },
	{ "arg3=x,arg3path=y", 7, "arg3path", "argument is there twice" },
	{ "arg0='x", 5, "arg0", "quote is not closed" },
	{ "arg0='\xff'", 5, "arg0", "not valid UTF-8" },
};

/* The value that arg0 gets from what stands after "arg0=" */
static const struct {
	const char *text;
	const char *value;
} values[] = {
	{ "", "" },
	{ "x", "x" },
	{ " x ", " x " },
	{ "'x'", "x" },
	{ "x'y'z", "xyz" },
	{ "'a,b'", "a,b" },
	{ "'a''b'", "ab" },
	{ "'='", "=" },
	{ "a=b", "a=b" },
	{ "\\'", "'" },
	{ "a\\'b", "a'b" },
	{ "''\\'''", "'" },
	{ "'x'\\''y'", "x'y" },
	{ "'\\'", "\\" },
	{ "'a\\b'", "a\\b" },
	{ "a\\b", "a\\b" },
	{ "\\", "\\" },
	{ "\\\\", "\\\\" },
	{ "\\\\'x'", "\\\\x" },
	{ "a\\,b", "a\\,b" },
	{ "'a\\',", "a\\" },
	{ "\xc3\xa4", "\xc3\xa4" },
	{ "'x',", "x" },
	{ "'x', ", "x" },
	{ "'x', \t\r\n", "x" },
};

static struct wire_match rule;
static struct wire_match_arg args[WIRE_MATCH_ARGS + 1];
static char strings[WIRE_MATCH_MAX];
static struct wire_match_error err;

/* From a copy without a NUL behind it */
static bool parse(const char *text, size_t len)
{
	char *copy = malloc(len + !len);
	bool ok;

	memcpy(copy, text, len);
	memset(strings, '#', sizeof(strings));
	ok = wire_match_parse(&rule, args, strings, copy, len, &err);
	if (!ok && err.key.s)
		err.key.s = text + (err.key.s - copy);
	free(copy);
	return ok;
}

static void faults(void)
{
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		check_case("%s", refused[i].text);
		CHECK(!parse(refused[i].text, strlen(refused[i].text)));
		check_refused_rule(&err, &refused[i]);
	}
}

static void quoting(void)
{
	char text[64];
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		strcpy(text, "arg0=");
		strcat(text, values[i].text);
		check_case("%s", text);
		CHECK(parse(text, strlen(text)));
		CHECK_EQ(rule.n_args, 1);
		CHECK_STR(args[0].value, values[i].value);
	}
}

static void every_key(void)
{
	static const char text[] =
		"type='signal',\tsender =org.a,interface='b.c', member=M,\n"
		"path_namespace='/d',destination=:1.9,eavesdrop=true,"
		"arg5path=/e/,arg0namespace=f,arg63=,";

	check_case("%s", text);
	CHECK(parse(text, sizeof(text) - 1));
	CHECK_EQ(rule.keys, 0x1ff & ~WIRE_MATCH_PATH);
	CHECK_EQ(rule.type, WIRE_SIGNAL);
	CHECK(rule.eavesdrop);
	CHECK_STR(rule.sender, "org.a");
	CHECK_STR(rule.interface, "b.c");
	CHECK_STR(rule.member, "M");
	CHECK_STR(rule.path, "/d");
	CHECK_STR(rule.destination, ":1.9");
	CHECK_EQ(rule.n_args, 3);
	CHECK_EQ(args[0].index, 0);
	CHECK_EQ(args[0].kind, WIRE_ARG_NAMESPACE);
	CHECK_STR(args[0].value, "f");
	CHECK_EQ(args[1].index, 5);
	CHECK_EQ(args[1].kind, WIRE_ARG_PATH);
	CHECK_STR(args[1].value, "/e/");
	CHECK_EQ(args[2].index, 63);
	CHECK_EQ(args[2].kind, WIRE_ARG_STRING);
	CHECK_STR(args[2].value, "");
}

static void types(void)
{
	static const char *const names[] = {
		"type=method_call", "type=method_return", "type=error",
		"type=signal",
	};
	int i;

	for (i = 0; i < 4; i++) {
		check_case("%s", names[i]);
		CHECK(parse(names[i], strlen(names[i])));
		CHECK_EQ(rule.type, i + 1);
		CHECK(!rule.eavesdrop);
	}
	check_case("eavesdrop=false");
	CHECK(parse("eavesdrop=false", 15));
	CHECK_EQ(rule.keys, WIRE_MATCH_EAVESDROP);
	CHECK(!rule.eavesdrop);
}

static void lengths(void)
{
	char text[WIRE_MATCH_MAX + 2] = "arg0=";

	memset(text + 5, 'x', sizeof(text) - 5);
	check_case("length");
	CHECK(parse(text, WIRE_MATCH_MAX));
	CHECK_EQ(args[0].value.len, WIRE_MATCH_MAX - 5);
	CHECK(!parse(text, WIRE_MATCH_MAX + 1));
	CHECK_EQ(err.at, WIRE_MATCH_MAX);
	CHECK(!parse("arg0=\0", 6));
	CHECK_EQ(err.at, 5);
	CHECK(parse("", 0));
	CHECK_EQ(rule.keys, 0);
	CHECK(parse("  \t", 3));
	CHECK_EQ(rule.keys, 0);
}

static void all_args(void)
{
	char text[WIRE_MATCH_MAX + 1] = "";
	size_t n = 0;
	int i;

	for (i = 63; i >= 0; i--) {
		char key[16];
		int len = snprintf(key, sizeof(key), "arg%d=%d,", i, i);

		memcpy(text + n, key, (size_t)len);
		n += (size_t)len;
	}
	check_case("64 arguments");
	CHECK(parse(text, n));
	CHECK_EQ(rule.n_args, 64);
	for (i = 0; i < 64; i++)
		CHECK_EQ(args[i].index, i);
}

void test_rule_text(void)
{
	faults();
	quoting();
	every_key();
	types();
	lengths();
	all_args();
}
