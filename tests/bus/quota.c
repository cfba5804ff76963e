// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Users and their shares: one user's flood is that user's own affair. Run by root,
 * on a bus of the configuration that "quota-conf" writes.
 */
#include "tests/bus/tests.h"

#include <string.h>
#include <unistd.h>

#define POOL		400000	/* octets that may wait for one user */
#define FLOODER		4711
#define BYSTANDER	4712
#define FLOOD		150	/* messages: more than sockets and pool hold */
#define EACH		64	/* names, rules, replies of a connection */
#define TOGETHER	(16 * EACH)	/* of all connections of a user */
#define STARTS		9	/* messages that may wait for services */
#define STARTS_ALONE	4	/* of one user, if nobody else's do */

static char text[8000];

static void quota_conf(char **arg)
{
	const char *path = arg_word(&arg, "a file");
	FILE *f = fopen(path, "w");

	check(f, "no file: %m");
	fprintf(f, "<busconfig><type>session</type>\n"
		"<listen>unix:tmpdir=/tmp</listen>\n"
		"<policy context=\"default\"><allow user=\"*\"/>\n"
		"<allow send_destination=\"*\"/><allow receive_sender=\"*\"/>\n"
		"<allow own=\"*\"/></policy>\n"
		"<servicedir>%s.services</servicedir>\n"
		"<limit name=\"max_names_per_connection\">%d</limit>\n"
		"<limit name=\"max_match_rules_per_connection\">%d</limit>\n"
		"<limit name=\"max_replies_per_connection\">%d</limit>\n"
		"<limit name=\"max_pending_service_starts\">%d</limit>\n"
		"<limit name=\"max_outgoing_bytes\">%d</limit></busconfig>\n",
		path, EACH + 1, EACH, EACH, STARTS, POOL);
	check(!fclose(f), "no file: %m");
}

static struct conn *open_as(uid_t uid)
{
	struct conn *c;

	check(!setresuid(uid, uid, 0), "setresuid: %m");
	c = conn_open(0);
	check(!setresuid(0, 0, 0), "setresuid: %m");
	return c;
}

/* The victim gets all that was let through, and answers who called last. */
static unsigned int serve(struct conn *victim, const char *last)
{
	unsigned int n = 0;
	struct got *g;

	for (;;) {
		g = conn_next(victim);
		if (got_is_call(g, last))
			break;
		n += got_is_call(g, "Flood");
		got_free(g);
	}
	conn_return(victim, g, "");
	got_free(g);
	return n;
}

static void quota_calls(char **arg)
{
	struct conn *victim = conn_open(0), *flooder = open_as(FLOODER);
	struct conn *bystander = open_as(BYSTANDER);
	unsigned int i, let = 0;
	uint32_t last;
	struct got *g;

	(void)arg;
	memset(text, 'x', sizeof(text) - 1);
	for (i = 0; i < FLOOD; i++)
		conn_call(flooder, victim->name, "Flood", "s", text);
	/* the last is answered at once, and none behind the first refused is let by */
	for (i = 0; i < FLOOD; i++) {
		g = conn_get(flooder, i ? 1000 : time_limit());
		if (!g)
			break;
		check(g->m.type == 3 && wire_str_is(g->m.error_name,
			"org.freedesktop.DBus.Error.LimitsExceeded"),
		      "the flooder is told: %s", got_text(g));
		got_free(g);
	}
	check(i > 0, "a flood of calls is not refused");
	let = FLOOD - i;
	check(let * sizeof(text) < POOL / 2 + 400000 && let > 10,
	      "%u calls were let through", let);

	last = conn_call(bystander, victim->name, "Ask", "s", text);
	check(serve(victim, "Ask") == let, "calls let through were lost");
	conn_ok(bystander, last);
	/* and with that the flooder may call again */
	last = conn_call(flooder, victim->name, "Again", "s", text);
	check(serve(victim, "Again") == 0, "calls are there twice");
	conn_ok(flooder, last);
	conn_close(flooder);
	conn_close(bystander);
	conn_close(victim);
}

static void quota_signals(char **arg)
{
	struct conn *victim = conn_open(0), *flooder = open_as(FLOODER);
	struct conn *bystander = open_as(BYSTANDER);
	struct head h = { .type = WIRE_SIGNAL, .dest = victim->name,
			  .path = "/", .iface = "org.test", .member = "Flood" };
	struct draft d = { 0 };
	unsigned int i;
	uint32_t last;

	(void)arg;
	memset(text, 'x', sizeof(text) - 1);
	h.serial = 1000;
	draft_message(&d, &h, "s", text);
	for (i = 0; i < FLOOD; i++) {
		draft_set_u32(&d, 8, h.serial + i);
		if (!conn_try_write(flooder, d.p, d.len, NULL, 0, time_limit()))
			break;
	}
	draft_free(&d);
	conn_hung_up(flooder, "a flood of signals to one who does not read");
	last = conn_call(bystander, victim->name, "Ask", "s", text);
	check(serve(victim, "Ask") == 0, "calls out of nowhere");
	conn_ok(bystander, last);
	conn_close(flooder);
	conn_close(bystander);
	conn_close(victim);
}

