// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages of all sizes, in pieces of all sizes, in both byte orders: they arrive
 * octet for octet, but for SENDER.
 */
#include "tests/bus/tests.h"

#define MIB (1ul << 20)

static uint32_t get_u32(const uint8_t *p, bool big)
{
	return big ? (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3] :
		     (uint32_t)p[3] << 24 | p[2] << 16 | p[1] << 8 | p[0];
}

/* End of the header field that starts at @at; its padding not counted. */
static size_t field_end(const uint8_t *p, size_t at, bool big)
{
	char type = p[at + 2];

	check(p[at + 1] == 1, "field with a long signature");
	if (type == 'u')
		return at + 8;
	if (type == 'g')
		return at + 4 + 1 + p[at + 4] + 1;
	return at + 4 + 4 + get_u32(p + at + 4, big) + 1;
}

/* The header without SENDER and the lengths, to compare two of them. */
static size_t bare_header(uint8_t *out, const uint8_t *p)
{
	bool big = p[0] == 'B';
	size_t end = 16 + get_u32(p + 12, big);
	size_t at = 16, next, n = 12;

	memcpy(out, p, 12);
	while (at < end) {
		next = field_end(p, at, big);
		if (p[at] != WIRE_F_SENDER) {
			memcpy(out + n, p + at, next - at);
			n += next - at;
		}
		at = (next + 7) & ~7ul;
	}
	return n;
}

static void same_but_sender(const struct draft *d, const struct got *g,
			    const struct conn *from)
{
	uint8_t want[2048], got[2048];
	size_t n = bare_header(want, d->p);

	check(wire_str_is(g->m.sender, from->name), "SENDER is %s",
	      g->m.sender.s);
	check(bare_header(got, g->data) == n && !memcmp(want, got, n),
	      "header changed: %s", got_text(g));
	check(g->m.body_len == d->len - d->body &&
	      !memcmp(g->data + g->m.body, d->p + d->body, g->m.body_len),
	      "body of %u octets changed", g->m.body_len);
}

static void make_bytes(struct draft *d, struct conn *from, struct conn *to,
		       bool big, size_t body)
{
	struct head h = { .type = WIRE_SIGNAL, .flags = 1, .big = big,
			  .dest = to->name, .path = "/test", .member = "Bytes",
			  .iface = "org.test.Iface", .serial = ++from->serial };
	static uint8_t block[65521];	/* a prime: repeats nowhere alike */
	size_t i, n;

	for (i = 0; i < sizeof(block); i++)
		block[i] = i * 131 + i / 251;
	draft_head(d, &h, body < 4 ? &"yyy"[3 - body] : "ay");
	if (body >= 4)
		draft_u32(d, body - 4);
	for (n = body < 4 ? body : body - 4; n; n -= i) {
		i = n < sizeof(block) ? n : sizeof(block);
		draft_raw(d, block, i);
	}
	draft_end(d);
}

/* Sends the message cut before each octet of @cut and checks what arrives. */
static void send_cut(struct conn *a, struct conn *b, const struct draft *d,
		     const size_t *cut, unsigned int n)
{
	size_t at = 0;
	struct got *g;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (cut[i] <= at || cut[i] >= d->len)
			continue;
		conn_write(a, d->p + at, cut[i] - at);
		at = cut[i];
	}
	conn_write(a, d->p + at, d->len - at);
	g = conn_next(b);
	same_but_sender(d, g, a);
	got_free(g);
}

static void sizes_split(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);
	struct draft d = { 0 };
	size_t body, cut, last = 0;
	int big;

	for (big = 0; big < 2; big++) {
		for (body = 0; body < 20; body++) {
			make_bytes(&d, a, b, big, body);
			for (cut = 0; cut < d.len; cut++)
				send_cut(a, b, &d, &cut, 1);
			last = d.len;
		}
	}
	conn_quiet(b, "nothing more");
	printf("messages of up to %zu octets, cut at each\n", last);
	draft_free(&d);
	conn_close(a);
	conn_close(b);
}

/* Octet by octet, and two messages cut together at every place. */
static void sizes_octets(char **arg)
{
	struct conn *a = conn_open(0), *b = conn_open(0);
	struct draft one = { 0 }, two = { 0 }, both = { 0 };
	struct got *g;
	size_t i, cut;
	int big;

	for (big = 0; big < 2; big++) {
		make_bytes(&one, a, b, big, 33);
		for (i = 0; i < one.len; i++)
			conn_write(a, one.p + i, 1);
		g = conn_next(b);
		same_but_sender(&one, g, a);
		got_free(g);
		make_bytes(&two, a, b, !big, 7);
		both.len = 0;
		draft_raw(&both, one.p, one.len);
		draft_raw(&both, two.p, two.len);
		for (cut = 1; cut < both.len; cut++) {
			conn_write(a, both.p, cut);
			conn_write(a, both.p + cut, both.len - cut);
			g = conn_next(b);
			same_but_sender(&one, g, a);
			got_free(g);
			g = conn_next(b);
			same_but_sender(&two, g, a);
			got_free(g);
		}
	}
	draft_free(&one);
	draft_free(&two);
	draft_free(&both);
	conn_close(a);
	conn_close(b);
}

