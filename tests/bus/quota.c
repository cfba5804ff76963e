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

static char text[8000];

static void quota_conf(char **arg)
{
	FILE *f = fopen(arg_word(&arg, "a file"), "w");

	check(f, "no file: %m");
	fprintf(f, "<busconfig><type>session</type>\n"
		"<listen>unix:tmpdir=/tmp</listen>\n"
		"<policy context=\"default\"><allow user=\"*\"/>\n"
		"<allow send_destination=\"*\"/><allow receive_sender=\"*\"/>\n"
		"<allow own=\"*\"/></policy>\n"
		"<limit name=\"max_outgoing_bytes\">%d</limit></busconfig>\n",
		POOL);
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
	uint32_t serial[FLOOD], last;
	unsigned int i, let = 0;
	struct got *g;

	(void)arg;
	memset(text, 'x', sizeof(text) - 1);
	for (i = 0; i < FLOOD; i++)
		serial[i] = conn_call(flooder, victim->name, "Flood", "s", text);
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
	(void)serial;
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

const struct test quota_tests[] = {
	{ "quota-conf", quota_conf, "FILE: writes the configuration" },
	{ "quota-calls", quota_calls,
	  "a flood of calls is refused, and another user's call is not" },
	{ "quota-signals", quota_signals,
	  "who floods another user with signals is hung up upon" },
	{ 0 }
};
