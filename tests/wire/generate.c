// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "tests/wire/generate.h"
#include "wire/message.h"

struct text {
	char s[1024];
	size_t len;
};

static void text_add(struct text *t, const char *s, size_t n)
{
	if (n > sizeof(t->s) - t->len)
		n = sizeof(t->s) - t->len;
	memcpy(t->s + t->len, s, n);
	t->len += n;
}

static void text_set(struct text *t, const char *s)
{
	t->len = 0;
	text_add(t, s, strlen(s));
}

/* --- names ---------------------------------------------------------------- */

static const char letters[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-";
#define FIRST 53	/* of letters[], may begin an element */
#define NAME  63	/* may stand in it; with the hyphen: 64 */

static void element(struct text *t, struct rng *r, uint32_t first, uint32_t set,
		    size_t len)
{
	text_add(t, &letters[rng_below(r, first)], 1);
	while (--len)
		text_add(t, &letters[rng_below(r, set)], 1);
}

static size_t element_len(struct rng *r)
{
	return rng_one_in(r, 16) ? 1 + rng_below(r, 130) : 1 + rng_below(r, 9);
}

/* Elements between separators; at times cut to the greatest length, or to one
 * more than that */
static void elements(struct text *t, struct rng *r, char separator,
		     uint32_t least, uint32_t first, uint32_t set)
{
	uint32_t n = least + rng_below(r, 3);

	while (n--) {
		element(t, r, first, set, element_len(r));
		if (n)
			text_add(t, &separator, 1);
	}
	if (rng_one_in(r, 40)) {
		while (t->len < 256)
			element(t, r, FIRST, set, 1);
		t->len = 255 + rng_one_in(r, 3);
	}
}

static const char *const odd_names[] = {
	"", ".", "..", ":", ":.", ":.a", ":a", ":1", ":-", ":1.", ":1..2", ":1.2",
	"a", "a.", ".a", "a..b", "1.a", "a.1", "-.a", "a-b.c", "a.-b", "a.b-c",
	"a.b c", "a.b\xc3\xa4", "org.freedesktop.DBus.Local", "_._", "a_1._2",
	"org.freedesktop.DBus", "org.freedesktop.DBus.Locale", "0", "A", "-",
	"/", "//", "/a", "/a/", "/a//b", "a/b", "/a-b", "/1/2", "/_", "/a.b",
	"/org/freedesktop/DBus/Local", "/org/freedesktop/DBus/Local/x",
};

static void odd_name(struct text *t, struct rng *r)
{
	text_set(t, PICK(r, odd_names));
}

static void path(struct text *t, struct rng *r)
{
	text_set(t, "/");
	if (rng_below(r, 8))
		elements(t, r, '/', 1, NAME, NAME);
}

static void name_of_field(struct text *t, struct rng *r, uint8_t code)
{
	t->len = 0;
	if (rng_one_in(r, 60)) {
		odd_name(t, r);
		return;
	}
	switch (code) {
	case WIRE_F_PATH:
	case WIRE_F_CONTAINER_INSTANCE:
		path(t, r);
		break;
	case WIRE_F_MEMBER:
		element(t, r, FIRST, NAME, element_len(r));
		break;
	case WIRE_F_INTERFACE:
	case WIRE_F_ERROR_NAME:
		elements(t, r, '.', 2, FIRST, NAME);
		break;
	default:
		if (rng_below(r, 2)) {
			text_set(t, ":");
			elements(t, r, '.', 2, NAME, 64);
		} else {
			elements(t, r, '.', 2, FIRST, 64);
		}
	}
}

size_t gen_unique_name(char *out, struct rng *r)
{
	struct text t;

	text_set(&t, ":");
	elements(&t, r, '.', 2, NAME, 64);
	/* cut here or there, it may not end with a dot */
	if (t.len > WIRE_NAME_MAX)
		t.len = WIRE_NAME_MAX;
	if (t.s[t.len - 1] == '.')
		t.s[t.len - 1] = 'x';
	memcpy(out, t.s, t.len);
	return t.len;
}

/* --- text ----------------------------------------------------------------- */

static void code_point(struct text *t, uint32_t c)
{
	uint8_t o[4];

	if (c < 0x80) {
		o[0] = (uint8_t)c;
		text_add(t, (char *)o, 1);
	} else if (c < 0x800) {
		o[0] = (uint8_t)(0xc0 | c >> 6);
		o[1] = 0x80 | (c & 0x3f);
		text_add(t, (char *)o, 2);
	} else if (c < 0x10000) {
		o[0] = (uint8_t)(0xe0 | c >> 12);
		o[1] = 0x80 | (c >> 6 & 0x3f);
		o[2] = 0x80 | (c & 0x3f);
		text_add(t, (char *)o, 3);
	} else {
		o[0] = (uint8_t)(0xf0 | c >> 18);
		o[1] = 0x80 | (c >> 12 & 0x3f);
		o[2] = 0x80 | (c >> 6 & 0x3f);
		o[3] = 0x80 | (c & 0x3f);
		text_add(t, (char *)o, 4);
	}
}

/* Surrogates and what is too great are among them: those aren't valid. */
static const uint32_t odd_points[] = {
	0x01, 0x7f, 0x80, 0x7ff, 0x800, 0xfff, 0x1000, 0xcfff, 0xd7ff, 0xd7ff,
	0xe000, 0xfdd0, 0xfffe, 0xffff, 0x10000, 0x1ffff, 0x3ffff, 0x40000,
	0xfffff, 0x100000, 0x10fffe, 0x10ffff, 0xfeff,
};

static const char *const bad_text[] = {
	"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x80\x80",
	"\xe0\x9f\xbf", "\xe1\x80", "\xe1\x80\x41", "\xed\xa0\x80", "\xed\xbf\xbf",
	"\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf1\x80\x80", "\xf4\x90\x80\x80",
	"\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff",
};

static void any_text(struct text *t, struct rng *r)
{
	uint32_t n = rng_one_in(r, 8) ? rng_below(r, 120) : rng_below(r, 12);
	bool ascii = rng_below(r, 3);

	t->len = 0;
	while (n--) {
		if (ascii || rng_below(r, 2))
			code_point(t, 1 + rng_below(r, 127));
		else
			code_point(t, PICK(r, odd_points));
	}
	if (rng_one_in(r, 100)) {
		const char *s = PICK(r, bad_text);

		text_add(t, s, strlen(s));
		for (n = rng_below(r, 12); n--;)
			code_point(t, 'x');
	}
	if (rng_one_in(r, 200))
		text_add(t, "\0", 1);
}

/* --- signatures ----------------------------------------------------------- */

static const char basic[] = "ybnqiuxtdsogh";

static void type(struct text *t, struct rng *r, unsigned int depth)
{
	uint32_t kind = depth ? rng_below(r, 20) : 0;
	uint32_t n;

	if (kind < 12) {
		/* 'h' more rarely: without fds it isn't valid */
		text_add(t, &basic[rng_below(r, rng_one_in(r, 20) ? 13 : 12)], 1);
	} else if (kind < 14) {
		text_add(t, "v", 1);
	} else if (kind < 17) {
		text_add(t, "a", 1);
		type(t, r, depth - 1);
	} else if (kind < 18) {
		text_add(t, "a{", 2);
		text_add(t, &basic[rng_below(r, 12)], 1);
		type(t, r, depth - 1);
		text_add(t, "}", 1);
	} else {
		text_add(t, "(", 1);
		for (n = 1 + rng_below(r, 3); n--;)
			type(t, r, depth - 1);
		text_add(t, ")", 1);
	}
}

/* Up to the limits of nesting, and beyond */
static void deep_type(struct text *t, struct rng *r)
{
	static const char *const open[] = { "a", "a", "(", "a{s" };
	char closing[128];
	size_t n = 0, want = 28 + rng_below(r, 12);
	bool one_kind = rng_below(r, 2);
	const char *kind = PICK(r, open), *s;
	size_t i;

	for (i = 0; i < want; i++) {
		s = one_kind ? kind : PICK(r, open);
		text_add(t, s, strlen(s));
		if (s[0] == '(')
			closing[n++] = ')';
		else if (s[1])
			closing[n++] = '}';
	}
	text_add(t, "y", 1);
	while (n)
		text_add(t, &closing[--n], 1);
}

static const char *const odd_signatures[] = {
	"a", "aa", "(", ")", "()", "{sv}", "a{", "a{}", "a{s}", "a{sss}", "a{vs}",
	"a{(s)s}", "a{ass}", "r", "e", "z", "(a)", "a{sa}", "(i", "i)", "(a{s)v}",
	"a{s(v})", "aa{sv}", "m", "*", "?", "@", "&", "^", "a(", "a{yv}a{hv}", "((i))",
	"a{sv", "(a{sv)}", "\x80", " ",
};

static void any_signature(struct text *t, struct rng *r)
{
	uint32_t n = rng_below(r, 5);

	t->len = 0;
	if (rng_one_in(r, 30)) {
		text_set(t, PICK(r, odd_signatures));
		return;
	}
	if (rng_one_in(r, 20))
		deep_type(t, r);
	else if (rng_one_in(r, 60))
		n = 255;
	while (n--)
		type(t, r, 4);
	if (t->len > 255)
		t->len = rng_one_in(r, 2) ? 255 : 0;
}

/* --- values --------------------------------------------------------------- */

/**
 * struct marshal - values being written
 * @b: where to; offsets in it are as in the message, modulo 8
 * @chain: levels of nesting by variants that are still to come
 */
struct marshal {
	struct bytes *b;
	struct rng *r;
	unsigned int chain;
};

static const char *value(struct marshal *m, const char *sig, unsigned int depth);

static uint64_t number(struct rng *r)
{
	static const uint64_t odd[] = {
		0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff,
		0x80000000, 0xffffffff, 0x7fffffffffffffff, 0x8000000000000000,
		0xffffffffffffffff, 0x7ff0000000000000, 0x7ff8000000000001,
	};

	return rng_below(r, 2) ? PICK(r, odd) : rng_next(r);
}

static size_t size_of(char c)
{
	switch (c) {
	case 'y':
		return 1;
	case 'n':
	case 'q':
		return 2;
	case 'x':
	case 't':
	case 'd':
		return 8;
	default:
		return 4;
	}
}

static void variant(struct marshal *m, unsigned int depth)
{
	static const char *const links[] = {
		"v", "v", "v", "av", "(v)", "a{yv}", "aav", "(yv)", "((v))",
	};
	static const char *const ends[] = {
		"ay", "ab", "as", "a(y)", "aay", "(y)", "s", "y",
	};
	struct text t;

	t.len = 0;
	if (m->chain) {
		text_set(&t, --m->chain ? PICK(m->r, links) :
					  PICK(m->r, ends));
	} else if (rng_one_in(m->r, 60)) {
		any_signature(&t, m->r);
	} else {
		type(&t, m->r, depth > 3 ? 0 : 2);
	}
	text_add(&t, "\0", 1);
	bytes_signature(m->b, t.s, t.len - 1);
	value(m, t.s, depth + 1);
}

static void string(struct marshal *m, char c)
{
	struct text t;

	t.len = 0;
	if (c == 'g') {
		any_signature(&t, m->r);
		bytes_signature(m->b, t.s, t.len);
		return;
	}
	if (c == 's')
		any_text(&t, m->r);
	else if (rng_one_in(m->r, 60))
		odd_name(&t, m->r);
	else
		path(&t, m->r);
	bytes_string(m->b, t.s, t.len);
}

static size_t alignment(char c)
{
	switch (c) {
	case '(':
	case '{':
		return 8;
	case 'g':
	case 'v':
		return 1;
	default:
		return size_of(c);
	}
}

static const char *array(struct marshal *m, const char *sig, unsigned int depth)
{
	size_t len_at, start;
	const char *end = sig + 1;
	uint32_t n = rng_below(m->r, depth > 4 ? 2 : 4);

	if (m->chain)
		n = 1;
	else if (rng_one_in(m->r, 40))
		n = rng_below(m->r, 60);
	if (m->b->len > 20000 && !m->chain)
		n = 0;
	bytes_number(m->b, 0, 4);
	len_at = m->b->len - 4;
	bytes_align(m->b, alignment(sig[1]));
	start = m->b->len;
	while (n--)
		end = value(m, sig + 1, depth + 1);
	bytes_set_u32(m->b, len_at, (uint32_t)(m->b->len - start));
	if (end == sig + 1)
		end += wire_check_signature(end, strlen(end)) ?
			       strlen(end) : wire_type_len(end);
	return end;
}

/* Writes a value of the type that @sig begins with; returns what follows. An
 * invalid signature gives something. */
static const char *value(struct marshal *m, const char *sig, unsigned int depth)
{
	uint64_t v;

	switch (*sig) {
	case '\0':
		return sig;
	case 's':
	case 'o':
	case 'g':
		string(m, *sig);
		return sig + 1;
	case 'v':
		variant(m, depth);
		return sig + 1;
	case 'a':
		return array(m, sig, depth);
	case '(':
	case '{':
		bytes_align(m->b, 8);
		for (sig++; *sig && *sig != ')' && *sig != '}';)
			sig = value(m, sig, depth + 1);
		return *sig ? sig + 1 : sig;
	case 'b':
		v = rng_one_in(m->r, 100) ? number(m->r) : rng_below(m->r, 2);
		break;
	case 'h':
		v = rng_below(m->r, 3);
		break;
	default:
		v = number(m->r);
	}
	bytes_number(m->b, v, size_of(*sig));
	return sig + 1;
}

/* --- messages ------------------------------------------------------------- */

static struct gen_field *new_field(struct gen_message *g, uint8_t code)
{
	struct gen_field *f = &g->fields[g->n++];

	f->code = code;
	bytes_reset(&f->octets, g->big);
	return f;
}

static void field_head(struct gen_field *f, const char *sig, size_t len)
{
	bytes_u8(&f->octets, f->code);
	bytes_signature(&f->octets, sig, len);
}

void gen_string_field(struct gen_field *f, bool big, uint8_t code,
		      const char *s, size_t len)
{
	f->code = code;
	bytes_reset(&f->octets, big);
	if (code == WIRE_F_SIGNATURE) {
		field_head(f, "g", 1);
		bytes_signature(&f->octets, s, len);
	} else {
		field_head(f, code == WIRE_F_PATH ||
			      code == WIRE_F_CONTAINER_INSTANCE ? "o" : "s", 1);
		bytes_string(&f->octets, s, len);
	}
}

static void known_field(struct gen_message *g, struct rng *r, uint8_t code)
{
	struct gen_field *f = new_field(g, code);
	struct text t;

	if (code == WIRE_F_REPLY_SERIAL || code == WIRE_F_UNIX_FDS) {
		uint32_t v = (uint32_t)number(r);

		if (code == WIRE_F_UNIX_FDS)
			v = rng_below(r, 4);
		else if (!v)
			v = rng_below(r, 9);
		field_head(f, "u", 1);
		bytes_number(&f->octets, v, 4);
		return;
	}
	name_of_field(&t, r, code);
	gen_string_field(f, g->big, code, t.s, t.len);
}

static void unknown_field(struct gen_message *g, struct rng *r)
{
	struct gen_field *f = new_field(g, (uint8_t)(11 + rng_below(r, 245)));
	struct marshal m = {
		.b = &f->octets,
		.r = r,
		.chain = rng_one_in(r, 10) ? 28 + rng_below(r, 38) : 0,
	};

	bytes_u8(&f->octets, f->code);
	variant(&m, 1);
}

static bool has_field(const struct gen_message *g, uint8_t code)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (g->fields[i].code == code)
			return true;
	return false;
}