static void one_size(struct conn *a, struct conn *b, size_t body, int big,
		     unsigned int n_cuts, uint64_t *seed)
{
	struct draft d = { 0 };
	size_t cut[8];
	unsigned int i, k;

	make_bytes(&d, a, b, big, body);
	/* of the large ones, in pieces is enough */
	if (body < MIB || !n_cuts)
		send_cut(a, b, &d, NULL, 0);
	for (i = 0; i < n_cuts; i++) {
		cut[0] = 1 + random_below(seed, 15);
		cut[1] = 16 + random_below(seed, d.body - 16);
		cut[2] = d.body;
		cut[3] = d.body + random_below(seed, 16);
		for (k = 4; k < 7; k++)
			cut[k] = cut[k - 1] +
				random_below(seed, d.len / 4 + 1);
		cut[7] = d.len - 1;
		send_cut(a, b, &d, cut, 8);
	}
	draft_free(&d);
}

static void sizes_bodies(char **arg)
{
	static const size_t around[] = {
		32, 64, 128, 256, 512, 1024, 4096, 8192, 16384, 32768, 36864,
		65536, 131072, 212992, 262144, MIB,
	};
	static const size_t large[] = { 3 * MIB + 5, 16 * MIB, 32 * MIB + 1 };
	struct conn *a = conn_open(0), *b = conn_open(0);
	uint64_t seed = 7;
	size_t i;
	int big, off;

	for (big = 0; big < 2; big++) {
		for (i = 0; i < sizeof(around) / sizeof(around[0]); i++)
			for (off = -2; off <= 2; off++)
				one_size(a, b, around[i] + off, big,
					 around[i] < MIB ? 3 : 1, &seed);
		for (i = 0; i < sizeof(large) / sizeof(large[0]); i++)
			one_size(a, b, large[i], big, 1, &seed);
		/* an array may have 64 MiB; with its length, a little more */
		one_size(a, b, 64 * MIB + (big ? 0 : 4), big, 1, &seed);
	}
	conn_quiet(b, "nothing more");
	conn_close(a);
	conn_close(b);
}

/*
 * As long as messages may be, once they have a SENDER: two arrays, since one may
 * have no more than half of that. Nobody takes it but the tap.
 */
static void sizes_longest(char **arg)
{
	struct conn *a = conn_open(0);
	struct head h = { .type = WIRE_SIGNAL, .flags = 1, .path = "/test",
			  .member = "Longest", .iface = "org.test.Iface",
			  .serial = ++a->serial };
	static const uint8_t block[65536] = { 'x' };
	struct draft d = { 0 };
	size_t n, left;
	int i;

	draft_head(&d, &h, "ayay");
	for (i = 0; i < 2; i++) {
		left = i ? 128 * MIB - 64 - d.len - 4 : 64 * MIB;
		draft_u32(&d, left);
		for (; left; left -= n) {
			n = left < sizeof(block) ? left : sizeof(block);
			draft_raw(&d, block, n);
		}
	}
	draft_end(&d);
	conn_write(a, d.p, d.len);
	draft_free(&d);
	conn_quiet(a, "nothing is answered");
	conn_close(a);
}

static void too_long(size_t body, const char *why)
{
	struct conn *a = conn_open(0), *b = conn_open(0);
	struct draft d = { 0 };

	make_bytes(&d, a, b, false, body);
	conn_try_write(a, d.p, d.len, NULL, 0, time_limit());
	conn_hung_up(a, why);
	conn_quiet(b, why);
	draft_free(&d);
	conn_close(a);
	conn_close(b);
}

static void sizes_too_long(char **arg)
{
	struct conn *a = conn_open(0), *w = conn_open(0);
	struct draft d = { 0 };

	too_long(64 * MIB + 5, "an array of 64 MiB and an octet");
	/* said in the header, the rest never sent */
	make_bytes(&d, a, w, false, 16);
	draft_set_u32(&d, 4, 128 * MIB);
	conn_try_write(a, d.p, d.len, NULL, 0, time_limit());
	conn_hung_up(a, "a message of more than 128 MiB");
	conn_quiet(w, "a message of more than 128 MiB");
	draft_free(&d);
	conn_close(a);
	conn_close(w);
}

