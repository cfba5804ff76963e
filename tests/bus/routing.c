// SPDX-License-Identifier: GPL-2.0-or-later
/* Who gets what: calls, replies, errors, signals with and without addressee. */
#include "tests/bus/tests.h"

#define ERR(name) BUS_NAME ".Error." name

static void routing_unicast(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0), *c = conn_open(0);
	uint32_t serial;
	struct got *g, *r;

	check(strcmp(a->name, b->name), "two connections are both %s", a->name);
	check(bus_u32(b, "RequestName", "su", "org.test.B", 0) == 1, "name");
	got_free(conn_next(b));

	/* by unique name, with a return */
	serial = conn_call(a, b->name, "One", "su", "text", 7);
	g = want_call(b, "One");
	check(g->m.serial == serial && wire_str_is(g->m.sender, a->name) &&
	      wire_str_is(g->m.destination, b->name) && !g->m.flags &&
	      !strcmp(got_str(g, 0), "text") && got_u32(g, 1) == 7,
	      "call changed: %s", got_text(g));
	conn_return(b, g, "s", "answer");
	r = conn_next(a);
	check(r->m.type == WIRE_METHOD_RETURN && r->m.reply_serial == serial &&
	      wire_str_is(r->m.sender, b->name) &&
	      wire_str_is(r->m.destination, a->name) &&
	      !strcmp(got_str(r, 0), "answer"),
	      "return changed: %s", got_text(r));
	got_free(g);
	got_free(r);

	/* by well-known name, with an error; the addressee stays as it was */
	serial = conn_call(a, "org.test.B", "Two", "");
	g = want_call(b, "Two");
	check(wire_str_is(g->m.destination, "org.test.B"), "destination is %s",
	      g->m.destination.s);
	conn_error(b, g, "org.test.Error.Two");
	conn_refused(a, serial, "org.test.Error.Two");
	got_free(g);
	conn_quiet(a, "after unicast");
	conn_quiet(b, "after unicast");
	conn_quiet(c, "a bystander");
	conn_close(a);
	conn_close(b);
	conn_close(c);
}

static void routing_callee_vanishes(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);
	uint32_t one, two;
	struct got *g;

	one = conn_call(a, b->name, "One", "");
	two = conn_call(a, b->name, "Two", "");
	got_free(want_call(b, "One"));	/* one was read, the other not */
	conn_close(b);
	g = conn_answer(a, one);
	check(wire_str_is(g->m.error_name, ERR("NoReply")) &&
	      wire_str_is(g->m.sender, BUS_NAME),
	      "callee went: %s", got_text(g));
	got_free(g);
	conn_refused(a, two, ERR("NoReply"));
	conn_quiet(a, "each call is answered once");
	conn_close(a);
}

static void reply(struct conn *c, const char *dest, uint32_t serial)
{
	struct head h = { .type = WIRE_METHOD_RETURN, .dest = dest,
			  .flags = WIRE_NO_REPLY_EXPECTED,
			  .reply_to = serial };

	conn_send(c, &h, "s", "reply");
}

/* The one who replied in vain may be told, and that is not answered again. */
static void drop_refusals(struct conn *c)
{
	struct got *g;

	conn_alive(c, "after a reply in vain");
	while (c->later) {
		g = conn_next(c);
		check(wire_str_is(g->m.error_name, ERR("AccessDenied")) &&
		      wire_str_is(g->m.sender, BUS_NAME), "a reply in vain: %s",
		      got_text(g));
		got_free(g);
	}
}

static void routing_unexpected_reply(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0), *c = conn_open(0);
	uint32_t serial;

	reply(b, a->name, 4711);
	drop_refusals(b);
	conn_quiet(a, "a reply that nobody asked for");

	/* by the wrong one */
	serial = conn_call(a, b->name, "One", "");
	got_free(want_call(b, "One"));
	reply(c, a->name, serial);
	drop_refusals(c);
	conn_quiet(a, "somebody else's reply");
	/* by the right one, to the wrong one */
	reply(b, c->name, serial);
	drop_refusals(b);
	/* the right one's still goes, once */
	reply(b, a->name, serial);
	conn_ok(a, serial);
	reply(b, a->name, serial);
	drop_refusals(b);
	conn_quiet(a, "a second reply");
	conn_quiet(c, "a reply to somebody else");
	conn_close(a);
	conn_close(b);
	conn_close(c);
}

static void routing_no_reply_expected(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);
	struct head h = { .type = WIRE_METHOD_CALL, .path = "/test",
			  .flags = WIRE_NO_REPLY_EXPECTED, .member = "One" };
	struct got *g;

	h.dest = b->name;
	conn_send(a, &h, "");
	g = want_call(b, "One");
	check(g->m.flags == WIRE_NO_REPLY_EXPECTED, "flags: %u", g->m.flags);
	reply(b, a->name, g->m.serial);
	drop_refusals(b);
	conn_quiet(a, "NO_REPLY_EXPECTED");
	got_free(g);
	conn_close(b);
	conn_quiet(a, "NO_REPLY_EXPECTED, and the callee has gone");

	/* the bus's own methods */
	h.dest = BUS_NAME;
	h.path = BUS_PATH;
	h.member = "AddMatch";
	conn_send(a, &h, "s", "member='Never'");
	conn_quiet(a, "NO_REPLY_EXPECTED to the bus");
	h.member = "ListActivatableNames";
	conn_send(a, &h, "");
	conn_quiet(a, "NO_REPLY_EXPECTED to the bus's daemon");
	conn_close(a);
}

