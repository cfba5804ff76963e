// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens at each limit of a configuration: printed, to be compared with
 * another bus's. A bus must have been started with the configuration that
 * "limits-conf" writes.
 */
#include "tests/bus/tests.h"

#include <string.h>

#define NAMES		4
#define MATCHES		3
#define REPLIES		2
#define PEERS		4
#define SIZE		4096
#define FDS		2
#define QUEUED		20000
#define QUEUED_FDS	5

static struct conn *a, *b;

static void write_conf(const char *conf, const char *more)
{
	FILE *f = fopen(conf, "w");

	check(f, "%s: %m", conf);
	fprintf(f, "<busconfig><type>session</type>\n"
		"<listen>unix:tmpdir=/tmp</listen>\n"
		"<policy context=\"default\"><allow user=\"*\"/>\n"
		"<allow send_destination=\"*\"/><allow receive_sender=\"*\"/>\n"
		"<allow own=\"*\"/></policy>\n"
		"<limit name=\"max_names_per_connection\">%d</limit>\n"
		"<limit name=\"max_match_rules_per_connection\">%d</limit>\n"
		"<limit name=\"max_replies_per_connection\">%d</limit>\n"
		"<limit name=\"max_connections_per_user\">%d</limit>\n"
		"<limit name=\"max_message_size\">%d</limit>\n"
		"<limit name=\"max_message_unix_fds\">%d</limit>\n"
		"<limit name=\"max_outgoing_bytes\">%d</limit>\n"
		"<limit name=\"max_outgoing_unix_fds\">%d</limit>\n"
		"%s</busconfig>\n",
		NAMES, MATCHES, REPLIES, PEERS, SIZE, FDS, QUEUED, QUEUED_FDS,
		more);
	check(!fclose(f), "%s: %m", conf);
}

static void put_answer(const char *what, struct conn *c, uint32_t serial)
{
	struct got *g = conn_answer(c, serial);

	if (g->m.type == 3)
		printf("%s: %.*s\n", what, (int)g->m.error_name.len,
		       g->m.error_name.s);
	else
		printf("%s: ok\n", what);
	got_free(g);
}

static void names(void)
{
	char name[32];
	int i;

	for (i = 0; i <= NAMES; i++) {
		snprintf(name, sizeof(name), "org.test.N%d", i);
		put_answer("RequestName", a,
			   conn_bus(a, "RequestName", "su", name, 0));
	}
	bus_ok(a, "ReleaseName", "s", "org.test.N0");
	put_answer("RequestName once one is released", a,
		   conn_bus(a, "RequestName", "su", "org.test.N9", 0));
}

static void matches(void)
{
	char rule[32];
	int i;

	for (i = 0; i <= MATCHES; i++) {
		snprintf(rule, sizeof(rule), "member='M%d'", i);
		put_answer("AddMatch", a, conn_bus(a, "AddMatch", "s", rule));
	}
	bus_ok(a, "RemoveMatch", "s", "member='M0'");
	put_answer("AddMatch once one is removed", a,
		   conn_bus(a, "AddMatch", "s", "member='M9'"));
}

static void replies(void)
{
	uint32_t serial[REPLIES + 1];
	struct got *g;
	int i;

	for (i = 0; i <= REPLIES; i++)
		serial[i] = conn_call(a, b->name, "Ask", "");
	put_answer("one call too many", a, serial[REPLIES]);
	for (i = 0; i < REPLIES; i++) {
		g = want_call(b, "Ask");
		conn_return(b, g, "");
		got_free(g);
		put_answer("a call within the limit", a, serial[i]);
	}
	serial[0] = conn_call(a, b->name, "Ask", "");
	g = want_call(b, "Ask");
	conn_return(b, g, "");
	got_free(g);
	put_answer("a call once they are answered", a, serial[0]);
}

static void peers(void)
{
	struct conn *c[PEERS];
	uint64_t end = now_ms() + time_limit();
	char gone[32];
	int i;

	for (i = 2; i < PEERS; i++)
		c[i] = conn_open(0);
	c[0] = conn_open(CONN_NO_HELLO);
	put_answer("Hello of one too many", c[0], conn_bus(c[0], "Hello", ""));
	strcpy(gone, c[2]->name);
	conn_close(c[2]);
	while (bus_u32(a, "NameHasOwner", "s", gone))
		check(now_ms() < end, "%s does not go", gone);
	put_answer("Hello once another has left", c[0],
		   conn_bus(c[0], "Hello", ""));
	conn_close(c[0]);
	for (i = 3; i < PEERS; i++)
		conn_close(c[i]);
}

static struct conn *open_soon(void)
{
	uint64_t end = now_ms() + time_limit();
	struct conn *c = conn_open(CONN_NO_HELLO);
	struct got *g;
	bool ok;

