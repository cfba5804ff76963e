// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#include "dissector/text.h"

#define MORE "\xe2\x80\xa6"	/* three dots */
#define STRING_MAX 80		/* octets of one string among others */
#define BYTES_MAX 24		/* octets of a number or hash */

void text_init(struct text *t, uint32_t max)
{
	t->s[0] = '\0';
	t->len = 0;
	t->max = max > TEXT_ROOM ? TEXT_ROOM : max;
	t->full = false;
}

/* Where a character of UTF-8 begins, at or before @len */
static size_t whole(const char *s, size_t len)
{
	while (len && ((uint8_t)s[len] & 0xc0) == 0x80)
		len--;
	return len;
}

void text_add_len(struct text *t, const char *s, size_t len)
{
	if (t->full)
		return;
	if (t->len + len > t->max) {
		len = whole(s, t->max - t->len);
		t->full = true;
	}
	memcpy(t->s + t->len, s, len);
	t->len += (uint32_t)len;
	if (t->full) {
		memcpy(t->s + t->len, MORE, strlen(MORE));
		t->len += strlen(MORE);
	}
	t->s[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_len(t, s, strlen(s));
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c != 0x7f && c != '"' && c != '\\';
}

/* Valid UTF-8 stays as it is. */
static void put_escaped(struct text *t, const char *s, size_t len)
{
	size_t i, from = 0;
	char e[8];

	for (i = 0; i < len; i++) {
		uint8_t c = (uint8_t)s[i];

		if (is_plain(c))
			continue;
		text_add_len(t, s + from, i - from);
		from = i + 1;
		if (c == '\n')
			text_add(t, "\\n");
		else if (c == '\t')
			text_add(t, "\\t");
		else if (c == '"' || c == '\\')
			text_add_len(t, (char[]){ '\\', (char)c }, 2);
		else if (!c && i + 1 == len)
			text_add(t, "\\0");
		else {
			snprintf(e, sizeof(e), "\\x%02x", c);
			text_add(t, e);
		}
		if (t->full)
			return;
	}
	text_add_len(t, s + from, len - from);
}

void text_quote(struct text *t, struct wire_str s)
{
	size_t len = s.len;

	if (len > STRING_MAX)
		len = whole(s.s, STRING_MAX);
	text_add(t, "\"");
	if (wire_is_utf8(s.s, len ? len - !s.s[len - 1] : 0))
		put_escaped(t, s.s, len);
	else
		text_add(t, "(not UTF-8)");
	if (len < s.len)
		text_add(t, MORE);
	text_add(t, "\"");
}

static void put_double(struct text *t, uint64_t bits)
{
	/* as few digits as tell it; with a point, wherever this runs */
	static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
	char s[40];
	unsigned int i;
	double d;

	memcpy(&d, &bits, sizeof(d));
	for (i = 0; i < G_N_ELEMENTS(formats); i++) {
		g_ascii_formatd(s, sizeof(s), formats[i], d);
		if (isnan(d) || g_ascii_strtod(s, NULL) == d)
			break;
	}
	text_add(t, s);
}

void text_basic(struct text *t, const struct wire_value *v)
{
	char s[32];

	switch (v->type) {
	case 'b':
		text_add(t, v->u ? "true" : "false");
		return;
	case 's':
	case 'g':
		text_quote(t, v->str);
		return;
	case 'o':
		text_add_len(t, v->str.s, v->str.len);
		return;
	case 'd':
		put_double(t, v->u);
		return;
	case 'n':
	case 'i':
	case 'x':
		snprintf(s, sizeof(s), "%" PRId64, v->i);
		break;
	case 'h':
		snprintf(s, sizeof(s), "fd %" PRIu64, v->u);
		break;
	default:
		snprintf(s, sizeof(s), "%" PRIu64, v->u);
	}
	text_add(t, s);
}

bool text_is_printable(struct wire_str s)
{
	uint32_t i;

	if (s.len && !s.s[s.len - 1])
		s.len--;
	if (!s.len)
		return false;
	for (i = 0; i < s.len; i++) {
		uint8_t c = (uint8_t)s.s[i];

		if (c == 0x7f || (c < 0x20 && c != '\n' && c != '\t' &&
				  c != '\r'))
			return false;
	}
	return wire_is_utf8(s.s, s.len);
}

void text_bytes(struct text *t, struct wire_str s)
{
	/* a long text is known by its beginning */
	struct wire_str some = s;
	uint32_t i;
	char e[32];

	if (some.len > STRING_MAX)
		some.len = (uint32_t)whole(s.s, STRING_MAX);
	if (text_is_printable(some)) {
		text_add(t, "b");
		text_quote(t, s);
		return;
	}
	text_add(t, "[");
	for (i = 0; i < s.len && i < BYTES_MAX; i++) {
		snprintf(e, sizeof(e), "%02x", (uint8_t)s.s[i]);
		text_add(t, e);
	}
	if (i < s.len) {
		snprintf(e, sizeof(e), MORE " %u octets", s.len);
		text_add(t, e);
	}
	text_add(t, "]");
}

bool text_is_bytes(const struct wire_value *v)
{
	return v->type == 'a' && v->sig.len == 1 && v->sig.s[0] == 'y';
}

struct wire_str text_octets(const struct wire_msg *m,
			    const struct wire_value *v)
{
	uint32_t end = v->end < m->have ? v->end : m->have;
	uint32_t at = v->off + 4 < end ? v->off + 4 : end;

	return (struct wire_str){ (const char *)m->data + at, end - at };
}

/* What stands between the values of a container, and around them */
struct level {
	char type;
	bool dict;
	uint32_t count;
};

static void open_level(struct text *t, struct level *l,
		       const struct wire_value *v)
{
	l->type = v->type;
	l->count = 0;
	l->dict = v->type == 'a' && v->sig.len && v->sig.s[0] == '{';
	if (v->type == 'a')
		text_add(t, l->dict ? "{" : "[");
	else if (v->type == '(')
		text_add(t, "(");
}

static void close_level(struct text *t, const struct level *l)
{
	if (l->type == 'a')
		text_add(t, l->dict ? "}" : "]");
	else if (l->type == '(')
		text_add(t, ")");
}

static void separate(struct text *t, struct level *l)
{
	if (l->count++)
		text_add(t, l->type == '{' ? ": " : ", ");
}

bool text_value(struct text *t, struct wire_iter *it, struct wire_value *v,
		bool opened)
{
	struct level level[WIRE_DEPTH_TOTAL + 1];
	enum wire_event event = opened ? WIRE_OPEN : WIRE_VALUE;
	unsigned int depth = 0;

	do {
		if ((event == WIRE_VALUE || event == WIRE_OPEN) && depth)
			separate(t, &level[depth - 1]);
		if (event == WIRE_VALUE) {
			text_basic(t, v);
		} else if (event == WIRE_OPEN && text_is_bytes(v)) {
			text_bytes(t, text_octets(it->m, v));
			if (wire_skip(it, v) == WIRE_BAD)
				return false;
		} else if (event == WIRE_OPEN) {
			open_level(t, &level[depth++], v);
		} else if (event == WIRE_CLOSE) {
			close_level(t, &level[--depth]);
		} else {
			text_add(t, MORE);
			return false;
		}
		if (!depth)
			return true;
		if (t->full)
			return true;
		event = wire_next(it, v);
	} while (1);
}