static void routing_signal_unicast(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0), *c = conn_open(0);
	struct got *g;

	bus_ok(c, "AddMatch", "s", "type='signal'");
	conn_signal(a, b->name, "Only", "s", "for b");
	g = want_signal(b, "Only");
	check(wire_str_is(g->m.destination, b->name) &&
	      wire_str_is(g->m.sender, a->name), "%s", got_text(g));
	got_free(g);
	conn_quiet(c, "a signal for somebody else");
	conn_signal(a, NULL, "All", "");
	got_free(want_signal(c, "All"));
	conn_quiet(b, "a broadcast without a match rule");

	/* a signal to nobody is nobody's */
	conn_signal(a, "org.test.Nobody", "Nobody", "");
	conn_alive(a, "after a signal to a name that nobody owns");
	conn_quiet(c, "a signal to a name that nobody owns");
	conn_close(a);
	conn_close(b);
	conn_close(c);
}

static void routing_once(char **arg)
{
	static const char *const rule[] = {
		"", "type='signal'", "member='Once'", "path='/test'",
		"interface='org.test.Iface'", "type='signal'", "arg0='x'",
	};
	struct conn *a = conn_open(0), *b = conn_open(0);
	unsigned int i;

	for (i = 0; i < sizeof(rule) / sizeof(rule[0]); i++) {
		bus_ok(a, "AddMatch", "s", rule[i]);
		bus_ok(b, "AddMatch", "s", rule[i]);
	}
	while (b->later)		/* its own NameAcquired is no broadcast */
		got_free(conn_next(b));
	conn_signal(a, NULL, "Once", "s", "x");
	got_free(want_signal(b, "Once"));
	conn_quiet(b, "once is enough");
	/* its own signal, too */
	got_free(conn_answer(a, conn_bus(a, "GetId", "")));
	while (!got_is_signal(a->later, "Once"))
		got_free(conn_next(a));
	got_free(want_signal(a, "Once"));
	conn_quiet(a, "once is enough for the sender, too");

	/* as long as one rule is left */
	for (i = 1; i < sizeof(rule) / sizeof(rule[0]); i++)
		bus_ok(b, "RemoveMatch", "s", rule[i]);
	conn_signal(a, NULL, "Left", "");
	got_free(want_signal(b, "Left"));
	bus_ok(b, "RemoveMatch", "s", "");
	conn_signal(a, NULL, "Gone", "");
	conn_quiet(a->gone ? a : b, "all rules are removed");
	conn_close(a);
	conn_close(b);
}

static void routing_peer(char **arg)
{
	struct conn *a = conn_open(0);
	struct head h = { .type = WIRE_METHOD_CALL, .path = "/",
			  .iface = BUS_NAME ".Peer", .member = "Ping" };

	h.dest = BUS_NAME;
	conn_ok(a, conn_send(a, &h, ""));
	h.dest = NULL;
	conn_ok(a, conn_send(a, &h, ""));
	h.path = "/any/path";
	conn_ok(a, conn_send(a, &h, ""));
	h.member = "GetMachineId";
	conn_ok(a, conn_send(a, &h, ""));
	h.member = "Pong";
	conn_refused(a, conn_send(a, &h, ""), ERR("UnknownMethod"));
	conn_close(a);
}

static void routing_no_destination(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);
	struct head h = { .type = WIRE_METHOD_CALL, .path = "/test",
			  .iface = "org.test.Iface", .member = "One" };

	bus_ok(b, "AddMatch", "s", "");
	while (b->later)
		got_free(conn_next(b));
	conn_refused(a, conn_send(a, &h, ""), ERR("UnknownMethod"));
	h.iface = NULL;
	conn_refused(a, conn_send(a, &h, ""), ERR("UnknownMethod"));
	conn_quiet(b, "calls are no broadcasts");
	conn_alive(a, "after calls without destination");
	conn_close(a);
	conn_close(b);
}

