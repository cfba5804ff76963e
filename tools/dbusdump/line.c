// SPDX-License-Identifier: GPL-2.0-or-later
#include "line.h"

#include <stdio.h>

#include "body.h"
#include "value.h"

/* columns that arguments may take before they are cut short */
#define ARGS_WIDTH 160

const char *line_kind(uint8_t type)
{
	static const char *const name[] = {
		[WIRE_METHOD_CALL] = "call",
		[WIRE_METHOD_RETURN] = "reply",
		[WIRE_ERROR] = "error",
		[WIRE_SIGNAL] = "signal",
	};

	return type < sizeof(name) / sizeof(name[0]) ? name[type] : NULL;
}

/*
 * Names that are valid hold no octet that could do harm: those of a header were
 * checked by wire_parse(), those learnt by names_learn().
 */
static void put_peer_names(struct out *o, const struct peer *p,
			   struct wire_str who, bool both)
{
	if (p && p->names) {
		out_mem(o, p->names->text, p->names->len);
		if (both) {
			out_char(o, '(');
			out_mem(o, who.s, who.len);
			out_char(o, ')');
		}
		return;
	}
	out_mem(o, who.s, who.len);
	if (p && p->comm[0]) {
		out_char(o, '(');
		out_word(o, p->comm, strlen(p->comm));
		out_char(o, ')');
	}
}

void line_peer(struct out *o, const struct bus *bus, struct wire_str who,
	       bool numeric, bool both)
{
	const struct peer *p;

	if (numeric) {
		out_mem(o, who.s, who.len);
		return;
	}
	if (is_unique(who)) {
		put_peer_names(o, names_peer(&bus->names, who), who, both);
		return;
	}
	out_mem(o, who.s, who.len);
	p = both ? names_owner(&bus->names, who) : NULL;
	if (p) {
		out_char(o, '(');
		out_mem(o, p->id, p->len);
		out_char(o, ')');
	}
}

void line_who(struct out *o, const struct bus *bus, struct wire_str unique)
{
	const struct peer *p = names_peer(&bus->names, unique);
	const struct name *n;
	const char *between = "";

	for (n = p ? p->names : NULL; n; n = n->next, between = " ") {
		out_str(o, between);
		out_mem(o, n->text, n->len);
	}
	if (!p || !(p->pid || p->comm[0]))
		return;
	out_str(o, between);
	out_char(o, '[');
	out_word(o, p->comm, strlen(p->comm));
	if (p->pid)
		out_printf(o, p->comm[0] ? " %u" : "pid %u", p->pid);
	out_char(o, ']');
}

void line_peer_key(struct out *o, const struct bus *bus, struct wire_str *who)
{
	const struct peer *p = is_unique(*who) ? NULL :
						 names_owner(&bus->names, *who);

	if (p) {
		who->s = p->id;
		who->len = p->len;
	}
	if (bus->label[0]) {
		out_str(o, bus->label);
		out_char(o, ' ');
	}
	out_mem(o, who->s, who->len);
}

static void put_kind(struct out *o, const char *kind, enum out_colour colour)
{
	static const char blanks[] = "       ";
	size_t n = strlen(kind), width = strlen("signal");

	out_paint(o, colour);
	out_mem(o, kind, n);
	out_paint(o, OUT_PLAIN);
	out_mem(o, blanks, n < width ? width - n + 1 : 1);
}

static enum out_colour kind_colour(uint8_t type)
{
	switch (type) {
	case WIRE_METHOD_CALL:
		return OUT_CYAN;
	case WIRE_METHOD_RETURN:
		return OUT_BLUE;
	case WIRE_ERROR:
		return OUT_RED;
	case WIRE_SIGNAL:
		return OUT_GREEN;
	default:
		return OUT_MAGENTA;
	}
}

static void put_message_kind(struct out *o, const struct record *rec)
{
	static const char known[][8] = {
		[WIRE_METHOD_CALL] = "call   ",
		[WIRE_METHOD_RETURN] = "reply  ",
		[WIRE_ERROR] = "error  ",
		[WIRE_SIGNAL] = "signal ",
	};
	const char *kind = line_kind(rec->m.type);
	char number[16];

	if (!record_has_header(rec)) {
		put_kind(o, record_is_cut(rec) ? "cut" : "bad", OUT_YELLOW);
		return;
	}
	if (kind && !o->colour) {
		out_mem(o, known[rec->m.type], 7);
		return;
	}
	if (!kind) {
		snprintf(number, sizeof(number), "type%u", rec->m.type);
		kind = number;
	}
	put_kind(o, kind, kind_colour(rec->m.type));
}