	/* those that were closed may still be leaving */
	do {
		g = conn_answer(c, conn_bus(c, "Hello", ""));
		ok = g->m.type == 2;
		if (ok)
			snprintf(c->name, sizeof(c->name), "%s", got_str(g, 0));
		got_free(g);
		check(ok || now_ms() < end, "no room for a client");
	} while (!ok);
	return c;
}

static void sizes(void)
{
	struct conn *c = open_soon();
	static char text[SIZE];
	int fds[FDS + 1] = { 0, 1, 2 };

	memset(text, 'x', sizeof(text) - 1);
	text[SIZE - 200] = '\0';
	conn_ok(c, conn_bus(c, "NameHasOwner", "s", "org.test.N1"));
	put_answer("a message within the size", c,
		   conn_bus(c, "NameHasOwner", "s", text));
	text[SIZE - 200] = 'x';
	conn_bus(c, "NameHasOwner", "s", text);
	conn_hung_up(c, "its message is too long");
	puts("a longer one: disconnected");
	conn_close(c);

	c = open_soon();
	conn_send(c, &(struct head){ .type = 1, .flags = 1, .dest = b->name,
		  .path = "/", .member = "Fds", .fds = fds, .n_fds = FDS }, "");
	got_free(want_call(b, "Fds"));
	puts("as many descriptors as may be: delivered");
	conn_send(c, &(struct head){ .type = 1, .dest = b->name,
		  .path = "/", .member = "Fds", .fds = fds, .n_fds = FDS + 1 },
		  "");
	conn_hung_up(c, "it sent too many descriptors");
	puts("one more: disconnected");
	conn_close(c);
}

/* One who does not read, and one who goes on calling. */
static void queued(const char *what, size_t len, unsigned int n_fds)
{
	struct conn *c = open_soon();
	static char text[SIZE];
	struct got *g = NULL;
	int fds[FDS] = { 0, 1 };
	int i;

	memset(text, 'x', len);
	text[len] = '\0';
	for (i = 0; i < 10000 && !g; i++) {
		conn_send(a, &(struct head){ .type = 1, .flags = 1,
			  .dest = c->name, .path = "/", .member = "Full",
			  .fds = fds, .n_fds = n_fds }, "s", text);
		while (i % 16 == 15 && (g = conn_get(a, 0)) && g->m.type != 3)
			got_free(g);
	}
	check(g, "%d messages wait", i);
	printf("a queue full of %s: %.*s\n", what, (int)g->m.error_name.len,
	       g->m.error_name.s);
	got_free(g);
	conn_close(c);
	while ((g = conn_get(a, 50)))
		got_free(g);
}

/* dbus-daemon takes this limit at its start alone. */
static void late(char **arg)
{
	const char *conf = arg_word(&arg, "CONFIGURATION");
	uint32_t serial;
	struct got *g;

	a = conn_open(0);
	b = conn_open(0);
	write_conf(conf, "<limit name=\"reply_timeout\">300</limit>\n");
	conn_ok(a, conn_bus(a, "ReloadConfig", ""));
	serial = conn_call(a, b->name, "Late", "");
	conn_refused(a, serial, "org.freedesktop.DBus.Error.NoReply");
	/* too late; and the limit is for each call anew */
	g = want_call(b, "Late");
	conn_return(b, g, "");
	got_free(g);
	conn_refused(b, b->serial, "org.freedesktop.DBus.Error.AccessDenied");
	conn_quiet(a, "it has had an answer");
	serial = conn_call(a, b->name, "Late", "");
	conn_refused(a, serial, "org.freedesktop.DBus.Error.NoReply");
	write_conf(conf, "");
	conn_ok(a, conn_bus(a, "ReloadConfig", ""));
	serial = conn_call(a, b->name, "Late", "");
	got_free(want_call(b, "Late"));
	g = want_call(b, "Late");
	conn_return(b, g, "");
	got_free(g);
	conn_ok(a, serial);
	conn_close(a);
	conn_close(b);
}

static void limits(char **arg)
{
	a = conn_open(0);
	b = conn_open(0);
	names();
	matches();
	replies();
	peers();
	sizes();
	queued("octets", 2000, 0);
	queued("descriptors", 0, FDS);
	conn_close(a);
	conn_close(b);
}

static void limits_conf(char **arg)
{
	write_conf(arg_word(&arg, "CONFIGURATION"), "");
}

const struct test limit_tests[] = {
	{ "limits", limits, "what happens at each limit" },
	{ "limits-late", late,
	  "CONFIGURATION: a call that is not answered in time" },
	{ "limits-conf", limits_conf,
	  "CONFIGURATION: write one with low limits there" },
	{ 0 }
};
