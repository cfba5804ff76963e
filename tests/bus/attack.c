// SPDX-License-Identifier: GPL-2.0-or-later
/* Floods: of rules, names, connections and descriptors. */
#include "tests/bus/tests.h"
#include "tests/bus/witness.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ERR(name) BUS_NAME ".Error." name

/* They must not notice anything. */
static struct witness witness;

/* Take what came for a call to the bus: is there an error among it? */
static bool drain_refused(struct conn *c, const char *error)
{
	bool refused = false;
	struct got *g;

	while ((g = conn_get(c, 0))) {
		if (g->m.type == WIRE_ERROR) {
			check(wire_str_is(g->m.error_name, error), "%s",
			      got_text(g));
			refused = true;
		}
		got_free(g);
	}
	check(!c->gone, "%s was disconnected", c->name);
	return refused;
}

/* One client asks for one more thing, again and again: @one for the @i-th. */
static void flood(unsigned long n, void (*one)(struct conn *c, unsigned long i),
		  const char *what)
{
	struct conn *c = conn_open(0);
	unsigned long i;

	witness_start(&witness);
	for (i = 0; i < n; i++) {
		one(c, i);
		if (i % 64)
			continue;
		drain_refused(c, ERR("LimitsExceeded"));
		if (i % 1024 == 0)
			witness_check(&witness, what);
	}
	conn_alive(c, what);
	witness_check(&witness, what);
	conn_close(c);
	witness_check(&witness, "they all go");
	witness_end(&witness);
}

static void one_rule(struct conn *c, unsigned long i)
{
	char rule[80];

	snprintf(rule, sizeof(rule), "member='M%lu',arg0='%lu'", i, i);
	conn_bus(c, "AddMatch", "s", rule);
}

static void flood_rules(char **arg)
{
	flood(arg_number(&arg, scaled(20000)), one_rule,
	      "rules by the thousand");
}

static void one_name(struct conn *c, unsigned long i)
{
	char name[80];

	snprintf(name, sizeof(name), "org.test.Flood.N%lu", i);
	conn_bus(c, "RequestName", "su", name, 0);
}

static void flood_names(char **arg)
{
	flood(arg_number(&arg, scaled(10000)), one_name,
	      "names by the thousand");
}

/* Some say nothing, some say Hello, and nobody says more. */
static void flood_connections(char **arg)
{
	unsigned long i, n = arg_number(&arg, 60);
	struct conn **c = calloc(n, sizeof(*c));

	witness_start(&witness);
	for (i = 0; i < n; i++) {
		c[i] = conn_open(i % 3 ? 0 : CONN_NO_BEGIN);
		if (i % 16 == 0)
			witness_check(&witness, "connections come by the dozen");
	}
	for (i = 0; i < n; i++)
		conn_close(c[i]);
	free(c);
	conn_close(conn_open(0));
	witness_check(&witness, "they all went");
	witness_end(&witness);
}

/* --- descriptors -------------------------------------------------------------- */

static struct head with_files(const char *dest, const int *fds, unsigned int n)
{
	return (struct head){
		.type = WIRE_SIGNAL, .dest = dest, .path = "/test",
		.iface = "org.test.Iface", .member = "Files",
		.fds = fds, .n_fds = n,
	};
}

/* As many as one sendmsg() can carry: more than a message may have. */
static void flood_files_at_once(char **arg)
{
	struct conn *c = conn_open(0);
	struct draft d = { 0 };
	struct head h;
	int fds[FDS_MAX], p[2];
	unsigned int i;

	witness_start(&witness);
	check(!pipe2(p, O_CLOEXEC), "pipe: %m");
	for (i = 0; i < FDS_MAX; i++)
		fds[i] = p[1];
	h = with_files(witness.b->name, fds, FDS_MAX);
	h.serial = 1;
	draft_message(&d, &h, "");
	conn_try_write(c, d.p, d.len, fds, FDS_MAX, time_limit());
	close(p[1]);
	conn_hung_up(c, "253 descriptors");
	conn_close(c);
	closed_everywhere(p[0], "253 descriptors");
	draft_free(&d);
	witness_check(&witness, "somebody sent 253 descriptors");
	witness_end(&witness);
}

/* Nobody takes them out of the receiver's socket. */
static void flood_files_unread(char **arg)
{
	unsigned long i, n = arg_number(&arg, 1000);
	struct conn *c = conn_open(0), *deaf = conn_open(0);
	int fds[10], p[2], k, q[2];
	struct head h;

	witness_start(&witness);
	check(!pipe2(p, O_CLOEXEC) && !pipe2(q, O_CLOEXEC), "pipe: %m");
	for (k = 0; k < 10; k++)
		fds[k] = p[1];
	h = with_files(deaf->name, fds, 10);
	for (i = 0; i < n; i += 10)
		conn_send(c, &h, "");
	close(p[1]);
	conn_alive(c, "1,000 descriptors that nobody reads");
	/* others' still go their way */
	h = with_files(witness.b->name, &q[1], 1);
	conn_send(witness.a, &h, "");
	close(q[1]);
	got_free(want_signal(witness.b, "Files"));
	closed_everywhere(q[0], "beside 1,000 descriptors");
	witness_check(&witness, "1,000 descriptors are not read");
	conn_close(deaf);
	closed_everywhere(p[0], "1,000 descriptors that nobody has read");
	conn_close(c);
	witness_end(&witness);
}

/* Each is passed over the other, and both are closed. */
static void flood_files_circle(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);
	uint64_t end = now_ms() + time_limit();
	char name_a[32], name_b[32];
	struct head h;
	int sv[2];

	witness_start(&witness);
	strcpy(name_a, a->name);
	strcpy(name_b, b->name);
	h = with_files(name_b, &b->fd, 1);
	conn_send(a, &h, "");
	h = with_files(name_a, &a->fd, 1);
	conn_send(b, &h, "");
	h = with_files(name_a, &b->fd, 1);
	conn_send(a, &h, "");
	witness_check(&witness, "sockets are passed in a circle");
	conn_close(a);
	conn_close(b);
	while (bus_u32(witness.a, "NameHasOwner", "s", name_a) ||
	       bus_u32(witness.a, "NameHasOwner", "s", name_b)) {
		check(now_ms() < end, "sockets in a circle never end");
		/* closing a socket lets the kernel look for lost ones */
		check(!socketpair(AF_UNIX, SOCK_STREAM, 0, sv), "pair: %m");
		close(sv[0]);
		close(sv[1]);
	}
	witness_check(&witness, "a circle of sockets has gone");
	witness_end(&witness);
}

const struct test attack_tests[] = {
	{ "flood-rules", flood_rules, "a flood of match rules hurts nobody" },
	{ "flood-names", flood_names, "a flood of names hurts nobody" },
	{ "flood-connections", flood_connections,
	  "a flood of connections hurts nobody who is there" },
	{ "flood-files-at-once", flood_files_at_once,
	  "253 descriptors at once disconnect their sender" },
	{ "flood-files-unread", flood_files_unread,
	  "1,000 descriptors that nobody reads hurt nobody" },
	{ "flood-files-circle", flood_files_circle,
	  "connections passed in a circle end when they are closed" },
	{ 0 }
};