static void required_fields(struct gen_message *g, struct rng *r)
{
	switch (g->type) {
	case WIRE_METHOD_CALL:
		known_field(g, r, WIRE_F_PATH);
		known_field(g, r, WIRE_F_MEMBER);
		break;
	case WIRE_METHOD_RETURN:
		known_field(g, r, WIRE_F_REPLY_SERIAL);
		break;
	case WIRE_ERROR:
		known_field(g, r, WIRE_F_ERROR_NAME);
		known_field(g, r, WIRE_F_REPLY_SERIAL);
		break;
	case WIRE_SIGNAL:
		known_field(g, r, WIRE_F_PATH);
		known_field(g, r, WIRE_F_INTERFACE);
		known_field(g, r, WIRE_F_MEMBER);
		break;
	}
	if (rng_one_in(r, 60) && g->n)
		g->n--;
}

static void body(struct gen_message *g, struct rng *r)
{
	struct marshal m = {
		.b = &g->body,
		.r = r,
		.chain = rng_one_in(r, 12) ? 30 + rng_below(r, 38) : 0,
	};
	struct text t;
	const char *sig = t.s;

	any_signature(&t, r);
	if (m.chain)
		text_set(&t, "v");
	gen_string_field(new_field(g, WIRE_F_SIGNATURE), g->big,
			 WIRE_F_SIGNATURE, t.s, t.len);
	text_add(&t, "\0", 1);
	while (*sig && *sig != ')' && *sig != '}')
		sig = value(&m, sig, 0);
}

