// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Out-of-band octets on AF_UNIX: they come in line, where they were sent, and
 * must neither vanish nor be taken for anything else.
 */
#include "tests/bus/tests.h"

#include <sys/socket.h>

static void send_oob(struct conn *c, const void *p)
{
	check(send(c->fd, p, 1, MSG_OOB | MSG_NOSIGNAL) == 1, "MSG_OOB: %m");
}

static size_t oob_message(struct draft *d, struct conn *from, struct conn *to)
{
	struct head h = { .type = WIRE_SIGNAL, .path = "/test",
			  .iface = "org.test.Iface", .member = "Urgent" };

	h.dest = to->name;
	h.serial = ++from->serial;
	draft_message(d, &h, "s", "text");
	return d->len;
}

/*
 * One octet of a message is sent out of band. The bus may take it in its place,
 * or hang up; what it must not do is to lose the octet and go on.
 */
static void oob_inside(char **arg)
{
	struct conn *b = conn_open(0), *a = NULL;
	struct draft d = { 0 };
	size_t at, len = 1;
	struct got *g;

	for (at = 0; at < len; at++) {
		if (!a)
			a = conn_open(0);
		len = oob_message(&d, a, b);
		conn_write(a, d.p, at);
		send_oob(a, d.p + at);
		if (!conn_try_write(a, d.p + at + 1, len - at - 1, NULL, 0,
				    1000))
			a->gone = true;
		g = a->gone ? NULL : conn_get(b, 200);
		if (g) {
			check(got_is_signal(g, "Urgent") &&
			      !strcmp(got_str(g, 0), "text"), "%s",
			      got_text(g));
			got_free(g);
			conn_alive(a, "an urgent octet in its place");
			continue;
		}
		conn_hung_up(a, "an urgent octet");
		conn_close(a);
		a = NULL;
	}
	conn_quiet(b, "urgent octets");
	draft_free(&d);
	if (a)
		conn_close(a);
	conn_close(b);
}

/* An octet between two messages that belongs to neither. */
static void oob_between(char **arg)
{
	struct conn *b = conn_open(0), *a = conn_open(0);
	struct draft d = { 0 };
	struct got *g;

	oob_message(&d, a, b);
	conn_write(a, d.p, d.len);
	got_free(want_signal(b, "Urgent"));
	send_oob(a, "!");
	conn_try_write(a, d.p, d.len, NULL, 0, 1000);
	/* either the octet is dropped, or it makes the stream invalid */
	g = conn_get(b, 200);
	if (g) {
		check(got_is_signal(g, "Urgent"), "%s", got_text(g));
		got_free(g);
		conn_alive(a, "an urgent octet between two messages");
	} else {
		conn_hung_up(a, "an urgent octet between two messages");
	}
	conn_quiet(b, "urgent octets");
	draft_free(&d);
	conn_close(a);
	conn_close(b);
}

const struct test oob_tests[] = {
	{ "oob-inside", oob_inside,
	  "an octet sent with MSG_OOB is in its place, or the sender goes" },
	{ "oob-between", oob_between,
	  "an octet sent with MSG_OOB between messages hurts its sender alone" },
	{ 0 }
};
