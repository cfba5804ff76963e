// SPDX-License-Identifier: GPL-2.0-or-later
/* Match rules: which signals reach whom. */
#include "tests/bus/tests.h"

#define ERR(name) BUS_NAME ".Error." name

/* A signal to be held against rules. */
struct sent {
	const char *path;
	const char *sig;
	const char *arg0;
	const char *arg1;
};

static void send_signal(struct conn *c, const struct sent *s)
{
	struct head h = { .type = WIRE_SIGNAL, .iface = "org.test.Iface",
			  .member = "Sig", .path = s->path,
			  .flags = WIRE_NO_REPLY_EXPECTED };

	if (!strcmp(s->sig, "u"))
		conn_send(c, &h, "u", 7);
	else
		conn_send(c, &h, s->sig, s->arg0, s->arg1);
}

static void drop_later(struct conn *c)
{
	while (c->later)
		got_free(conn_next(c));
}

#define BARE(path)		{ path, "", NULL, NULL }
#define NUMBER(path)		{ path, "u", NULL, NULL }
#define ARG(path, sig, arg0)	{ path, sig, arg0, NULL }

/* Rule by rule: does the signal arrive? */
static const struct {
	const char *rule;
	struct sent sent;
	bool yes;
} table[] = {
	{ "path='/a/b'", BARE("/a/b"), true },
	{ "path='/a/b'", BARE("/a/b/c"), false },
	{ "path_namespace='/a/b'", BARE("/a/b"), true },
	{ "path_namespace='/a/b'", BARE("/a/b/c"), true },
	{ "path_namespace='/a/b'", BARE("/a/bc"), false },
	{ "path_namespace='/a/b'", BARE("/a"), false },
	{ "path_namespace='/'", BARE("/"), true },
	{ "path_namespace='/'", BARE("/a"), true },
	{ "arg0='x'", ARG("/", "s", "x"), true },
	{ "arg0='x'", ARG("/", "s", "xx"), false },
	{ "arg0='x'", BARE("/"), false },
	{ "arg0='/x'", ARG("/", "o", "/x"), false },
	{ "arg0='7'", NUMBER("/"), false },
	{ "arg0=''", ARG("/", "s", ""), true },
	{ "arg1='y'", { "/", "ss", "x", "y" }, true },
	{ "arg1='x'", { "/", "ss", "x", "y" }, false },
	{ "arg0='x',arg1='y'", { "/", "ss", "x", "y" }, true },
	{ "arg0='x',arg1='z'", { "/", "ss", "x", "y" }, false },
	{ "arg63='x'", { "/", "ss", "x", "y" }, false },
	{ "arg0path='/aa/bb/'", ARG("/", "s", "/"), true },
	{ "arg0path='/aa/bb/'", ARG("/", "s", "/aa/"), true },
	{ "arg0path='/aa/bb/'", ARG("/", "s", "/aa/bb/"), true },
	{ "arg0path='/aa/bb/'", ARG("/", "s", "/aa/bb/cc/"), true },
	{ "arg0path='/aa/bb/'", ARG("/", "s", "/aa/bb/cc"), true },
	{ "arg0path='/aa/bb/'", ARG("/", "o", "/aa/bb/cc"), true },
	{ "arg0path='/aa/bb/'", ARG("/", "s", "/aa/b"), false },
	{ "arg0path='/aa/bb/'", ARG("/", "s", "/aa"), false },
	{ "arg0path='/aa/bb/'", ARG("/", "s", "/aa/bb"), false },
	{ "arg0path='/aa/bb'", ARG("/", "s", "/aa/bb"), true },
	{ "arg0path='/aa/bb'", ARG("/", "o", "/aa/bb"), true },
	{ "arg0path='/aa/bb'", ARG("/", "s", "/aa/bb/cc"), false },
	{ "arg1path='/a/'", { "/", "so", "x", "/a/b" }, true },
	{ "arg0namespace='a.b'", ARG("/", "s", "a.b"), true },
	{ "arg0namespace='a.b'", ARG("/", "s", "a.b.c"), true },
	{ "arg0namespace='a.b'", ARG("/", "s", "a.bc"), false },
	{ "arg0namespace='a.b'", ARG("/", "s", "a"), false },
	{ "arg0namespace='a'", ARG("/", "s", "a.b"), true },
	{ "arg0namespace='a.b'", ARG("/", "o", "/a"), false },
	{ "type='signal'", BARE("/"), true },
	{ "type='method_call'", BARE("/"), false },
	{ "type='error'", BARE("/"), false },
	{ "interface='org.test.Iface'", BARE("/"), true },
	{ "interface='org.test.Ifac'", BARE("/"), false },
	{ "member='Sig'", BARE("/"), true },
	{ "member='sig'", BARE("/"), false },
	{ "destination=':1.1'", BARE("/"), false },
	{ "sender='org.freedesktop.DBus'", BARE("/"), false },
	{ "sender='org.test.Nobody'", BARE("/"), false },
	{ "", BARE("/"), true },
	/* the grammar's quoting */
	{ "type=signal,member=Sig", BARE("/"), true },
	{ "arg0='it'\\''s'", ARG("/", "s", "it's"), true },
	{ "arg0=\\'x", ARG("/", "s", "'x"), true },
	{ "arg0='a\\b'", ARG("/", "s", "a\\b"), true },
	{ "arg0='a,b'", ARG("/", "s", "a,b"), true },
	{ "arg0='a=b'", ARG("/", "s", "a=b"), true },
	{ " type='signal', member='Sig'", BARE("/"), true },
};