static void routing_errors(char **arg)
{
	struct conn *a = conn_open(0);
	struct head h = { .type = WIRE_METHOD_CALL, .dest = BUS_NAME,
			  .path = BUS_PATH };

	conn_refused(a, conn_call(a, "org.test.Nobody", "One", ""),
		     ERR("ServiceUnknown"));
	/* of unique names there is nothing to be started */
	conn_refused(a, conn_call(a, ":1.4294967295", "One", ""),
		     ERR("ServiceUnknown"));
	bus_refused(a, ERR("NameHasNoOwner"), "GetNameOwner", "s",
		    "org.test.Nobody");
	bus_refused(a, ERR("NameHasNoOwner"), "ListQueuedOwners", "s",
		    "org.test.Nobody");
	bus_refused(a, ERR("NameHasNoOwner"), "GetConnectionUnixUser", "s",
		    "org.test.Nobody");
	bus_refused(a, ERR("NameHasNoOwner"), "GetConnectionUnixProcessID",
		    "s", "org.test.Nobody");
	bus_refused(a, ERR("UnknownMethod"), "NoSuchMethod", "");
	bus_refused(a, ERR("InvalidArgs"), "GetNameOwner", "u", 1);
	bus_refused(a, ERR("InvalidArgs"), "RequestName", "s", "org.test.A");
	bus_refused(a, ERR("InvalidArgs"), "AddMatch", "");
	bus_refused(a, ERR("Failed"), "Hello", "");
	bus_refused(a, ERR("MatchRuleInvalid"), "AddMatch", "s", "nonsense");
	bus_refused(a, ERR("MatchRuleNotFound"), "RemoveMatch", "s",
		    "type='signal'");
	h.iface = "org.test.NoSuchInterface";
	h.member = "GetId";
	conn_refused(a, conn_send(a, &h, ""), ERR("UnknownInterface"));
	/* without an interface the member alone decides */
	h.iface = NULL;
	conn_ok(a, conn_send(a, &h, ""));
	conn_quiet(a, "each call is answered once");
	conn_close(a);
}

static void routing_before_hello(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(CONN_NO_HELLO);
	struct conn *c = conn_open(CONN_NO_HELLO);
	struct got *g;

	/* who has no name yet can neither call others nor the bus */
	conn_call(b, a->name, "One", "");
	while ((g = conn_get(b, 300))) {
		check(wire_str_is(g->m.error_name, ERR("AccessDenied")),
		      "before Hello: %s", got_text(g));
		got_free(g);
		break;
	}
	conn_bus(c, "RequestName", "su", "org.test.Early", 0);
	g = conn_get(c, time_limit());
	check(c->gone || (g && wire_str_is(g->m.error_name,
					   ERR("AccessDenied"))),
	      "before Hello: %s", g ? got_text(g) : "nothing");
	got_free(g);
	check(!bus_u32(a, "NameHasOwner", "s", "org.test.Early"),
	      "a name was given before Hello");
	conn_quiet(a, "a call sent before Hello");
	conn_close(a);
	conn_close(b);
	conn_close(c);
}

static void routing_credentials(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);

	check(bus_u32(a, "GetConnectionUnixUser", "s", b->name) == getuid(),
	      "uid");
	check(bus_u32(a, "GetConnectionUnixProcessID", "s", b->name) ==
	      (uint32_t)getpid(), "pid");
	bus_ok(a, "GetConnectionCredentials", "s", b->name);
	bus_ok(a, "GetConnectionCredentials", "s", BUS_NAME);
	bus_u32(a, "GetConnectionUnixUser", "s", BUS_NAME);
	conn_close(a);
	conn_close(b);
}

static void routing_to_self(char **arg)
{
	struct conn *a = conn_open(0);
	uint32_t serial = conn_call(a, a->name, "Self", "");
	struct got *g = want_call(a, "Self");

	conn_return(a, g, "");
	conn_ok(a, serial);
	got_free(g);
	conn_quiet(a, "a call to oneself");
	conn_close(a);
}

/* The same serial twice, both unanswered: neither may be lost in silence. */
static void routing_same_serial(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);
	struct head h = { .type = WIRE_METHOD_CALL, .path = "/test",
			  .member = "One", .serial = 99 };
	struct got *g;

	h.dest = b->name;
	conn_send(a, &h, "");
	conn_send(a, &h, "");
	g = want_call(b, "One");
	conn_return(b, g, "");
	conn_alive(a, "after two calls of one serial");
	conn_alive(b, "after two calls of one serial");
	got_free(g);
	conn_close(a);
	conn_close(b);
}

const struct test routing_tests[] = {
	{ "routing-unicast", routing_unicast,
	  "calls, returns and errors reach their addressee alone, unchanged" },
	{ "routing-vanish", routing_callee_vanishes,
	  "NoReply for each call that the one who went had not answered" },
	{ "routing-unexpected", routing_unexpected_reply,
	  "a reply that nobody asked for is refused" },
	{ "routing-no-reply", routing_no_reply_expected,
	  "a call with NO_REPLY_EXPECTED is not answered" },
	{ "routing-signal", routing_signal_unicast,
	  "a signal with a destination reaches it alone" },
	{ "routing-once", routing_once,
	  "each receiver gets a signal once, the sender its own" },
	{ "routing-peer", routing_peer,
	  "the bus answers Peer, with and without a destination" },
	{ "routing-no-dest", routing_no_destination,
	  "a call without destination is the bus's to answer" },
	{ "routing-errors", routing_errors,
	  "what can't be done is answered with the error of the specification" },
	{ "routing-before-hello", routing_before_hello,
	  "before Hello there is only Hello" },
	{ "routing-credentials", routing_credentials,
	  "the bus knows the user and process of a connection" },
	{ "routing-self", routing_to_self, "a connection may call itself" },
	{ "routing-serial", routing_same_serial,
	  "two calls with one serial break nothing" },
	{ 0 }
};