static void put_ends(struct out *o, const struct line_style *style,
		     const struct sight *s)
{
	const struct wire_msg *m = &s->rec->m;
	bool both = style->verbose && !style->numeric;

	if (m->sender.s)
		line_peer(o, s->bus, m->sender, style->numeric, both);
	else
		out_char(o, '-');
	out_str(o, " → ");
	if (m->destination.s)
		line_peer(o, s->bus, m->destination, style->numeric, both);
	else
		out_char(o, m->type == WIRE_SIGNAL ? '*' : '-');
	out_char(o, ' ');
}

/* path, interface and member: of a reply, those of its call */
static void put_what(struct out *o, const struct line_style *style,
		     const struct sight *s)
{
	const struct wire_msg *m = &s->rec->m;
	bool answer = m->type == WIRE_METHOD_RETURN || m->type == WIRE_ERROR;
	struct wire_str path = m->path, interface = m->interface;
	struct wire_str member = m->member;

	if (answer && s->call) {
		path = s->call->path;
		interface = s->call->interface;
		member = s->call->member;
	}
	if (!style->quiet) {
		if (path.s)
			out_mem(o, path.s, path.len);
		else
			out_char(o, '-');
		out_char(o, ' ');
	}
	if (interface.s) {
		out_mem(o, interface.s, interface.len);
		out_char(o, '.');
	}
	out_paint(o, OUT_BOLD);
	if (member.s) {
		out_mem(o, member.s, member.len);
	} else {
		out_char(o, '#');
		out_u64(o, answer ? m->reply_serial : m->serial);
	}
	out_paint(o, OUT_PLAIN);
}

/* PropertiesChanged: "interface: Name=value, !Invalidated" */
static enum value_result put_changes(struct out *o, const struct record *rec,
				     struct wire_iter *it, struct wire_value *v,
				     const struct value_style *style)
{
	const char *between = ": ";
	enum value_result result;

	while (wire_next(it, v) == WIRE_OPEN) {		/* a dict entry */
		if (wire_next(it, v) != WIRE_VALUE)
			return VALUE_BAD;
		out_str(o, between);
		between = ", ";
		out_text(o, v->str.s, v->str.len, 0, style->string_max);
		out_char(o, '=');
		if (wire_next(it, v) != WIRE_OPEN)
			return VALUE_BAD;
		result = value_one(o, it, v, style);
		if (result != VALUE_OK)
			return result;
		if (wire_next(it, v) != WIRE_CLOSE)
			return VALUE_BAD;
	}
	if (v->type != 'a')				/* its end */
		return VALUE_BAD;
	if (wire_next(it, v) != WIRE_OPEN)
		return VALUE_BAD;
	while (wire_next(it, v) == WIRE_VALUE) {
		out_str(o, between);
		if (o->len > style->limit) {
			out_str(o, "…");
			return VALUE_FULL;
		}
		between = ", ";
		out_char(o, '!');
		out_text(o, v->str.s, v->str.len, 0, style->string_max);
	}
	return v->type == 'a' ? VALUE_OK : VALUE_BAD;
}

static void put_properties(struct out *o, const struct record *rec,
			   size_t width)
{
	struct value_style style = { o->len + width, 60, false };
	struct wire_iter it;
	struct wire_value v;
	enum value_result result = VALUE_BAD;

	wire_iter_init(&it, &rec->m);
	if (wire_next(&it, &v) == WIRE_VALUE) {
		out_text(o, v.str.s, v.str.len, 0, 0);
		if (wire_next(&it, &v) == WIRE_OPEN)
			result = put_changes(o, rec, &it, &v, &style);
	}
	if (result == VALUE_BAD) {
		out_char(o, ' ');
		value_fault(o, rec, v.status, v.off);
	}
}