static void match_table(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);
	struct got *g;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		bus_ok(b, "AddMatch", "s", table[i].rule);
		drop_later(b);
		send_signal(a, &table[i].sent);
		conn_signal(a, b->name, "Last", "");
		g = conn_next(b);
		check(got_is_signal(g, "Sig") == table[i].yes,
		      "rule \"%s\", path %s, args '%s' '%s': %s", table[i].rule,
		      table[i].sent.path,
		      table[i].sent.arg0 ? table[i].sent.arg0 : "",
		      table[i].sent.arg1 ? table[i].sent.arg1 : "",
		      got_text(g));
		got_free(g);
		if (table[i].yes)
			got_free(want_signal(b, "Last"));
		bus_ok(b, "RemoveMatch", "s", table[i].rule);
	}
	conn_close(a);
	conn_close(b);
}

static void rule_refused(struct conn *c, const char *rule, const char *member)
{
	struct got *g = conn_answer(c, conn_bus(c, member, "s", rule));

	check(wire_str_is(g->m.error_name, ERR("MatchRuleInvalid")),
	      "%s \"%s\": %s", member, rule, got_text(g));
	got_free(g);
}

static void match_invalid(char **arg)
{
	static const char *const bad[] = {
		"nonsense", "type='nonsense'", "type='signal", "foo='bar'",
		"type='signal',type='signal'",
		"interface='bad'", "member='a.b'", "path='bad'",
		"path='/a/'", "path_namespace='/a/'",
		"path='/a',path_namespace='/a'", "sender='bad'",
		"destination='bad'", "arg64='x'", "arg='x'", "arg0foo='x'",
		"argx='x'", "arg1namespace='a.b'", "arg0namespace='a..b'",
		"arg0='x',arg0='y'", "arg0='x',arg0path='/y'",
		"eavesdrop='maybe'", "type=",
	};
	char text[1200] = "arg0='";
	struct conn *a = conn_open(0);
	struct got *g;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rule_refused(a, bad[i], "AddMatch");
		rule_refused(a, bad[i], "RemoveMatch");
	}
	/* 1024 octets are allowed */
	memset(text + 6, 'x', 1024 - 7);
	strcpy(text + 1023, "'");
	bus_ok(a, "AddMatch", "s", text);
	bus_ok(a, "RemoveMatch", "s", text);
	strcpy(text + 1023, "x'");
	g = conn_answer(a, conn_bus(a, "AddMatch", "s", text));
	check(wire_str_is(g->m.error_name, ERR("MatchRuleInvalid")) ||
	      wire_str_is(g->m.error_name, ERR("LimitsExceeded")),
	      "a rule of 1025 octets: %s", got_text(g));
	got_free(g);
	conn_close(a);
}