/* Whatever stands in SENDER, wherever it stands, is replaced. */
static void sizes_forged(char **arg)
{
	static const char *const forged[] = {
		":1.0", ":1.4294967296", BUS_NAME, "org.test.Somebody.Else",
		":1.123456789012345678901234567890", "a.b",
	};
	struct conn *a = conn_open(0), *b = conn_open(0);
	struct head h = { .type = WIRE_METHOD_CALL, .dest = b->name,
			  .path = "/test", .iface = "org.test.Iface",
			  .member = "Forged" };
	struct draft d = { 0 };
	char text[64] = "";
	struct got *g;
	size_t i, k;
	int big, last;

	for (i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		for (k = 0; k < 17; k++) {
			for (big = 0; big < 2; big++) {
				for (last = 0; last < 2; last++) {
					memset(text, 'x', k);
					text[k] = 0;
					h.big = big;
					h.serial = ++a->serial;
					h.sender = last ? NULL : forged[i];
					draft_head(&d, &h, "s");
					if (last) {
						d.len = 16 + get_u32(d.p + 12,
								     big);
						draft_field(&d, WIRE_F_SENDER,
							    forged[i]);
						draft_body(&d);
					}
					draft_str(&d, text);
					draft_end(&d);
					conn_write(a, d.p, d.len);
					g = want_call(b, "Forged");
					same_but_sender(&d, g, a);
					got_free(g);
				}
			}
		}
	}
	draft_free(&d);
	conn_close(a);
	conn_close(b);
}

/* Every type there is, nested, as nobody would write it by hand. */
static void sizes_types(char **arg)
{
	static const char sig[] = "ybnqiuxtdsogasa{sv}(yv)aa(yu)v";
	struct conn *a = conn_open(0), *b = conn_open(0);
	struct head h = { .type = WIRE_SIGNAL, .dest = b->name, .path = "/t",
			  .iface = "org.test.Iface", .member = "Types" };
	struct draft d = { 0 };
	struct got *g;
	size_t mark, cut;
	int big;

	for (big = 0; big < 2; big++) {
		h.big = big;
		h.serial = ++a->serial;
		draft_head(&d, &h, sig);
		draft_u8(&d, 200);
		draft_u32(&d, 1);
		draft_u16(&d, 0x8001);
		draft_u16(&d, 0xfffe);
		draft_u32(&d, 0x80000001);
		draft_u32(&d, 0xfffffffe);
		draft_u64(&d, 0x8000000000000001);
		draft_u64(&d, 0xfffffffffffffffe);
		draft_u64(&d, 0x400921fb54442d18);
		draft_str(&d, "t\xc3\xa4xt \xf0\x9f\x9a\x8c");
		draft_str(&d, "/a/path");
		draft_sig(&d, "a{sv}");
		draft_u32(&d, 0);		/* as: empty */
		draft_u32(&d, 0);		/* a{sv}: one entry */
		mark = d.len;
		draft_align(&d, 8);
		draft_str(&d, "key");
		draft_sig(&d, "v");
		draft_sig(&d, "t");
		draft_u64(&d, 99);
		draft_set_u32(&d, mark - 4,
			      d.len - ((mark + 7) & ~7ul));
		draft_align(&d, 8);
		draft_u8(&d, 1);
		draft_sig(&d, "b");
		draft_u32(&d, 0);
		draft_u32(&d, 0);		/* aa(yu): empty */
		draft_sig(&d, "ay");
		draft_u32(&d, 3);
		draft_raw(&d, "\1\2\3", 3);
		draft_end(&d);
		for (cut = 0; cut < d.len; cut++) {
			conn_write(a, d.p, cut);
			conn_write(a, d.p + cut, d.len - cut);
			g = want_signal(b, "Types");
			same_but_sender(&d, g, a);
			got_free(g);
		}
	}
	draft_free(&d);
	conn_close(a);
	conn_close(b);
}

const struct test size_tests[] = {
	{ "sizes-split", sizes_split,
	  "small messages, cut at each octet, in both byte orders" },
	{ "sizes-octets", sizes_octets,
	  "messages octet by octet, and two in one write, cut anywhere" },
	{ "sizes-bodies", sizes_bodies, "messages of 32 octets to 64 MiB" },
	{ "sizes-longest", sizes_longest, "a message of 128 MiB to nobody" },
	{ "sizes-too-long", sizes_too_long,
	  "who sends more than is allowed is disconnected" },
	{ "sizes-forged", sizes_forged, "a forged SENDER is replaced" },
	{ "sizes-types", sizes_types, "values of every type, cut anywhere" },
	{ 0 }
};
