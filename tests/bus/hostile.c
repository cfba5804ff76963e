// SPDX-License-Identifier: GPL-2.0-or-later
/* What is broken, or meant to break something, hurts its sender alone. */
#include "tests/bus/tests.h"
#include "tests/bus/witness.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

/*
 * What wire/ says of a whole message. Its verdict is held against libdbus's in
 * tests of its own; here it is the bus that has to act on it.
 */
static enum wire_status verdict(const uint8_t *p, size_t len)
{
	enum wire_status st;
	struct wire_msg m;

	st = wire_parse(&m, p, len);
	if (st == WIRE_OK)
		st = wire_validate_body(&m);
	return st;
}

/* @p in pieces; the bus must hang up. */
static void send_bad(const char *name, const uint8_t *p, size_t len,
		     size_t piece)
{
	struct conn *c = conn_open(0);
	size_t at, n;

	for (at = 0; at < len && !c->gone; at += n) {
		n = len - at < piece ? len - at : piece;
		conn_try_write(c, p + at, n, NULL, 0, time_limit());
	}
	/* some are bad only in that they never end */
	if (verdict(p, len) == WIRE_E_SHORT)
		shutdown(c->fd, SHUT_WR);
	conn_hung_up(c, name);
	conn_close(c);
}

static size_t read_file(const char *path, uint8_t *buf, size_t size)
{
	FILE *f = fopen(path, "re");
	size_t n;

	check(f, "%s: %m", path);
	n = fread(buf, 1, size, f);
	fclose(f);
	return n;
}

