// SPDX-License-Identifier: GPL-2.0-or-later
#include "value.h"

#include <ctype.h>

/* octets of an array of bytes shown in a short form */
#define BYTES_SHORT 24

void value_basic(struct out *o, const struct wire_value *v,
		 const struct value_style *style)
{
	switch (v->type) {
	case 'b':
		out_str(o, v->u ? "true" : "false");
		break;
	case 'n':
	case 'i':
	case 'x':
		out_i64(o, v->i);
		break;
	case 'd':
		out_double(o, v->u);
		break;
	case 'h':
		out_mem(o, "fd ", 3);
		out_u64(o, v->u);
		break;
	case 'o':
		out_text(o, v->str.s, v->str.len, 0, 0);
		break;
	case 's':
	case 'g':
		out_quoted(o, v->str.s, v->str.len, style->string_max);
		break;
	default:
		out_u64(o, v->u);
		break;
	}
}

static bool is_printable(struct wire_str s)
{
	uint32_t i;

	for (i = 0; i < s.len; i++)
		if (s.s[i] < 0x20 || s.s[i] == 0x7f)
			return false;
	return s.len > 0;
}

/* bytes are often a text with or without its NUL, or else a number or hash */
static void put_bytes(struct out *o, struct wire_str s,
		      const struct value_style *style)
{
	struct wire_str text = s;
	uint32_t i, n = s.len;

	if (text.len && !text.s[text.len - 1])
		text.len--;
	if (is_printable(text)) {
		out_char(o, 'b');
		out_quoted(o, s.s, s.len, style->string_max);
		return;
	}
	if (style->string_max && n > BYTES_SHORT)
		n = BYTES_SHORT;
	out_char(o, '[');
	for (i = 0; i < n; i++) {
		if (style->limit && o->len > style->limit)
			break;
		out_room(o, 2)[0] = "0123456789abcdef"[(uint8_t)s.s[i] >> 4];
		o->buf[o->len + 1] = "0123456789abcdef"[s.s[i] & 15];
		o->len += 2;
	}
	if (i < s.len) {
		out_str(o, "… ");
		out_u64(o, s.len);
		out_str(o, " octets");
	}
	out_char(o, ']');
}

/* What stands between the values of a container, and around them. */
struct level {
	char type;
	bool dict;
	uint32_t count;
};

static void separate(struct out *o, struct level *l)
{
	if (l->count++)
		out_str(o, l->type == '{' ? ": " : ", ");
}

static void open_container(struct out *o, const struct wire_value *v,
			   struct level *l, const struct value_style *style)
{
	l->type = v->type;
	l->count = 0;
	l->dict = v->type == 'a' && v->sig.len && v->sig.s[0] == '{';
	if (v->type == 'a')
		out_char(o, l->dict ? '{' : '[');
	else if (v->type == '(')
		out_char(o, '(');
	else if (v->type == 'v' && style->types) {
		out_mem(o, v->sig.s, v->sig.len);
		out_char(o, ' ');
	}
}

static void close_container(struct out *o, const struct level *l)
{
	if (l->type == 'a')
		out_char(o, l->dict ? '}' : ']');
	else if (l->type == '(')
		out_char(o, ')');
}

static void put_malformed(struct out *o, enum wire_status status, uint32_t at)
{
	out_mem(o, "[malformed: ", 12);
	out_str(o, wire_strerror(status));
	out_mem(o, " at octet ", 10);
	out_u64(o, at);
	out_char(o, ']');
}

void value_checked(struct out *o, const struct wire_msg *m,
		   const struct wire_value *v, const struct value_style *style)
{
	value_basic(o, v, style);
	if (v->type != 'h' || v->u < m->unix_fds)
		return;
	out_char(o, ' ');
	out_paint(o, OUT_YELLOW);
	put_malformed(o, WIRE_E_FD_INDEX, v->off);
	out_paint(o, OUT_PLAIN);
}

enum value_result value_one(struct out *o, struct wire_iter *it,
			    struct wire_value *v,
			    const struct value_style *style)
{
	struct level level[WIRE_DEPTH_TOTAL + 2];
	enum wire_event ev = v->type == 'a' || v->type == '(' ||
			     v->type == '{' || v->type == 'v' ?
				     WIRE_OPEN : WIRE_VALUE;
	unsigned int depth = 0;

	for (;;) {
		if (style->limit && o->len > style->limit && ev != WIRE_CLOSE) {
			out_str(o, "…");
			while (depth)
				close_container(o, &level[--depth]);
			return VALUE_FULL;
		}
		switch (ev) {
		case WIRE_VALUE:
			if (depth)
				separate(o, &level[depth - 1]);
			value_checked(o, it->m, v, style);
			break;
		case WIRE_OPEN:
			if (depth)
				separate(o, &level[depth - 1]);
			if (value_is_bytes(v)) {
				struct wire_str b = value_bytes(it->m, v);

				/* only now it is known that they are there */
				if (wire_skip(it, v) == WIRE_BAD)
					return VALUE_BAD;
				put_bytes(o, b, style);
				break;
			}
			open_container(o, v, &level[depth++], style);
			break;
		case WIRE_CLOSE:
			close_container(o, &level[--depth]);
			break;
		default:
			return VALUE_BAD;
		}
		if (!depth)
			return VALUE_OK;
		ev = wire_next(it, v);
	}
}

void value_fault(struct out *o, const struct record *rec,
		 enum wire_status status, uint32_t at)
{
	out_paint(o, OUT_YELLOW);
	if (status == WIRE_E_SHORT && rec->redacted) {
		out_mem(o, "[redacted: ", 11);
		out_u64(o, rec->redacted);
		out_mem(o, " octets]", 8);
	} else if (status == WIRE_E_SHORT) {
		out_mem(o, "[cut: ", 6);
		out_u64(o, rec->have);
		out_mem(o, " of ", 4);
		out_u64(o, rec->length);
		out_mem(o, " octets]", 8);
	} else {
		put_malformed(o, status, at);
	}
	out_paint(o, OUT_PLAIN);
}

enum value_result value_args(struct out *o, const struct record *rec,
			     size_t width)
{
	struct value_style style = { o->len + width, 60, false };
	struct wire_iter it;
	struct wire_value v;
	enum wire_event ev;
	bool first = true;

	if (!rec->m.signature.s && !rec->m.body_len)
		return VALUE_OK;
	wire_iter_init(&it, &rec->m);
	while ((ev = wire_next(&it, &v)) != WIRE_DONE) {
		enum value_result result;

		if (!first)
			out_mem(o, ", ", 2);
		first = false;
		result = ev == WIRE_BAD ? VALUE_BAD :
					  value_one(o, &it, &v, &style);
		if (result == VALUE_BAD)
			value_fault(o, rec, v.status, v.off);
		if (result != VALUE_OK)
			return result;
	}
	return VALUE_OK;
}