static void shuffle(struct gen_message *g, struct rng *r)
{
	size_t i, k;

	for (i = g->n; i > 1; i--) {
		struct gen_field f = g->fields[i - 1];

		k = rng_below(r, (uint32_t)i);
		g->fields[i - 1] = g->fields[k];
		g->fields[k] = f;
	}
}

void gen_message(struct gen_message *g, struct rng *r)
{
	static const uint8_t optional[] = {
		WIRE_F_PATH, WIRE_F_INTERFACE, WIRE_F_MEMBER,
		WIRE_F_DESTINATION, WIRE_F_DESTINATION, WIRE_F_SENDER,
		WIRE_F_SENDER, WIRE_F_ERROR_NAME, WIRE_F_UNIX_FDS,
		WIRE_F_REPLY_SERIAL, WIRE_F_CONTAINER_INSTANCE,
	};
	uint32_t n;

	g->big = rng_below(r, 2);
	g->type = (uint8_t)(1 + rng_below(r, 4));
	if (rng_one_in(r, 60))
		g->type = (uint8_t)rng_below(r, 256);
	g->flags = (uint8_t)rng_below(r, rng_one_in(r, 8) ? 256 : 8);
	g->serial = 1 + rng_below(r, 1000);
	if (rng_one_in(r, 60))
		g->serial = (uint32_t)number(r);
	g->n = 0;
	bytes_reset(&g->body, g->big);
	bytes_reset(&g->whole, g->big);

	required_fields(g, r);
	for (n = rng_below(r, 4); n--;) {
		uint8_t code = PICK(r, optional);

		if (!has_field(g, code) || rng_one_in(r, 60))
			known_field(g, r, code);
	}
	while (g->n < GEN_FIELDS - 2 && rng_one_in(r, 4))
		unknown_field(g, r);
	if (rng_below(r, 8))
		body(g, r);
	shuffle(g, r);
	gen_assemble(g);
}

