// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Streams that are right in most and wrong in some: what is sent is made as a
 * message is, so that it comes far, and then broken somewhere. Whoever sent it
 * may be disconnected; two others must not notice anything, and what the bus
 * hands on must be valid: busraw.h checks that.
 */
#include "tests/bus/tests.h"
#include "tests/bus/witness.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define N_CONNS 8

struct fuzz {
	uint64_t seed;
	struct conn *conn[N_CONNS];
	struct witness others;
	unsigned long sent;
	unsigned long ended;
};

static uint32_t below(struct fuzz *f, uint32_t n)
{
	return random_below(&f->seed, n);
}

#define PICK(f, list) ((list)[below(f, sizeof(list) / sizeof((list)[0]))])

/* What disconnects its sender at once should not be all that is ever sent. */
static bool wrong(struct fuzz *f)
{
	return !below(f, 40);
}

static const char *some_dest(struct fuzz *f)
{
	static const char *const names[] = {
		NULL, BUS_NAME, BUS_NAME, BUS_NAME, "org.test.Fuzz",
		"org.test.Fuzz.Other", "org.test.Nobody", ":1.999999", ":1.0",
	};
	struct conn *c = f->conn[below(f, N_CONNS)];

	if (wrong(f))
		return "not a name";
	return c && below(f, 2) ? c->name : PICK(f, names);
}

static struct head some_head(struct fuzz *f)
{
	static const char *const members[] = {
		"Hello", "RequestName", "ReleaseName", "AddMatch",
		"RemoveMatch", "ListNames", "ListQueuedOwners", "GetNameOwner",
		"NameHasOwner", "StartServiceByName", "GetConnectionUnixUser",
		"GetConnectionCredentials", "GetId", "Ping", "Get", "Fuzz",
		"Introspect", "UpdateActivationEnvironment",
	};
	static const char *const interfaces[] = {
		NULL, BUS_NAME, BUS_NAME, BUS_NAME ".Peer",
		BUS_NAME ".Monitoring", BUS_NAME ".Properties", "org.test.Fuzz",
	};
	static const char *const paths[] = {
		BUS_PATH, BUS_PATH, "/", "/org/test/fuzz",
	};

	return (struct head){
		.type = wrong(f) ? below(f, 256) :
			PICK(f, ((const uint8_t[]){ 1, 1, 1, 2, 3, 4, 4 })),
		.flags = below(f, 4) ? below(f, 2) : below(f, 256),
		.big = below(f, 2),
		.dest = some_dest(f),
		.path = wrong(f) ? "no/path" : PICK(f, paths),
		.iface = wrong(f) ? BUS_NAME ".Local" : PICK(f, interfaces),
		.member = wrong(f) ? "no member" : PICK(f, members),
		.error = wrong(f) ? NULL : "org.test.Error",
		.reply_to = wrong(f) ? 0 : 1 + below(f, 64),
		.sender = below(f, 8) ? NULL : some_dest(f),
		.serial = wrong(f) ? 0 : 1 + below(f, 64),
	};
}

static void some_message(struct fuzz *f, struct draft *d, unsigned int n_fds)
{
	static const char *const rules[] = {
		"type='signal'", "type='signal',sender='org.test.Fuzz'",
		"arg0='a',arg1path='/a/',path_namespace='/'", "eavesdrop=true",
		"member='Fuzz'", "a rule that is none", "arg64='x'", "",
	};
	struct head h = some_head(f);
	static char text[20000];
	uint32_t len;

	h.claim = wrong(f) ? below(f, 300) : n_fds;
	switch (below(f, 7)) {
	case 0:
		draft_message(d, &h, "");
		break;
	case 1:
		draft_message(d, &h, "s", PICK(f, rules));
		break;
	case 2:
		draft_message(d, &h, "su", below(f, 2) ? "org.test.Fuzz" :
			      "org.test.Fuzz.Other", below(f, 16));
		break;
	case 3:
		draft_message(d, &h, "h", below(f, 4));
		break;
	case 4:
		len = below(f, sizeof(text));
		memset(text, 'x', len);
		text[len] = 0;
		draft_message(d, &h, "ss", text, "end");
		break;
	case 5:
		draft_message(d, &h, "yogbt", 7, "/a", "a{sv}", below(f, 3),
			      (uint64_t)below(f, 1u << 31));
		break;
	default:
		draft_message(d, &h, "s", h.sender ? h.sender : "org.test.Fuzz");
	}
}