void line_args(struct out *o, const struct record *rec, size_t width)
{
	const struct wire_msg *m = &rec->m;

	if (m->type == WIRE_SIGNAL && wire_str_is(m->member, "PropertiesChanged") &&
	    wire_str_is(m->interface, "org.freedesktop.DBus.Properties") &&
	    wire_str_is(m->signature, "sa{sv}as"))
		put_properties(o, rec, width);
	else
		value_args(o, rec, width);
}

static void put_args(struct out *o, const struct sight *s)
{
	const struct wire_msg *m = &s->rec->m;

	switch (m->type) {
	case WIRE_METHOD_RETURN:
		if (m->signature.len) {
			out_mem(o, " = ", 3);
			line_args(o, s->rec, ARGS_WIDTH);
		}
		break;
	case WIRE_ERROR:
		out_char(o, ' ');
		out_paint(o, OUT_RED);
		out_mem(o, m->error_name.s, m->error_name.len);
		out_paint(o, OUT_PLAIN);
		if (m->signature.len) {
			out_char(o, ' ');
			line_args(o, s->rec, ARGS_WIDTH);
		}
		break;
	default:
		out_char(o, '(');
		line_args(o, s->rec, ARGS_WIDTH);
		out_char(o, ')');
		break;
	}
}

/* why it was not simply delivered */
static void put_verdict(struct out *o, const struct record *rec)
{
	const char *verdict = record_verdict_name(rec->tap.verdict);
	const char *reason = record_reason_text(rec->tap.reason);

	out_mem(o, " [", 2);
	out_paint(o, rec->tap.verdict == DBUSMON_QUEUED ? OUT_YELLOW : OUT_RED);
	if (verdict)
		out_str(o, verdict);
	else
		out_printf(o, "verdict %u", rec->tap.verdict);
	out_paint(o, OUT_PLAIN);
	if (rec->tap.reason) {
		out_mem(o, ": ", 2);
		if (reason)
			out_str(o, reason);
		else
			out_printf(o, "reason %u", rec->tap.reason);
	}
	if (rec->tap.rule)
		out_printf(o, ", rule %u", rec->tap.rule);
	if (rec->rule_where) {
		out_mem(o, " (", 2);
		out_word(o, rec->rule_where, strlen(rec->rule_where));
		out_char(o, ')');
	}
	out_char(o, ']');
}

/* what is remarkable: behind everything else, between brackets */
static void put_remarks(struct out *o, const struct sight *s)
{
	const struct record *rec = s->rec;

	if (rec->m.unix_fds && record_has_header(rec))
		out_printf(o, rec->m.unix_fds == 1 ? " [%u fd]" : " [%u fds]",
			   rec->m.unix_fds);
	if (s->call) {
		out_mem(o, " [", 2);
		out_paint(o, OUT_DIM);
		stamp_elapsed(o, (int64_t)(rec->time - s->call->time));
		out_paint(o, OUT_PLAIN);
		out_char(o, ']');
	}
	if (record_is_marked(rec))
		put_verdict(o, rec);
	if (record_is_cut(rec) && record_has_header(rec) &&
	    !rec->m.signature.len) {
		out_char(o, ' ');
		value_fault(o, rec, WIRE_E_SHORT, 0);
	}
}

static void put_message(struct out *o, struct line_style *style,
			const struct sight *s)
{
	const struct record *rec = s->rec;

	put_message_kind(o, rec);
	put_ends(o, style, s);
	if (record_has_header(rec)) {
		put_what(o, style, s);
		if (!style->quiet && !style->verbose)
			put_args(o, s);
		else if (rec->m.type == WIRE_ERROR) {
			out_char(o, ' ');
			out_paint(o, OUT_RED);
			out_mem(o, rec->m.error_name.s, rec->m.error_name.len);
			out_paint(o, OUT_PLAIN);
		}
	} else {
		value_fault(o, rec, rec->status, rec->m.bad_at);
	}
	put_remarks(o, s);
}

static void put_tap_id(struct out *o, uint64_t id)
{
	if (id == DBUSMON_ID_NONE)
		out_char(o, '-');
	else if (id == DBUSMON_ID_BUS)
		out_str(o, DRIVER_NAME);
	else
		out_printf(o, ":1.%llu", (unsigned long long)id);
}