/* hostile-corpus DIR: each file in it holds an invalid message */
static void hostile_corpus(char **arg)
{
	const char *dir = arg_word(&arg, "directory of invalid messages");
	unsigned int files = 0;
	struct witness w;
	uint8_t buf[65536];
	struct dirent *e;
	char path[1024];
	size_t n;
	DIR *d = opendir(dir);

	check(d, "%s: %m", dir);
	witness_start(&w);
	while ((e = readdir(d))) {
		if (!strstr(e->d_name, ".message-raw"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		n = read_file(path, buf, sizeof(buf));
		send_bad(e->d_name, buf, n, n);
		send_bad(e->d_name, buf, n, 1);
		witness_check(&w, e->d_name);
		files++;
	}
	closedir(d);
	check(files, "%s holds no messages", dir);
	printf("%u invalid messages, whole and octet by octet\n", files);
	witness_end(&w);
}

static size_t sample(struct draft *d, const char *dest, bool big)
{
	static const struct head head = {
		.type = WIRE_METHOD_CALL, .path = "/org/test/Path",
		.iface = "org.test.Iface", .member = "Mutated",
		.sender = ":1.7", .serial = 0x40000000,
		.flags = WIRE_NO_REPLY_EXPECTED,
	};
	struct head h = head;

	h.dest = dest;
	h.big = big;
	draft_message(d, &h, "usogbayt", 5, "string", "/a/path", "a{sv}", 1,
		      "\1\2\3\4\5", (size_t)5, 99ull);
	return d->len;
}

/*
 * A valid message with an octet changed, wherever and however: as wire/ says, it
 * disconnects its sender, or it does not.
 */
static void hostile_mutate(char **arg)
{
	unsigned long i, n = arg_number(&arg, scaled(3000));
	uint64_t seed = arg_number(&arg, 1);
	unsigned int valid = 0, invalid = 0;
	struct witness w;
	struct draft d = { 0 };
	struct conn *c, *dest;
	enum wire_status st;
	struct wire_msg m;
	uint32_t len;
	size_t at;

	witness_start(&w);
	dest = conn_open(0);
	bus_u32(dest, "RequestName", "su", "org.test.Mutated.Destination", 0);
	c = conn_open(0);
	for (i = 0; i < n; i++) {
		sample(&d, "org.test.Mutated.Destination", i & 1);
		at = random_below(&seed, d.len);
		d.p[at] ^= 1 << random_below(&seed, 8);
		if (random_below(&seed, 2))
			d.p[random_below(&seed, d.len)] = random_next(&seed);
		st = verdict(d.p, d.len);
		conn_try_write(c, d.p, d.len, NULL, 0, time_limit());
		/* descriptors that do not come are a fault, too */
		if (st == WIRE_OK) {
			wire_frame(d.p, d.len, &len);
			wire_parse(&m, d.p, d.len);
			if (len != d.len || m.unix_fds)
				st = WIRE_E_SHORT;
		}
		if (st == WIRE_OK) {
			valid++;
			/* answered or not, it must still be there */
			conn_alive(c, "a message that is valid");
			while (c->later)
				got_free(conn_next(c));
			continue;
		}
		invalid++;
		/* what it announces may be more than it has: then it waits */
		shutdown(c->fd, SHUT_WR);
		conn_hung_up(c, wire_strerror(st));
		conn_close(c);
		c = conn_open(0);
		if (invalid % 64 == 0)
			witness_check(&w, "mutated messages");
	}
	printf("%u valid, %u not\n", valid, invalid);
	witness_check(&w, "mutated messages");
	witness_end(&w);
	conn_close(c);
	conn_close(dest);
	draft_free(&d);
}

/* --- one fault at a time, and nothing else wrong ------------------------------ */

/* The bus must hang up by itself, without waiting for more. */
static void must_hang_up(struct witness *w, const char *why, struct draft *d)
{
	struct conn *c = conn_open(0);

	conn_try_write(c, d->p, d->len, NULL, 0, time_limit());
	conn_hung_up(c, why);
	conn_close(c);
	witness_check(w, why);
	draft_free(d);
}

#define CALL	.type = WIRE_METHOD_CALL, .serial = 1
#define SIGNAL	.type = WIRE_SIGNAL, .serial = 1

static const struct {
	const char *why;
	struct head head;
} bad_heads[] = {
	{ "type 0", { .path = "/", .member = "M", .serial = 1 } },
	{ "serial 0", { .type = 1, .path = "/", .member = "M" } },
	{ "path", { CALL, .path = "//", .member = "M" } },
	{ "path with an end", { CALL, .path = "/a/", .member = "M" } },
	{ "interface", { CALL, .path = "/", .iface = "x", .member = "M" } },
	{ "member", { CALL, .path = "/", .member = "a.b" } },
	{ "bus name", { CALL, .path = "/", .member = "M", .dest = "x" } },
	{ "sender", { CALL, .path = "/", .member = "M", .sender = "x" } },
	{ "call without path", { CALL, .member = "M" } },
	{ "call without member", { CALL, .path = "/" } },
	{ "signal without interface", { SIGNAL, .path = "/", .member = "M" } },
	{ "signal without path", { SIGNAL, .iface = "a.b", .member = "M" } },
	{ "signal without member", { SIGNAL, .iface = "a.b", .path = "/" } },
	{ "return to nothing", { .type = WIRE_METHOD_RETURN, .serial = 1 } },
	{ "error to nothing", { .type = WIRE_ERROR, .serial = 1,
				.error = "a.b" } },
	{ "error without name", { .type = WIRE_ERROR, .serial = 1,
				  .reply_to = 1 } },
	{ "local path", { CALL, .member = "M",
			  .path = "/org/freedesktop/DBus/Local" } },
	{ "local interface", { CALL, .path = "/", .member = "M",
			       .iface = BUS_NAME ".Local" } },
};

/* An octet of the fixed header, or a number in it. */
static const struct {
	const char *why;
	size_t at;
	uint32_t value;
	bool number;
} bad_octets[] = {
	{ "byte order", 0, 'x', false },
	{ "version 2", 3, 2, false },
	{ "fields longer than an array may be", 12, (64u << 20) + 1, true },
	{ "message longer than it may be", 4, 128u << 20, true },
	{ "body of 4 GiB", 4, 0xffffffff, true },
	{ "fields of 4 GiB", 12, 0xffffffff, true },
};

static const struct head good = { CALL, .path = "/", .member = "M" };

static void bad_bodies(struct witness *w)
{
	struct draft d = { 0 };

	draft_message(&d, &good, "");
	draft_u32(&d, 7);
	draft_end(&d);
	must_hang_up(w, "body without signature", &d);
	draft_message(&d, &good, "b", 2);
	must_hang_up(w, "boolean 2", &d);
	draft_message(&d, &good, "s", "\xc3\x28");
	must_hang_up(w, "no UTF-8", &d);
	draft_message(&d, &good, "o", "no/path");
	must_hang_up(w, "no path in the body", &d);
	draft_message(&d, &good, "g", "a{vs}");
	must_hang_up(w, "no signature in the body", &d);
	draft_message(&d, &good, "yu", 1, 2);
	d.p[d.body + 1] = 1;
	must_hang_up(w, "padding", &d);
	draft_message(&d, &good, "ss", "a", "b");
	draft_set_u32(&d, d.body, 3);
	must_hang_up(w, "string beyond its end", &d);
	draft_message(&d, &good, "h", 0);
	must_hang_up(w, "descriptor that is not there", &d);

	draft_start(&d, false, WIRE_METHOD_CALL, 0, 1);
	draft_field(&d, WIRE_F_PATH, "/");
	draft_field(&d, WIRE_F_PATH, "/");
	draft_field(&d, WIRE_F_MEMBER, "M");
	draft_end(&d);
	must_hang_up(w, "path given twice", &d);
	draft_start(&d, false, WIRE_METHOD_CALL, 0, 1);
	draft_field(&d, WIRE_F_PATH, "/");
	draft_field_u32(&d, WIRE_F_MEMBER, 5);
	draft_end(&d);
	must_hang_up(w, "member that is a number", &d);
}

static void hostile_faults(char **arg)
{
	struct draft d = { 0 };
	struct witness w;
	size_t i;

	witness_start(&w);
	for (i = 0; i < sizeof(bad_heads) / sizeof(bad_heads[0]); i++) {
		draft_message(&d, &bad_heads[i].head, "");
		must_hang_up(&w, bad_heads[i].why, &d);
	}
	for (i = 0; i < sizeof(bad_octets) / sizeof(bad_octets[0]); i++) {
		draft_message(&d, &good, "");
		if (bad_octets[i].number)
			draft_set_u32(&d, bad_octets[i].at,
				      bad_octets[i].value);
		else
			d.p[bad_octets[i].at] = bad_octets[i].value;
		must_hang_up(&w, bad_octets[i].why, &d);
	}
	bad_bodies(&w);
	witness_end(&w);
}

/* --- messages of a capture ------------------------------------------------- */

/* @p, with the descriptors that it counts, and a call behind it, in one write:
 * is the call answered, or has the bus hung up? */
static bool is_taken(const uint8_t *p, size_t len)
{
	static const struct head ask = {
		.type = WIRE_METHOD_CALL, .dest = BUS_NAME, .path = BUS_PATH,
		.iface = BUS_NAME, .member = "GetId", .serial = 0x40000000,
	};
	unsigned int i, n_fds;
	struct draft behind = { 0 }, d = { 0 };
	struct conn *c = conn_open(0);
	bool answered = false;
	int fds[FDS_MAX];
	struct wire_msg m;
	struct got *g;

	wire_parse(&m, p, len);
	n_fds = m.unix_fds < FDS_MAX ? m.unix_fds : FDS_MAX;
	for (i = 0; i < n_fds; i++)
		fds[i] = STDOUT_FILENO;
	draft_raw(&d, p, len);
	draft_message(&behind, &ask, "");
	draft_raw(&d, behind.p, behind.len);
	conn_try_write(c, d.p, d.len, fds, n_fds, time_limit());
	while (!answered && (g = conn_get(c, time_limit()))) {
		answered = g->m.type == WIRE_METHOD_RETURN &&
			   g->m.reply_serial == ask.serial;
		got_free(g);
	}
	check(answered || c->gone, "%s: neither answered nor hung up on",
	      c->name);
	conn_close(c);
	draft_free(&behind);
	draft_free(&d);
	return answered;
}

/* hostile-capture FILE: what becomes of each message in it, one on a line */
static void hostile_capture(char **arg)
{
	const char *path = arg_word(&arg, "capture of link type DBUS");
	FILE *f = fopen(path, "re");
	uint32_t head[6], packet[4];
	uint8_t buf[65536];
	struct witness w;

	check(f, "%s: %m", path);
	check(fread(head, sizeof(head), 1, f) == 1 && head[0] == 0xa1b2c3d4 &&
	      head[5] == 231, "%s: no such capture", path);
	witness_start(&w);
	while (fread(packet, sizeof(packet), 1, f) == 1) {
		check(packet[2] <= sizeof(buf) &&
		      fread(buf, packet[2], 1, f) == 1, "%s: cut", path);
		puts(is_taken(buf, packet[2]) ? "taken" : "hung up");
	}
	fclose(f);
	witness_check(&w, path);
	witness_end(&w);
}

/* Messages behind the bad one in the same write must not be routed. */
static void hostile_behind(char **arg)
{
	struct witness w;
	struct conn *c = conn_open(0);
	struct draft d = { 0 }, all = { 0 };
	struct head h = { .type = WIRE_SIGNAL, .path = "/test", .serial = 9,
			  .iface = "org.test.Iface", .member = "Before" };

	witness_start(&w);
	h.dest = w.a->name;
	draft_message(&d, &h, "");
	draft_raw(&all, d.p, d.len);
	d.p[3] = 7;
	draft_raw(&all, d.p, d.len);
	h.member = "Behind";
	draft_message(&d, &h, "");
	draft_raw(&all, d.p, d.len);
	conn_try_write(c, all.p, all.len, NULL, 0, time_limit());
	conn_hung_up(c, "a bad message between two good ones");
	got_free(want_signal(w.a, "Before"));
	witness_end(&w);
	conn_close(c);
	draft_free(&d);
	draft_free(&all);
}

/* 128 MiB announced by many, and then nothing: costs nobody anything. */
static void hostile_promise(char **arg)
{
	unsigned long i, n = arg_number(&arg, 64);
	struct conn **c = calloc(n, sizeof(*c));
	struct witness w;
	struct draft d = { 0 };

	witness_start(&w);
	sample(&d, w.a->name, false);
	draft_set_u32(&d, 4, (128u << 20) - d.body);
	for (i = 0; i < n; i++) {
		c[i] = conn_open(0);
		conn_write(c[i], d.p, d.len);
		witness_check(&w, "128 MiB announced");
	}
	for (i = 0; i < n; i++)
		conn_close(c[i]);
	witness_check(&w, "128 MiB announced");
	witness_end(&w);
	draft_free(&d);
	free(c);
}

static void hostile_close_anywhere(char **arg)
{
	struct witness w;
	struct draft d = { 0 };
	struct conn *c;
	size_t at;

	witness_start(&w);
	sample(&d, w.a->name, false);
	for (at = 0; at < d.len; at++) {
		c = conn_open(0);
		conn_write(c, d.p, at);
		conn_close(c);
		if (at % 16 == 0)
			witness_check(&w, "closed in the middle");
	}
	/* closed with answers unread: the bus sees a reset, and minds not */
	for (at = 0; at < 50; at++) {
		c = conn_open(0);
		conn_bus(c, "ListNames", "");
		conn_bus(c, "AddMatch", "s", "type='signal'");
		conn_close(c);
	}
	/* no longer writing, but still reading */
	c = conn_open(0);
	conn_bus(c, "GetId", "");
	shutdown(c->fd, SHUT_WR);
	conn_hung_up(c, "shut down for writing");
	conn_close(c);
	witness_check(&w, "closed in the middle");
	witness_end(&w);
	draft_free(&d);
}

/*
 * A receiver that takes everything and reads nothing. The sender gets on, and so
 * do all others; in the end it is the receiver who is disconnected, or the
 * messages to it are refused.
 */
static void hostile_never_reads(char **arg)
{
	unsigned long i, n = arg_number(&arg, scaled(20000));
	struct conn *deaf = conn_open(0), *c = conn_open(0);
	static char text[1024];
	struct witness w;
	struct got *g;

	memset(text, 'x', sizeof(text) - 1);
	witness_start(&w);
	bus_ok(deaf, "AddMatch", "s", "type='signal'");
	bus_ok(w.b, "AddMatch", "s", "member='Mark'");
	while (w.b->later)
		got_free(conn_next(w.b));
	for (i = 0; i < n; i++) {
		conn_signal(c, NULL, "Flood", "s", text);
		if (i % 1000)
			continue;
		conn_signal(c, NULL, "Mark", "u", (uint32_t)i);
		g = want_signal(w.b, "Mark");
		check(got_u32(g, 0) == i, "%s", got_text(g));
		got_free(g);
		witness_check(&w, "one does not read");
	}
	conn_alive(c, "who signals is not to blame");
	/* calls to it are taken or refused, but never hang */
	for (i = 0; i < 100; i++)
		conn_call(c, deaf->name, "Call", "s", text);
	conn_alive(c, "calls to one who does not read");
	conn_close(deaf);
	conn_alive(c, "and who does not read goes");
	conn_close(c);
	witness_end(&w);
}

/* One who does not read its replies, while it goes on asking. */
static void hostile_asks_only(char **arg)
{
	unsigned long i, n = arg_number(&arg, scaled(20000));
	struct conn *c = conn_open(0);
	struct witness w;

	struct draft d = { 0 };
	struct head h = { .type = WIRE_METHOD_CALL, .dest = BUS_NAME,
			  .path = BUS_PATH, .iface = BUS_NAME,
			  .member = "ListNames", .serial = 1 };

	witness_start(&w);
	draft_message(&d, &h, "");
	for (i = 0; i < n && !c->gone; i++) {
		h.serial = i + 2;
		draft_set_u32(&d, 8, h.serial);
		/* the bus may stop listening to it, or hang up */
		if (!conn_try_write(c, d.p, d.len, NULL, 0, 200))
			break;
		if (i % 1000 == 0)
			witness_check(&w, "one only asks");
	}
	witness_check(&w, "one only asks");
	conn_close(c);
	witness_end(&w);
	draft_free(&d);
}

/* Much more than one page of rubbish. */
static void hostile_rubbish(char **arg)
{
	unsigned long i, n = arg_number(&arg, scaled(200));
	uint64_t seed = 5;
	uint8_t buf[4096];
	struct witness w;
	struct conn *c;
	unsigned int k;

	witness_start(&w);
	for (i = 0; i < n; i++) {
		for (k = 0; k < sizeof(buf); k++)
			buf[k] = random_next(&seed);
		buf[0] = "lBxy"[i % 4];
		if (i & 4)
			memset(buf + 4, 0, 4);
		c = conn_open(i & 8 ? CONN_NO_HELLO : 0);
		conn_try_write(c, buf, sizeof(buf), NULL, 0, 1000);
		shutdown(c->fd, SHUT_WR);
		conn_hung_up(c, "rubbish");
		conn_close(c);
	}
	witness_check(&w, "rubbish");
	witness_end(&w);
}

const struct test hostile_tests[] = {
	{ "hostile-corpus", hostile_corpus,
	  "DIR: each invalid message in it disconnects its sender" },
	{ "hostile-mutate", hostile_mutate,
	  "changed octets disconnect their sender alone, if they matter" },
	{ "hostile-faults", hostile_faults,
	  "each rule of the specification is enforced at once" },
	{ "hostile-capture", hostile_capture,
	  "FILE: says what becomes of each message in it" },
	{ "hostile-behind", hostile_behind,
	  "nothing behind an invalid message is routed" },
	{ "hostile-promise", hostile_promise,
	  "announced messages that never come cost nothing" },
	{ "hostile-close", hostile_close_anywhere,
	  "a client may close at any octet" },
	{ "hostile-never-reads", hostile_never_reads,
	  "a receiver that does not read holds up nobody" },
	{ "hostile-asks-only", hostile_asks_only,
	  "a client that only asks holds up nobody" },
	{ "hostile-rubbish", hostile_rubbish, "rubbish is hung up upon" },
	{ 0 }
};