void gen_assemble(struct gen_message *g)
{
	struct bytes *b = &g->whole;
	size_t i;

	bytes_reset(b, g->big);
	bytes_u8(b, g->big ? 'B' : 'l');
	bytes_u8(b, g->type);
	bytes_u8(b, g->flags);
	bytes_u8(b, 1);
	bytes_number(b, g->body.len, 4);
	bytes_number(b, g->serial, 4);
	bytes_number(b, 0, 4);
	for (i = 0; i < g->n; i++) {
		bytes_align(b, 8);
		bytes_add(b, g->fields[i].octets.p, g->fields[i].octets.len);
	}
	bytes_set_u32(b, 12, (uint32_t)(b->len - WIRE_FIXED_LEN));
	bytes_align(b, 8);
	bytes_add(b, g->body.p, g->body.len);
}

void gen_free(struct gen_message *g)
{
	size_t i;

	for (i = 0; i < GEN_FIELDS; i++)
		bytes_free(&g->fields[i].octets);
	bytes_free(&g->body);
	bytes_free(&g->whole);
}

/* --- faults --------------------------------------------------------------- */

/* Makes the header's body length fit again, if the message has one still */
static void fit_body(struct gen_message *g)
{
	uint32_t fields = bytes_get_u32(&g->whole, 12), start;

	if (fields > g->whole.len)
		return;
	start = (WIRE_FIXED_LEN + fields + 7) & ~7u;
	if (start <= g->whole.len)
		bytes_set_u32(&g->whole, 4, (uint32_t)(g->whole.len - start));
}

