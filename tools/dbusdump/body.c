// SPDX-License-Identifier: GPL-2.0-or-later
#include "body.h"

#include "wire/fields.h"

#include "line.h"
#include "value.h"

#define WIDTH		88	/* columns that a value may take on one line */
#define INDENT		2
#define HEX_COLUMNS	16

static void put_indent(struct out *o, size_t n)
{
	memset(out_room(o, n), ' ', n);
	o->len += n;
}

/* --- the record's details ------------------------------------------------- */

static void put_flags(struct out *o, uint8_t flags)
{
	static const char *const name[] = {
		"no-reply-expected",
		"no-auto-start",
		"allow-interactive-authorization",
	};
	size_t i;

	for (i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		if (flags & 1u << i)
			out_printf(o, ", %s", name[i]);
	flags &= (uint8_t)~((1u << i) - 1);
	if (flags)
		out_printf(o, ", flags %#x", flags);
}

static void put_process(struct out *o, const struct sight *s)
{
	const struct tap_header *t = &s->rec->tap;

	if (!t->pid)
		return;
	out_printf(o, "; from pid %u", t->pid);
	if (t->comm.len) {
		out_mem(o, " (", 2);
		out_text(o, t->comm.s, t->comm.len, 0, 0);
		out_char(o, ')');
	}
	if (t->uid != ~0u)
		out_printf(o, " uid %u", t->uid);
}

static void put_fate(struct out *o, const struct tap_header *t)
{
	const char *verdict = record_verdict_name(t->verdict);
	const char *reason = record_reason_name(t->reason);

	out_printf(o, "; %s", verdict ? verdict : "verdict not known");
	if (t->n_recipients > 1)
		out_printf(o, " to %u", t->n_recipients);
	if (t->reason && reason)
		out_printf(o, " (%s)", reason);
	if (t->flags & DBUSMON_F_DRIVER)
		out_str(o, ", answered by the kernel");
	if (t->flags & DBUSMON_F_OBSERVED)
		out_str(o, ", observed");
}

static void put_details(struct out *o, const struct sight *s)
{
	const struct record *rec = s->rec;
	const struct wire_msg *m = &rec->m;

	put_indent(o, INDENT);
	out_printf(o, "serial %u", m->serial);
	if (m->reply_serial)
		out_printf(o, ", reply to %u", m->reply_serial);
	put_flags(o, m->flags);
	out_printf(o, ", %u octets%s", rec->length,
		   m->big ? ", big-endian" : "");
	if (rec->have < rec->length)
		out_printf(o, " (%u captured)", rec->have);
	if (m->len && rec->length > m->len)
		out_printf(o, " (%u behind the message)", rec->length - m->len);
	if (rec->has_tap) {
		out_printf(o, ", seq %llu", (unsigned long long)rec->tap.seq);
		put_process(o, s);
		put_fate(o, &rec->tap);
	}
	if (rec->comment.s) {
		out_str(o, "; comment ");
		out_quoted(o, rec->comment.s, rec->comment.len, 0);
	}
	out_char(o, '\n');
}

/* who is behind a unique name, on a line of its own */
static void put_who(struct out *o, const char *end, const struct bus *bus,
		    struct wire_str who)
{
	const struct peer *p;
	size_t mark = o->len, known;

	if (who.s && !is_unique(who)) {
		p = names_owner(&bus->names, who);
		who.s = p ? p->id : NULL;
		who.len = p ? p->len : 0;
	}
	if (!who.s)
		return;
	o->hold = true;
	put_indent(o, INDENT);
	out_printf(o, "%s ", end);
	out_mem(o, who.s, who.len);
	out_char(o, ' ');
	known = o->len;
	line_who(o, bus, who);
	if (o->len > known)
		out_char(o, '\n');
	else
		o->len = mark;
	o->hold = false;
}

/* --- the arguments -------------------------------------------------------- */

static enum value_result put_value(struct out *o, struct wire_iter *it,
				   struct wire_value *v, size_t column,
				   size_t indent);

/* Try to put the value on the rest of the line; if it doesn't fit there,
 * nothing is changed. */
static enum value_result put_inline(struct out *o, struct wire_iter *it,
				    struct wire_value *v, size_t column)
{
	struct value_style style = { 0, 0, true };
	struct wire_value start = *v;
	struct wire_iter again = *it;
	size_t mark = o->len;
	enum value_result result;

	style.limit = mark + (column < WIDTH - 20 ? WIDTH - column : 20);
	o->hold = true;
	result = value_one(o, it, v, &style);
	if (result == VALUE_OK && o->len > style.limit)
		result = VALUE_FULL;
	o->hold = false;
	if (result == VALUE_OK)
		return VALUE_OK;
	o->len = mark;
	*it = again;
	*v = start;
	return VALUE_FULL;
}

static enum value_result put_bytes(struct out *o, struct wire_iter *it,
				   struct wire_value *v, size_t indent)
{
	struct wire_str bytes = value_bytes(it->m, v);

	if (wire_skip(it, v) == WIRE_BAD)
		return VALUE_BAD;
	out_printf(o, "[%u octets\n", bytes.len);
	body_hex_lines(o, (const uint8_t *)bytes.s, bytes.len, indent + INDENT,
		       true);
	put_indent(o, indent);
	out_char(o, ']');
	return VALUE_OK;
}

/* the key and value of a dict entry, behind its opening */
static enum value_result put_entry(struct out *o, struct wire_iter *it,
				   struct wire_value *v, size_t indent)
{
	static const struct value_style plain = { 0, 0, true };
	enum value_result result;
	size_t mark = o->len;

	if (wire_next(it, v) == WIRE_BAD)
		return VALUE_BAD;
	out_paint(o, OUT_BOLD);
	value_checked(o, it->m, v, &plain);
	out_paint(o, OUT_PLAIN);
	out_mem(o, ": ", 2);
	if (wire_next(it, v) == WIRE_BAD)
		return VALUE_BAD;
	result = put_value(o, it, v, indent + (o->len - mark), indent);
	if (result != VALUE_OK)
		return result;
	return wire_next(it, v) == WIRE_BAD ? VALUE_BAD : VALUE_OK;
}

/* the elements of an array or members of a struct, a line each */
static enum value_result put_elements(struct out *o, struct wire_iter *it,
				      struct wire_value *v, size_t indent)
{
	enum value_result result;
	enum wire_event ev;

	out_char(o, '\n');
	while ((ev = wire_next(it, v)) != WIRE_CLOSE) {
		if (ev == WIRE_BAD)
			return VALUE_BAD;
		put_indent(o, indent + INDENT);
		if (v->type == '{')
			result = put_entry(o, it, v, indent + INDENT);
		else
			result = put_value(o, it, v, indent + INDENT,
					   indent + INDENT);
		if (result != VALUE_OK)
			return result;
		out_char(o, '\n');
	}
	put_indent(o, indent);
	return VALUE_OK;
}

/*
 * One value whose first event @v is, beginning in column @column of a line that
 * begins in column @indent. Nested as deep as the specification allows at most.
 */
static enum value_result put_value(struct out *o, struct wire_iter *it,
				   struct wire_value *v, size_t column,
				   size_t indent)
{
	static const struct value_style plain = { 0, 0, true };
	enum value_result result;
	bool dict;

	if (v->type != 'a' && v->type != '(' && v->type != 'v') {
		value_checked(o, it->m, v, &plain);
		return VALUE_OK;
	}
	if (put_inline(o, it, v, column) == VALUE_OK)
		return VALUE_OK;
	if (v->type == 'v') {
		out_mem(o, v->sig.s, v->sig.len);
		out_char(o, ' ');
		column += v->sig.len + 1;
		if (wire_next(it, v) == WIRE_BAD)
			return VALUE_BAD;
		result = put_value(o, it, v, column, indent);
		if (result != VALUE_OK)
			return result;
		return wire_next(it, v) == WIRE_BAD ? VALUE_BAD : VALUE_OK;
	}
	if (value_is_bytes(v))
		return put_bytes(o, it, v, indent);
	dict = v->type == 'a' && v->sig.s[0] == '{';
	out_char(o, v->type == '(' ? '(' : dict ? '{' : '[');
	result = put_elements(o, it, v, indent);
	if (result == VALUE_OK)
		out_char(o, v->type == '(' ? ')' : dict ? '}' : ']');
	return result;
}

/* each argument on a line of its own, behind its type */
static void put_args(struct out *o, const struct record *rec)
{
	const char *sig = rec->m.signature.s;
	struct wire_iter it;
	struct wire_value v;
	enum wire_event ev;

	wire_iter_init(&it, &rec->m);
	while ((ev = wire_next(&it, &v)) != WIRE_DONE) {
		enum value_result result = VALUE_BAD;
		size_t len;

		put_indent(o, INDENT);
		if (ev != WIRE_BAD) {
			len = wire_type_len(sig);
			out_paint(o, OUT_DIM);
			out_mem(o, sig, len);
			out_paint(o, OUT_PLAIN);
			out_char(o, ' ');
			sig += len;
			result = put_value(o, &it, &v, INDENT + len + 1,
					   INDENT);
		}
		if (result == VALUE_BAD) {
			if (ev != WIRE_BAD)
				out_char(o, ' ');
			value_fault(o, rec, v.status, v.off);
		}
		out_char(o, '\n');
		if (result != VALUE_OK)
			return;
	}
}

/* every header field as it stands there, also those that nobody knows */
static void put_fields(struct out *o, const struct record *rec)
{
	static const char *const name[] = {
		"0", "PATH", "INTERFACE", "MEMBER", "ERROR_NAME",
		"REPLY_SERIAL", "DESTINATION", "SENDER", "SIGNATURE",
		"UNIX_FDS",
	};
	static const struct value_style plain = { 0, 0, true };
	struct wire_field_at f = { 0 };
	struct wire_value v;

	while (wire_field_next(&rec->m, &f)) {
		put_indent(o, INDENT);
		if (f.code < sizeof(name) / sizeof(name[0]))
			out_printf(o, "field %s ", name[f.code]);
		else
			out_printf(o, "field %u ", f.code);
		out_mem(o, f.sig.s, f.sig.len);
		out_char(o, ' ');
		wire_next(&f.value, &v);
		o->hold = true;
		value_one(o, &f.value, &v, &plain);
		o->hold = false;
		out_char(o, '\n');
	}
}

void body_print(struct out *o, const struct sight *s, bool fields)
{
	const struct record *rec = s->rec;

	if (rec->what != RECORD_MESSAGE)
		return;
	put_details(o, s);
	put_who(o, "from", s->bus, rec->m.sender);
	put_who(o, "to", s->bus, rec->m.destination);
	if (fields)
		put_fields(o, rec);
	if (record_has_header(rec) && rec->m.signature.len)
		put_args(o, rec);
}

/* --- octets --------------------------------------------------------------- */

void body_hex_lines(struct out *o, const uint8_t *p, size_t n, size_t indent,
		    bool ascii)
{
	static const char hex[] = "0123456789abcdef";
	size_t at, i;

	for (at = 0; at < n; at += HEX_COLUMNS) {
		size_t k = n - at < HEX_COLUMNS ? n - at : HEX_COLUMNS;

		put_indent(o, indent);
		out_printf(o, "0x%04zx:  ", at);
		for (i = 0; i < HEX_COLUMNS; i++) {
			if (i >= k && !ascii)
				break;
			out_char(o, i < k ? hex[p[at + i] >> 4] : ' ');
			out_char(o, i < k ? hex[p[at + i] & 15] : ' ');
			if (i % 2)
				out_char(o, ' ');
		}
		if (ascii) {
			out_char(o, ' ');
			for (i = 0; i < k; i++)
				out_char(o, p[at + i] >= 0x20 &&
					    p[at + i] < 0x7f ?
						(char)p[at + i] : '.');
		} else if (o->buf[o->len - 1] == ' ') {
			o->len--;
		}
		out_char(o, '\n');
	}
}

void body_hex(struct out *o, const struct record *rec, bool ascii, bool header)
{
	if (header && rec->has_tap && rec->what != RECORD_TORN) {
		out_str(o, "        record header\n");
		body_hex_lines(o, rec->tap_data, rec->tap.hdr_len, 8, ascii);
		out_str(o, "        message\n");
	}
	body_hex_lines(o, rec->data, rec->have, 8, ascii);
}
