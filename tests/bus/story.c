// SPDX-License-Identifier: GPL-2.0-or-later
/* A short story, each message with a name of its own, to be found in a capture. */
#include "tests/bus/tests.h"

#include <fcntl.h>

static void signal_to(struct conn *c, const char *dest, const char *member,
		      const int *fds, unsigned int n_fds, const char *forged)
{
	struct head h = { .type = WIRE_SIGNAL, .dest = dest, .path = "/story",
			  .iface = "org.test.Story", .member = member,
			  .sender = forged, .fds = fds, .n_fds = n_fds };

	conn_send(c, &h, "s", member);
}

static void unexpected_reply(struct conn *from, struct conn *to)
{
	struct head h = { .type = WIRE_METHOD_RETURN, .dest = to->name,
			  .flags = WIRE_NO_REPLY_EXPECTED, .reply_to = 4711 };

	conn_send(from, &h, "");
	conn_alive(from, "after an unexpected reply");
}

static void invalid(void)
{
	struct conn *c = conn_open(0);
	struct head h = { .type = WIRE_METHOD_CALL, .dest = BUS_NAME,
			  .path = "//", .member = "StoryInvalid", .serial = 9 };
	struct draft d = { 0 };

	printf("invalid %s\n", c->name);
	draft_message(&d, &h, "");
	conn_try_write(c, d.p, d.len, NULL, 0, time_limit());
	conn_hung_up(c, "invalid");
	conn_close(c);
	draft_free(&d);
}

/* Prints who is who; ends when all of it has been delivered. */
static void story(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);
	struct conn *no_fds = conn_open(CONN_NO_FDS), *early;
	int fds[3], i;
	uint32_t serial;
	struct got *g;

	printf("pid %d\na %s\nb %s\nno_fds %s\n", getpid(), a->name, b->name,
	       no_fds->name);
	serial = conn_call(a, b->name, "StoryCall", "");
	g = want_call(b, "StoryCall");
	conn_error(b, g, "org.test.StoryError");
	conn_refused(a, serial, "org.test.StoryError");
	got_free(g);

	signal_to(a, NULL, "StoryNoTaker", NULL, 0, NULL);
	bus_ok(a, "AddMatch", "s", "interface='org.test.Story'");
	bus_ok(b, "AddMatch", "s", "interface='org.test.Story'");
	signal_to(a, NULL, "StoryBroadcast", NULL, 0, NULL);
	signal_to(a, b->name, "StoryForged", NULL, 0, ":1.999999");
	for (i = 0; i < 3; i++)
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	signal_to(a, b->name, "StoryFds", fds, 3, NULL);
	signal_to(a, no_fds->name, "StoryNoFds", fds, 3, NULL);
	conn_refused(a, conn_call(a, "org.test.Nobody", "StoryNobody", ""),
		     BUS_NAME ".Error.ServiceUnknown");
	conn_refused(a, conn_call(a, ":1.4294967000", "StoryUnique", ""),
		     BUS_NAME ".Error.ServiceUnknown");
	unexpected_reply(a, b);
	early = conn_open(CONN_NO_HELLO);
	signal_to(early, b->name, "StoryEarly", NULL, 0, NULL);
	while (!early->gone && (g = conn_get(early, 300))) {
		got_free(g);
		break;
	}
	conn_close(early);
	invalid();
	conn_alive(b, "the end");
	conn_close(a);
	conn_close(b);
	conn_close(no_fds);
}

/* signals N: N numbered signals without takers */
static void many_signals(char **arg)
{
	unsigned long i, n = arg_number(&arg, 1000);
	struct conn *a = conn_open(0);

	for (i = 0; i < n; i++)
		conn_signal(a, NULL, "Numbered", "u", (uint32_t)i);
	conn_alive(a, "after many signals");
	conn_close(a);
}

const struct test story_tests[] = {
	{ "story", story, "one message of each fate, for a capture" },
	{ "signals", many_signals, "[N]: signals that nobody takes" },
	{ 0 }
};