static void change_octets(struct gen_message *g, struct rng *r)
{
	uint32_t n = 1 + rng_below(r, 3);

	while (n--) {
		uint8_t *p = &g->whole.p[rng_below(r, (uint32_t)g->whole.len)];

		if (rng_below(r, 2))
			*p ^= (uint8_t)(1 << rng_below(r, 8));
		else
			*p = (uint8_t)rng_next(r);
	}
}

static void change_number(struct gen_message *g, struct rng *r)
{
	uint32_t at = 4 * rng_below(r, (uint32_t)g->whole.len / 4);
	uint32_t v = bytes_get_u32(&g->whole, at);

	if (rng_below(r, 3))
		v += rng_below(r, 17) - 8;
	else
		v = (uint32_t)number(r);
	bytes_set_u32(&g->whole, at, v);
}

static void change_length(struct gen_message *g, struct rng *r)
{
	static const uint8_t some[16] = { 0 };
	size_t at = rng_below(r, (uint32_t)g->whole.len + 1);
	size_t n = 1 + rng_below(r, 12);

	if (rng_below(r, 2))
		at = g->whole.len;
	if (rng_below(r, 2)) {
		bytes_replace(&g->whole, at, 0, some, n);
	} else {
		if (n > at)
			n = at;
		bytes_replace(&g->whole, at - n, n, NULL, 0);
	}
	if (g->whole.len < WIRE_FIXED_LEN)
		bytes_replace(&g->whole, g->whole.len, 0, some, 16);
	fit_body(g);
}

static void change_type_code(struct gen_message *g, struct rng *r)
{
	static const char codes[] = "ybnqiuxtdsogha(){}v";
	size_t at = WIRE_FIXED_LEN, n;

	/* the first octet from anywhere on that may be one */
	at += rng_below(r, (uint32_t)(g->whole.len - WIRE_FIXED_LEN) + 1);
	for (n = at; n < g->whole.len; n++) {
		if (g->whole.p[n] && strchr(codes, g->whole.p[n])) {
			g->whole.p[n] = (uint8_t)
				codes[rng_below(r, sizeof(codes) - 1)];
			return;
		}
	}
	change_octets(g, r);
}

void gen_mutate(struct gen_message *g, struct rng *r)
{
	switch (rng_below(r, 8)) {
	case 0:
	case 1:
	case 2:
		change_octets(g, r);
		break;
	case 3:
	case 4:
		change_number(g, r);
		break;
	case 5:
		change_length(g, r);
		break;
	default:
		change_type_code(g, r);
	}
}