/* A rule added twice has to be removed twice; what it says counts, not how. */
static void match_remove(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);

	bus_ok(b, "AddMatch", "s", "type='signal',member='Sig'");
	bus_ok(b, "AddMatch", "s", "member=Sig,type=signal");
	drop_later(b);
	bus_ok(b, "RemoveMatch", "s", "member='Sig',type='signal'");
	conn_signal(a, NULL, "Sig", "");
	got_free(want_signal(b, "Sig"));
	bus_ok(b, "RemoveMatch", "s", "type='signal',member='Sig'");
	conn_signal(a, NULL, "Sig", "");
	conn_quiet(b, "removed as often as it was added");
	bus_refused(b, ERR("MatchRuleNotFound"), "RemoveMatch", "s",
		    "type='signal',member='Sig'");
	bus_refused(b, ERR("MatchRuleNotFound"), "RemoveMatch", "s",
		    "type='signal',member='Other'");
	conn_close(a);
	conn_close(b);
}

/* sender='name' means its owner of the moment. */
static void match_sender(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0), *c = conn_open(0);
	char rule[128];

	bus_ok(c, "AddMatch", "s", "sender='org.test.S',member='Sig'");
	drop_later(c);
	conn_signal(a, NULL, "Sig", "");
	conn_quiet(c, "nobody owns the name");
	check(bus_u32(a, "RequestName", "su", "org.test.S", 1) == 1, "a");
	conn_signal(a, NULL, "Sig", "s", "a");
	got_free(want_signal(c, "Sig"));
	/* replaced: now the other one is the sender that is meant */
	check(bus_u32(b, "RequestName", "su", "org.test.S", 2) == 1, "b");
	conn_signal(a, NULL, "Sig", "s", "a");
	conn_alive(a, "sender of a signal");
	conn_signal(b, NULL, "Sig", "s", "b");
	{
		struct got *g = want_signal(c, "Sig");

		check(!strcmp(got_str(g, 0), "b"), "%s", got_text(g));
		got_free(g);
	}
	bus_ok(c, "RemoveMatch", "s", "sender='org.test.S',member='Sig'");
	snprintf(rule, sizeof(rule), "sender='%s',member='Sig'", a->name);
	bus_ok(c, "AddMatch", "s", rule);
	conn_signal(b, NULL, "Sig", "s", "b");
	conn_alive(b, "sender of a signal");
	conn_signal(a, NULL, "Sig", "s", "a");
	got_free(want_signal(c, "Sig"));
	conn_quiet(c, "another sender");
	conn_close(a);
	conn_close(b);
	conn_close(c);
}

/* The bus's own signals are matched like anybody's. */
static void match_bus(char **arg)
{
	struct conn *b = conn_open(0), *a;

	bus_ok(b, "AddMatch", "s", "sender='" BUS_NAME "',type='signal',"
	       "interface='" BUS_NAME "',member='NameOwnerChanged',"
	       "path='" BUS_PATH "',arg0='org.test.Here'");
	drop_later(b);
	a = conn_open(0);
	check(bus_u32(a, "RequestName", "su", "org.test.There", 0) == 1,
	      "There");
	check(bus_u32(a, "RequestName", "su", "org.test.Here", 0) == 1,
	      "Here");
	want_bus_signal(b, "NameOwnerChanged", "org.test.Here", "", a->name);
	conn_quiet(b, "names that were not asked for");
	conn_close(a);
	want_bus_signal(b, "NameOwnerChanged", "org.test.Here", NULL, "");
	conn_close(b);
}

/* Thousands of rules, one of which is meant. */
static void match_many(char **arg)
{
	unsigned long i, n = arg_number(&arg, scaled(2000));
	struct conn *a = conn_open(0), *b = conn_open(0);
	struct got *g;
	char text[64];

	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "member='M%lu'", i);
		bus_ok(b, "AddMatch", "s", text);
	}
	drop_later(b);
	for (i = 0; i < n; i += 97) {
		snprintf(text, sizeof(text), "M%lu", i);
		conn_signal(a, NULL, text, "");
		g = want_signal(b, text);
		got_free(g);
	}
	conn_signal(a, NULL, "M", "");
	conn_quiet(b, "a member that no rule has");
	conn_close(a);
	conn_close(b);
}

const struct test match_tests[] = {
	{ "match-table", match_table,
	  "each key of a match rule means what the specification says" },
	{ "match-invalid", match_invalid,
	  "rules that are wrong are refused with MatchRuleInvalid" },
	{ "match-remove", match_remove,
	  "a rule has to be removed as often as it was added" },
	{ "match-sender", match_sender,
	  "a well-known name in a rule means its owner of the moment" },
	{ "match-bus", match_bus, "the bus's own signals are matched, too" },
	{ "match-many", match_many, "thousands of rules of one connection" },
	{ 0 }
};