static uint32_t own_name(struct conn *c, unsigned int i)
{
	char name[64];

	snprintf(name, sizeof(name), "org.test.Quota%s.N%u", c->name + 3, i);
	return conn_bus(c, "RequestName", "su", name, 0);
}

static uint32_t add_rule(struct conn *c, unsigned int i)
{
	char rule[64];

	snprintf(rule, sizeof(rule), "member='M%u'", i);
	return conn_bus(c, "AddMatch", "s", rule);
}

/* A call that is never answered. */
static struct conn *silent;

static uint32_t wait_for_reply(struct conn *c, unsigned int i)
{
	(void)i;
	return conn_call(c, silent->name, "Wait", "");
}

/* Of as many as one connection may have, how many are not refused? */
static unsigned int fill(struct conn *c, uint32_t (*take)(struct conn *c,
							  unsigned int i))
{
	unsigned int i, n = 0;
	uint32_t last;
	struct got *g;

	for (i = 0; i < EACH; i++)
		take(c, i);
	/* what a call that nobody answers did is known when a later one is */
	last = conn_bus(c, "GetId", "");
	for (;;) {
		g = conn_next(c);
		if (g->m.reply_serial == last)
			break;
		if (g->m.type == 3) {
			check(wire_str_is(g->m.error_name,
				"org.freedesktop.DBus.Error.LimitsExceeded"),
			      "refused otherwise: %s", got_text(g));
			n++;
		}
		got_free(g);
	}
	got_free(g);
	return EACH - n;
}

static void expect_held(const char *what, uint32_t (*take)(struct conn *c,
							   unsigned int i))
{
	struct conn *c[TOGETHER / EACH + 1], *other = open_as(BYSTANDER);
	unsigned int i, n;

	for (i = 0; i < TOGETHER / EACH; i++) {
		c[i] = open_as(FLOODER);
		n = fill(c[i], take);
		check(n == EACH, "%s: connection %u could have %u", what, i, n);
	}
	c[i] = open_as(FLOODER);
	n = fill(c[i], take);
	check(!n, "%s: one connection more could have %u", what, n);
	n = fill(other, take);
	check(n == EACH, "%s: another user could have %u", what, n);
	/* that leaves room for as many */
	conn_close(c[0]);
	while (!(n = fill(c[i], take)))
		;
	check(n <= EACH, "%s: there was room for %u", what, n);
	for (; i; i--)
		conn_close(c[i]);
	conn_close(other);
}

static void quota_held(char **arg)
{
	(void)arg;
	silent = conn_open(0);
	expect_held("names", own_name);
	expect_held("rules", add_rule);
	expect_held("replies", wait_for_reply);
	conn_close(silent);
}

/* Of so many calls of a service that never comes, how many may wait? */
static unsigned int start(struct conn *c, unsigned int calls)
{
	unsigned int i, n = 0;
	uint32_t last;
	struct got *g;

	for (i = 0; i < calls; i++)
		conn_call(c, "org.test.Never", "Wait", "");
	last = conn_bus(c, "GetId", "");
	for (;;) {
		g = conn_next(c);
		if (g->m.reply_serial == last)
			break;
		check(g->m.type == 3 && wire_str_is(g->m.error_name,
			"org.freedesktop.DBus.Error.LimitsExceeded"),
		      "not refused: %s", got_text(g));
		n++;
		got_free(g);
	}
	got_free(g);
	return calls - n;
}

static void quota_starts(char **arg)
{
	struct conn *flooder = open_as(FLOODER), *more = open_as(FLOODER);
	struct conn *bystander = open_as(BYSTANDER);
	unsigned int n;

	(void)arg;
	n = start(flooder, STARTS);
	check(n == STARTS_ALONE, "%u calls of one user wait", n);
	n = start(more, 1);
	check(!n, "another connection of the same user is let by");
	n = start(bystander, 1);
	check(n == 1, "there is nothing left for another user");
	conn_close(flooder);
	conn_close(more);
	conn_close(bystander);
}

/* Leave some messages behind for one who does not read, and go. */
static void quota_burst(char **arg)
{
	const char *to = arg_word(&arg, "a name");
	struct conn *flooder = open_as(FLOODER);
	unsigned int i;

	memset(text, 'x', sizeof(text) - 1);
	for (i = 0; i < 5; i++)
		conn_signal(flooder, to, "Burst", "s", text);
	bus_ok(flooder, "GetId", "");
	conn_close(flooder);
}

const struct test quota_tests[] = {
	{ "quota-conf", quota_conf, "FILE: writes the configuration" },
	{ "quota-calls", quota_calls,
	  "a flood of calls is refused, and another user's call is not" },
	{ "quota-signals", quota_signals,
	  "who floods another user with signals is hung up upon" },
	{ "quota-held", quota_held,
	  "all connections of a user have a limit together" },
	{ "quota-starts", quota_starts,
	  "one user leaves room for what others want started" },
	{ "quota-burst", quota_burst, "NAME: a few messages, and gone" },
	{ 0 }
};
