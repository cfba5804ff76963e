// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include <linux/dbus.h>

#include "tests/wire/check.h"
#include "wire/filter.h"

static struct wire_match_arg args[WIRE_MATCH_ARGS + 1];
static char strings[WIRE_MATCH_MAX];

static bool parse(struct wire_filter *f, const char *text,
		  struct wire_match_error *err)
{
	check_case("%s", text);
	return wire_filter_parse(f, args, strings, text, strlen(text), err);
}

static const struct refused_rule refused[] = {
	{ "pid=", 4, "pid", "not a process id" },
	{ "pid=x", 4, "pid", "not a process id" },
	{ "pid=-1", 4, "pid", "not a process id" },
	{ "pid=7x", 4, "pid", "not a process id" },
	{ "pid= 7", 4, "pid", "not a process id" },
	{ "pid=4294967296", 4, "pid", "not a process id" },
	{ "uid=root", 4, "uid", "not a user id" },
	{ "type=signal,uid=root", 16, "uid", "not a user id" },
	{ "comm=abcdefghijklmnop", 5, "comm", "longer than 15 octets, "
	  "which is all that the kernel keeps" },
	{ "bus=", 4, "bus", "neither the number nor the name of a bus" },
	{ "verdict=", 8, "verdict", "no verdict (delivered, queued, denied, "
	  "undelivered, invalid)" },
	{ "verdict=Denied", 8, "verdict", "no verdict (delivered, queued, "
	  "denied, undelivered, invalid)" },
	{ "error=Failed", 6, "error", "not a valid error name" },
	{ "pid=1,pid=1", 6, "pid", "key is there twice" },
	{ "pid='1", 4, "pid", "quote is not closed" },
	{ "verdict", 7, "verdict", "key without '='" },
	{ "Pid=1", 0, "Pid", "unknown key" },
	{ "pids=1", 0, "pids", "unknown key" },
	{ "interfaec=a.b", 0, "interfaec", "unknown key" },
	{ "uid=0,member=a.b", 13, "member", "not a valid member name" },
};

static void check_refused(void)
{
	struct wire_match_error err;
	struct wire_filter f;
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		CHECK(!parse(&f, refused[i].text, &err));
		check_refused_rule(&err, &refused[i]);
	}
	/* to a bus they are unknown */
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		check_case("match rule %s", refused[i].text);
		CHECK(!wire_match_parse(&f.match, args, strings,
					refused[i].text,
					strlen(refused[i].text), &err));
	}
}

static const struct wire_known known = {
	.keys = WIRE_FILTER_RECORD,
	.pid = 4711,
	.uid = 1000,
	.bus_number = 3,
	.verdict = DBUSMON_DENIED,
	.comm = { "gimp", 4 },
	.bus = { "session-1000", 12 },
};

static const struct wire_known driver = {
	.keys = WIRE_FILTER_RECORD,
	.bus_number = 3,
	.verdict = DBUSMON_DELIVERED,
	.comm = { "", 0 },
	.bus = { "session-1000", 12 },
};

static const struct {
	const char *text;
	bool matches;
} rules[] = {
	{ "pid=4711", true },
	{ "pid=47110", false },
	{ "pid='4711',uid=1000,comm=gimp,bus=3,verdict=denied", true },
	{ "pid=4711,uid=1001", false },
	{ "uid=0", false },
	{ "comm=gim", false },
	{ "comm=", false },
	{ "bus=bus3", true },
	{ "bus=4", false },
	{ "bus=session-1000", true },
	{ "bus='session-1000'", true },
	{ "bus=session", false },
	{ "verdict=delivered", false },
	{ "verdict=denied,type=error", true },
	{ "verdict=denied,type=signal", false },
	{ "error=org.foo.Failed", true },
	{ "type=error,error='org.foo.Failed'", true },
	{ "error=org.foo.Fail", false },
	{ " uid =1000, type=error", true },
	{ "", true },
};

static void check_eval(void)
{
	const struct wire_msg m = {
		.type = WIRE_ERROR,
		.error_name = { "org.foo.Failed", 14 },
	};
	struct wire_match_error err;
	struct wire_filter f;
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		CHECK(parse(&f, rules[i].text, &err));
		CHECK_EQ(wire_filter_eval(&f, &m, NULL, &known, NULL, NULL),
			 rules[i].matches);
		/* without a record, its keys match nothing */
		CHECK_EQ(wire_filter_eval(&f, &m, NULL, NULL, NULL, NULL),
			 rules[i].matches && !(f.keys & WIRE_FILTER_RECORD));
	}
	CHECK(parse(&f, "pid=0", &err));
	CHECK(!wire_filter_eval(&f, &m, NULL, &driver, NULL, NULL));
	CHECK(parse(&f, "uid=0", &err));
	CHECK(!wire_filter_eval(&f, &m, NULL, &driver, NULL, NULL));
	CHECK(parse(&f, "comm=''", &err));
	CHECK(wire_filter_eval(&f, &m, NULL, &driver, NULL, NULL));
}

/* Rules with "or" between them: what each is, ended by a NULL */
static const struct {
	const char *text;
	const char *rule[4];
} lists[] = {
	{ "", { "" } },
	{ "type=signal", { "type=signal" } },
	{ "type=signal ", { "type=signal " } },
	{ "type=signal or member=M", { "type=signal", " member=M" } },
	{ "a=b \n||\t c=d  or  e=f", { "a=b", "\t c=d", "  e=f" } },
	{ "a='b or c' or d=e", { "a='b or c'", " d=e" } },
	{ "a=\\'b or c=d\\' or e=f", { "a=\\'b", " c=d\\'", " e=f" } },
	{ "a='b or c=d", { "a='b or c=d" } },
	{ "a=bor c=d", { "a=bor c=d" } },
	{ "a=b orc=d", { "a=b orc=d" } },
	{ "a=b o", { "a=b o" } },
	{ "or a=b", { "", " a=b" } },
	{ "a=b or", { "a=b", "" } },
	{ "a=b or or c=d", { "a=b", "", " c=d" } },
	{ "a=b\\", { "a=b\\" } },
};

static void check_split(void)
{
	struct wire_str rule;
	const char *text;
	size_t i, k, len;
	bool more;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		check_case("%s", lists[i].text);
		text = lists[i].text;
		len = strlen(text);
		for (k = 0, more = true; more; k++) {
			more = wire_filter_split(&text, &len, &rule);
			CHECK_STR(rule, lists[i].rule[k]);
			CHECK_EQ(more, k + 1 < 4 && lists[i].rule[k + 1]);
		}
	}
}

static void check_names(void)
{
	check_case("names of keys");
	CHECK(!strcmp(wire_filter_key_name(WIRE_FILTER_PID), "pid"));
	CHECK(!strcmp(wire_filter_key_name(WIRE_MATCH_ARGS_KEY), "argN"));
	CHECK(!strcmp(wire_filter_key_name(WIRE_MATCH_SENDER |
					   WIRE_MATCH_DESTINATION), "sender"));
	CHECK(!wire_filter_key_name(0));
}

void test_filter(void)
{
	check_refused();
	check_eval();
	check_split();
	check_names();
}
