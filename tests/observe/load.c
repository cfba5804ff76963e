// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * observe-load TRUTH CLIENTS MESSAGES: clients that come and go send numbered
 * messages of all sizes, in both byte orders, with descriptors, cut into writes at
 * every boundary, to the bus that DBUS_SESSION_BUS_ADDRESS names. What was sent is
 * written to TRUTH. Both numbers are scaled; how many were sent is printed.
 */
#include <signal.h>
#include <string.h>

#include "tests/bus/busraw.h"
#include "tests/observe/truth.h"

#define AT_ONCE		8	/* clients connected at a time */
#define BIG_EVERY	50	/* messages between those that are long */
#define BIG		(8u << 20)

struct load {
	FILE *truth;
	struct conn *sink;
	uint64_t random;
	unsigned long sent;
};

static void note(struct load *l, const struct conn *c, const struct draft *d,
		 unsigned int n_fds)
{
	struct truth t = { .n_fds = n_fds };

	strcpy(t.name, c->name);
	truth_write(l->truth, &t, d->p, d->len);
}

/* Written whole, or in two parts cut anywhere, or octet by octet. */
static void write_cut(struct load *l, struct conn *c, const struct draft *d,
		      const int *fds, unsigned int n_fds)
{
	uint32_t how = random_below(&l->random, 8);
	size_t first = d->len, at;

	if (how < 4)
		first = 1 + random_below(&l->random, (uint32_t)d->len - 1);
	else if (how == 4 && d->len < 512)
		first = 1;
	conn_write_fds(c, d->p, first, fds, n_fds);
	if (first == 1) {
		for (at = 1; at < d->len; at++)
			conn_write(c, d->p + at, 1);
	} else if (first < d->len) {
		conn_write(c, d->p + first, d->len - first);
	}
}

static void drain(struct load *l, int ms)
{
	struct got *g;

	while ((g = conn_get(l->sink, ms))) {
		got_free(g);
		ms = 0;
	}
}

/*
 * The first long one is as long as any. Of the others, as many have up to 16 KiB
 * as 32, 64, ...
 */
static uint32_t some_size(struct load *l)
{
	uint32_t big = (uint32_t)(BIG / 100.0 * (double)scaled(100));

	if (l->sent == BIG_EVERY - 1)
		return big;
	if (l->sent % BIG_EVERY == BIG_EVERY - 1)
		return random_below(&l->random,
				    big >> random_below(&l->random, 10));
	return random_below(&l->random, 3) ? random_below(&l->random, 300)
					   : random_below(&l->random, 9000);
}

static void send_one(struct load *l, struct conn *c, uint32_t number)
{
	static uint8_t data[BIG];
	int fds[3] = { 0, 1, 2 };
	uint32_t size = some_size(l);
	struct head h = {
		.type = WIRE_SIGNAL, .path = "/load", .iface = "org.test.Load",
		.member = "Numbered", .big = random_below(&l->random, 2),
		.serial = ++c->serial,
	};
	struct draft d = { 0 };
	uint32_t i;

	/* half of them to nobody, half to one that takes descriptors */
	if (random_below(&l->random, 2)) {
		h.dest = l->sink->name;
		if (!random_below(&l->random, 4)) {
			h.fds = fds;
			h.n_fds = 1 + random_below(&l->random, 3);
		}
	}
	for (i = 0; i < size; i += 64)
		data[i] = (uint8_t)random_next(&l->random);
	draft_message(&d, &h, "uay", number, data, (size_t)size);
	note(l, c, &d, h.n_fds);
	write_cut(l, c, &d, h.fds, h.n_fds);
	draft_free(&d);
	l->sent++;
	if (h.dest)
		drain(l, 0);
}

static void load(const char *file, unsigned long clients,
		 unsigned long messages)
{
	struct load l = { .random = 1 };
	struct conn *c[AT_ONCE];
	unsigned long n, i, m;

	l.truth = fopen(file, "we");
	check(l.truth, "cannot write %s", file);
	l.sink = conn_open(0);
	for (n = 0; n < clients; n += AT_ONCE) {
		for (i = 0; i < AT_ONCE; i++)
			c[i] = conn_open(0);
		for (m = 0; m < messages; m++)
			for (i = 0; i < AT_ONCE; i++)
				send_one(&l, c[i], (uint32_t)m);
		for (i = 0; i < AT_ONCE; i++) {
			/* all that it sent has been read then */
			conn_alive(c[i], "after its load");
			conn_close(c[i]);
		}
		/* what waits for the sink holds descriptors of the broker's, which
		 * may have only so many; with the answer all of it has come */
		conn_alive(l.sink, "after their load");
		drain(&l, 0);
	}
	conn_close(l.sink);
	check(!fclose(l.truth), "cannot write %s", file);
	printf("%lu\n", l.sent);
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc != 4)
		return fprintf(stderr, "usage: observe-load TRUTH CLIENTS MESSAGES\n"), 2;
	load(argv[1], scaled(strtoul(argv[2], NULL, 0)),
	     scaled(strtoul(argv[3], NULL, 0)));
	return 0;
}