/* Break a message at a place that means something, or anywhere. */
static void break_it(struct fuzz *f, struct draft *d)
{
	static const uint32_t lengths[] = {
		0, 1, 7, 0x7fffffff, 0xffffffff, 1u << 26, 1u << 27,
		(1u << 27) + 1,
	};
	size_t at;

	switch (below(f, 6)) {
	case 0:		/* a length of the fixed header */
		draft_set_u32(d, below(f, 2) ? 4 : 12, PICK(f, lengths));
		break;
	case 1:		/* a length anywhere */
		at = below(f, d->len / 4) * 4;
		draft_set_u32(d, at, PICK(f, lengths));
		break;
	case 2:
		d->p[below(f, d->len)] ^= 1 << below(f, 8);
		break;
	case 3:		/* cut */
		d->len = below(f, d->len) + 1;
		break;
	case 4:		/* a type, a field's code, a signature */
		d->p[16 + below(f, d->len - 16)] = "sogvay(){}h\0\1\377"[below(f, 14)];
		break;
	default:	/* more octets than it says */
		draft_raw(d, "lmore", below(f, 5) + 1);
	}
}

/* In pieces, its descriptors with any of them. */
static bool send_pieces(struct fuzz *f, struct conn *c, const struct draft *d,
			unsigned int n_fds)
{
	unsigned int with = below(f, 2), piece = 0;
	int fds[FDS_MAX];
	size_t at, n;
	bool last;
	unsigned int i;

	for (i = 0; i < n_fds; i++)
		fds[i] = below(f, 4) ? STDIN_FILENO : c->fd;
	for (at = 0; at < d->len; at += n, piece++) {
		n = below(f, 3) ? d->len - at : 1 + below(f, d->len - at);
		last = at + n == d->len;
		if (!below(f, 200))
			send(c->fd, d->p + at, n, MSG_OOB | MSG_DONTWAIT |
			     MSG_NOSIGNAL);
		if (!conn_try_write(c, d->p + at, n, fds,
				    piece == with || (last && piece < with) ?
				    n_fds : 0, 200))
			return false;
	}
	return true;
}

static void drop(struct fuzz *f, unsigned int i)
{
	conn_close(f->conn[i]);
	f->conn[i] = NULL;
	f->ended++;
}

static void fuzz_step(struct fuzz *f)
{
	unsigned int i = below(f, N_CONNS), n_fds;
	struct draft d = { 0 };
	struct conn *c;
	struct got *g;
	bool going;

	if (!f->conn[i])
		f->conn[i] = conn_open(wrong(f) ? CONN_NO_HELLO : 0);
	c = f->conn[i];
	n_fds = below(f, 5) ? 0 : below(f, wrong(f) ? FDS_MAX : 5);
	some_message(f, &d, n_fds);
	if (!below(f, 8))
		break_it(f, &d);
	going = send_pieces(f, c, &d, n_fds);
	f->sent++;
	draft_free(&d);
	if (!below(f, 200))
		shutdown(c->fd, below(f, 3));
	while (going && below(f, 8) && (g = conn_get(c, 0)))
		got_free(g);
	if (!going || c->gone || !below(f, 64))
		drop(f, i);
}

/* fuzz-stream [SECONDS [SEED]] */
static void fuzz_stream(char **arg)
{
	uint64_t end = now_ms() + 1000 * arg_number(&arg, 20);
	struct fuzz f = { .seed = arg_number(&arg, now_ms() ^ getpid()) };
	unsigned int i;

	printf("seed %llu\n", (unsigned long long)f.seed);
	witness_start(&f.others);
	while (now_ms() < end) {
		for (i = 0; i < 20; i++)
			fuzz_step(&f);
		witness_check_among(&f.others, "broken streams");
	}
	for (i = 0; i < N_CONNS; i++)
		if (f.conn[i])
			drop(&f, i);
	witness_check_among(&f.others, "broken streams");
	conn_close(f.others.a);
	conn_close(f.others.b);
	printf("%lu messages sent, %lu connections ended\n", f.sent, f.ended);
	check(f.sent, "nothing was sent");
}

const struct test fuzz_tests[] = {
	{ "fuzz-stream", fuzz_stream,
	  "[SECONDS [SEED]]: broken streams hurt their sender alone" },
	{ 0 }
};