static void put_lost(struct out *o, uint64_t n)
{
	put_kind(o, "lost", OUT_YELLOW);
	out_u64(o, n);
	out_str(o, n == 1 ? " message" : " messages");
}

/* The packet ends inside the record header: nobody knows what it held. */
static void put_torn(struct out *o, const struct record *rec)
{
	put_kind(o, "cut", OUT_YELLOW);
	out_paint(o, OUT_YELLOW);
	out_printf(o, "[cut inside the record header: %u of %u octets]",
		   rec->tap.hdr_len, rec->length);
	out_paint(o, OUT_PLAIN);
}

/* what the tap reports beside messages */
static void put_event(struct out *o, const struct sight *s)
{
	const struct record *rec = s->rec;
	const struct tap_header *t = &rec->tap;
	const char *kind = record_kind_name(t->kind);
	char number[16];

	if (t->kind == DBUSMON_KIND_LOSS) {
		put_lost(o, t->lost);
		return;
	}
	if (!kind) {
		snprintf(number, sizeof(number), "kind%u", t->kind);
		kind = number;
	}
	put_kind(o, kind, OUT_MAGENTA);
	put_tap_id(o, t->sender);
	if (t->comm.len) {
		out_char(o, '(');
		out_word(o, t->comm.s, t->comm.len);
		out_char(o, ')');
	}
	out_str(o, " → ");
	put_tap_id(o, t->receiver);
	if (rec->have) {
		out_char(o, ' ');
		out_quoted(o, (const char *)rec->data, rec->have, ARGS_WIDTH);
	}
	if (rec->have < rec->length) {
		out_char(o, ' ');
		value_fault(o, rec, WIRE_E_SHORT, 0);
	}
}

static void put_label(struct out *o, const struct line_style *style,
		      const struct bus *bus)
{
	if (!bus->label[0] || style->quiet)
		return;
	out_paint(o, OUT_MAGENTA);
	out_word(o, bus->label, strlen(bus->label));
	out_paint(o, OUT_PLAIN);
	out_char(o, ' ');
}

static void put_front(struct out *o, struct line_style *style,
		      const struct sight *s)
{
	if (style->number) {
		out_u64(o, s->number);
		out_mem(o, "  ", 2);
	}
	stamp_put(o, &style->stamp, s->rec->time);
	put_label(o, style, s->bus);
}

void line_waiting(struct out *o, struct line_style *style,
		  const struct bus *bus, const struct call *call, uint64_t now)
{
	stamp_put(o, &style->stamp, call->time);
	put_label(o, style, bus);
	put_kind(o, "silent", OUT_RED);
	if (call->caller.len)
		line_peer(o, bus, call->caller, style->numeric, false);
	else
		out_char(o, '-');
	out_str(o, " → ");
	if (call->destination.s)
		line_peer(o, bus, call->destination, style->numeric, false);
	else
		out_char(o, '-');
	out_char(o, ' ');
	if (call->path.s && !style->quiet) {
		out_mem(o, call->path.s, call->path.len);
		out_char(o, ' ');
	}
	if (call->interface.s) {
		out_mem(o, call->interface.s, call->interface.len);
		out_char(o, '.');
	}
	if (call->member.s)
		out_mem(o, call->member.s, call->member.len);
	out_str(o, " [no reply in ");
	stamp_elapsed(o, (int64_t)(now - call->time));
	out_mem(o, "]\n", 2);
	out_settle(o);
}

void line_print(struct out *o, struct line_style *style, const struct sight *s)
{
	const struct record *rec = s->rec;

	o->hold = true;		/* ->len is compared with limits */
	if (s->missing) {
		put_front(o, style, s);
		put_lost(o, s->missing);
		out_char(o, '\n');
	}
	put_front(o, style, s);
	if (rec->what == RECORD_EVENT)
		put_event(o, s);
	else if (rec->what == RECORD_TORN)
		put_torn(o, rec);
	else
		put_message(o, style, s);
	out_char(o, '\n');
	o->hold = false;
	if (style->verbose)
		body_print(o, s, style->verbose > 1);
	if (style->hex != LINE_HEX_NONE)
		body_hex(o, rec, style->hex == LINE_HEX_ASCII,
			 style->hex_header);
	out_settle(o);
}
