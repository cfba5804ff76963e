// SPDX-License-Identifier: GPL-2.0-or-later
#include "json.h"

#include <math.h>

#include "wire/fields.h"
#include "wire/iter.h"

#define NSEC_PER_SEC 1000000000ull

static void put_escaped(struct out *o, uint32_t c)
{
	if (c >= 0x10000) {
		c -= 0x10000;
		out_printf(o, "\\u%04x\\u%04x", 0xd800 + (c >> 10),
			   0xdc00 + (c & 0x3ff));
	} else {
		out_printf(o, "\\u%04x", c);
	}
}

/*
 * A string. Beyond what JSON asks, everything outside ASCII that is not a
 * plain letter to a terminal is escaped, and what is not UTF-8 (it can't be in
 * a valid message) becomes U+FFFD.
 */
static void put_string(struct out *o, const char *s, size_t n)
{
	size_t i = 0;

	out_char(o, '"');
	while (i < n) {
		size_t run = i;
		unsigned int len;
		uint32_t c;

		while (run < n && s[run] >= 0x20 && s[run] < 0x7f &&
		       s[run] != '"' && s[run] != '\\')
			run++;
		out_mem(o, s + i, run - i);
		i = run;
		if (i == n)
			break;
		len = utf8_decode(s + i, n - i, &c);
		if (!len) {
			c = 0xfffd;
			len = 1;
		}
		if (c == '"' || c == '\\') {
			out_char(o, '\\');
			out_char(o, (char)c);
		} else if (c == '\n') {
			out_mem(o, "\\n", 2);
		} else if (out_is_harmful(c) || c == 0xfffd) {
			put_escaped(o, c);
		} else {
			out_mem(o, s + i, len);
		}
		i += len;
	}
	out_char(o, '"');
}

static void put_key(struct out *o, const char *key)
{
	char last = o->buf[o->len - 1];

	if (last != '{')
		out_char(o, ',');
	out_char(o, '"');
	out_str(o, key);
	out_mem(o, "\":", 2);
}

static void put_text(struct out *o, const char *key, const char *s)
{
	put_key(o, key);
	put_string(o, s, strlen(s));
}

static void put_str(struct out *o, const char *key, struct wire_str s)
{
	if (!s.s)
		return;
	put_key(o, key);
	put_string(o, s.s, s.len);
}

static void put_number(struct out *o, const char *key, uint64_t v)
{
	put_key(o, key);
	out_u64(o, v);
}

/* seconds, as a number with nine digits behind the point */
static void put_seconds(struct out *o, const char *key, int64_t ns)
{
	uint64_t v = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

	put_key(o, key);
	if (ns < 0)
		out_char(o, '-');
	out_u64(o, v / NSEC_PER_SEC);
	out_char(o, '.');
	out_padded(o, v % NSEC_PER_SEC, 9);
}

/* --- arguments ------------------------------------------------------------ */

static bool is_finite(uint64_t bits)
{
	return (bits >> 52 & 0x7ff) != 0x7ff;
}

/* JSON has no infinities: they, and what is no number, become strings. */
static void put_double(struct out *o, uint64_t bits)
{
	double d;

	memcpy(&d, &bits, sizeof(d));
	if (bits == 0x7ff8000000000000ull)
		out_str(o, "\"NaN\"");
	else if (isnan(d))
		out_printf(o, "\"NaN:%016llx\"", (unsigned long long)bits);
	else if (isinf(d))
		out_str(o, d < 0 ? "\"-Infinity\"" : "\"Infinity\"");
	else
		out_double(o, bits);
}

static void put_basic(struct out *o, const struct wire_value *v, bool key)
{
	/* the keys of a JSON object are strings; and so are numbers that
	 * others would round */
	bool bare = v->type == 'x' || v->type == 't' ||
		    (key && v->type != 's' && v->type != 'o' &&
		     v->type != 'g' && !(v->type == 'd' && !is_finite(v->u)));

	if (bare)
		out_char(o, '"');
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
		put_double(o, v->u);
		break;
	case 's':
	case 'o':
	case 'g':
		put_string(o, v->str.s, v->str.len);
		break;
	default:
		out_u64(o, v->u);
		break;
	}
	if (bare)
		out_char(o, '"');
}

struct level {
	char type;
	bool dict;
	uint32_t count;
};

static void put_open(struct out *o, const struct wire_value *v,
		     struct level *l)
{
	l->type = v->type;
	l->dict = v->type == 'a' && v->sig.s[0] == '{';
	l->count = 0;
	switch (v->type) {
	case 'a':
		out_char(o, l->dict ? '{' : '[');
		break;
	case '(':
		out_char(o, '[');
		break;
	case 'v':
		out_mem(o, "{\"type\":", 8);
		put_string(o, v->sig.s, v->sig.len);
		out_mem(o, ",\"value\":", 9);
		break;
	}
}

static void put_close(struct out *o, const struct level *l)
{
	if (l->type == 'a')
		out_char(o, l->dict ? '}' : ']');
	else if (l->type == '(')
		out_char(o, ']');
	else if (l->type == 'v')
		out_char(o, '}');
}

/* One whole value; false if it is cut or not valid. */
static bool put_value(struct out *o, struct wire_iter *it, struct wire_value *v,
		      enum wire_event ev)
{
	struct level level[WIRE_DEPTH_TOTAL + 2];
	unsigned int depth = 0;

	for (;; ev = wire_next(it, v)) {
		struct level *in = depth ? &level[depth - 1] : NULL;

		if (ev == WIRE_CLOSE) {
			put_close(o, in);
			depth--;
		} else if (ev == WIRE_OPEN || ev == WIRE_VALUE) {
			if (in && in->count++)
				out_char(o, in->type == '{' ? ':' : ',');
			if (ev == WIRE_OPEN)
				put_open(o, v, &level[depth++]);
			else
				put_basic(o, v, in && in->type == '{' &&
					  in->count == 1);
		} else {
			return false;
		}
		if (!depth)
			return true;
	}
}

/*
 * The header fields in their order, so that the same octets can be made of it:
 * by name, their values being told elsewhere; those of later specifications with
 * code and value.
 */
static void put_fields(struct out *o, const struct wire_msg *m)
{
	static const char *const name[] = {
		[WIRE_F_PATH] = "path", [WIRE_F_INTERFACE] = "interface",
		[WIRE_F_MEMBER] = "member",
		[WIRE_F_ERROR_NAME] = "error_name",
		[WIRE_F_REPLY_SERIAL] = "reply_serial",
		[WIRE_F_DESTINATION] = "destination",
		[WIRE_F_SENDER] = "sender", [WIRE_F_SIGNATURE] = "signature",
		[WIRE_F_UNIX_FDS] = "unix_fds",
	};
	struct wire_field_at f = { 0 };
	struct wire_value v;
	bool first = true;

	put_key(o, "fields");
	out_char(o, '[');
	while (wire_field_next(m, &f)) {
		if (!first)
			out_char(o, ',');
		first = false;
		if (f.code < sizeof(name) / sizeof(name[0])) {
			out_printf(o, "\"%s\"", name[f.code]);
			continue;
		}
		out_printf(o, "{\"code\":%u,\"field\":{\"type\":", f.code);
		put_string(o, f.sig.s, f.sig.len);
		out_str(o, ",\"value\":");
		put_value(o, &f.value, &v, wire_next(&f.value, &v));
		out_str(o, "}}");
	}
	out_char(o, ']');
}

/* Those that are whole; what comes behind is said in "malformed". Returns false
 * if there is such. */
static bool put_args(struct out *o, const struct record *rec)
{
	const char *sig = rec->m.signature.s;
	enum wire_status status = WIRE_OK;
	struct wire_msg m = rec->m;
	struct wire_iter it;
	struct wire_value v;
	enum wire_event ev;
	bool first = true;

	put_key(o, "args");
	out_char(o, '[');
	wire_iter_init(&it, &rec->m);
	while ((ev = wire_next(&it, &v)) != WIRE_DONE) {
		size_t mark = o->len, len;

		if (ev == WIRE_BAD) {
			status = v.status;
			break;
		}
		len = wire_type_len(sig);
		out_str(o, first ? "{\"type\":" : ",{\"type\":");
		first = false;
		put_string(o, sig, len);
		out_mem(o, ",\"value\":", 9);
		if (!put_value(o, &it, &v, ev)) {
			o->len = mark;
			status = v.status;
			break;
		}
		out_char(o, '}');
		sig += len;
	}
	out_char(o, ']');
	/* the walk takes any index of a descriptor */
	if (status == WIRE_OK)
		status = wire_validate_body(&m);
	if (status != WIRE_OK && status != WIRE_E_SHORT)
		put_text(o, "malformed", wire_strerror(status));
	return status == WIRE_OK;
}

/* --- the message and what is known about it ------------------------------- */

static void put_flags(struct out *o, uint8_t flags)
{
	static const char *const name[] = {
		"no_reply_expected",
		"no_auto_start",
		"allow_interactive_authorization",
	};
	bool first = true;
	unsigned int i;

	put_key(o, "flags");
	out_char(o, '[');
	for (i = 0; i < 8; i++) {
		if (!(flags & 1u << i))
			continue;
		if (!first)
			out_char(o, ',');
		first = false;
		if (i < sizeof(name) / sizeof(name[0]))
			out_printf(o, "\"%s\"", name[i]);
		else
			out_printf(o, "\"0x%02x\"", 1u << i);
	}
	out_char(o, ']');
}

static void put_names(struct out *o, const char *key, const struct bus *bus,
		      struct wire_str unique)
{
	const struct peer *p = unique.s ? names_peer(&bus->names, unique) :
					  NULL;
	const struct name *n = p ? p->names : NULL;

	if (!n)
		return;
	put_key(o, key);
	out_char(o, '[');
	for (; n; n = n->next) {
		put_string(o, n->text, n->len);
		out_char(o, n->next ? ',' : ']');
	}
}

static void put_call(struct out *o, const struct sight *s)
{
	put_key(o, "call");
	out_char(o, '{');
	put_str(o, "destination", s->call->destination);
	put_str(o, "path", s->call->path);
	put_str(o, "interface", s->call->interface);
	put_str(o, "member", s->call->member);
	put_seconds(o, "time", (int64_t)s->call->time);
	out_char(o, '}');
	put_seconds(o, "elapsed",
		    (int64_t)(s->rec->time - s->call->time));
}

/* false if this is not all that there is to say */
static bool put_message(struct out *o, const struct sight *s, bool numeric)
{
	bool all = false;
	const struct wire_msg *m = &s->rec->m;
	const char *type = record_type_name(m->type);

	if (type)
		put_text(o, "type", type);
	else
		put_number(o, "type", m->type);
	put_flags(o, m->flags);
	put_number(o, "serial", m->serial);
	if (m->reply_serial)
		put_number(o, "reply_serial", m->reply_serial);
	put_str(o, "sender", m->sender);
	if (!numeric)
		put_names(o, "sender_names", s->bus, m->sender);
	put_str(o, "destination", m->destination);
	if (!numeric)
		put_names(o, "destination_names", s->bus, m->destination);
	put_str(o, "path", m->path);
	put_str(o, "interface", m->interface);
	put_str(o, "member", m->member);
	put_str(o, "error_name", m->error_name);
	put_str(o, "signature", m->signature);
	if (m->unix_fds)
		put_number(o, "unix_fds", m->unix_fds);
	put_key(o, "endian");
	out_str(o, m->big ? "\"big\"" : "\"little\"");
	if (record_has_header(s->rec)) {
		put_fields(o, m);
		all = put_args(o, s->rec) && s->rec->have == m->len;
	}
	if (s->call)
		put_call(o, s);
	return all;
}

static void put_id(struct out *o, const char *key, uint64_t id)
{
	if (id == DBUSMON_ID_NONE)
		return;
	put_key(o, key);
	if (id == DBUSMON_ID_BUS)
		out_str(o, "\"" DRIVER_NAME "\"");
	else
		out_printf(o, "\":1.%llu\"", (unsigned long long)id);
}

static void put_named(struct out *o, const char *key, const char *name,
		      unsigned int number)
{
	if (name)
		put_text(o, key, name);
	else
		put_number(o, key, number);
}

/* what can't be said otherwise */
static void put_hex(struct out *o, const char *key, const void *data, size_t n)
{
	const uint8_t *p = data;
	size_t i;

	put_key(o, key);
	out_char(o, '"');
	for (i = 0; i < n; i++) {
		char *to = out_room(o, 2);

		to[0] = "0123456789abcdef"[p[i] >> 4];
		to[1] = "0123456789abcdef"[p[i] & 15];
		o->len += 2;
	}
	out_char(o, '"');
}

/*
 * Is a tap's record header no more than the keys say: of this version, without
 * attributes that came later, its bus named where it is shown by a name?
 */
static bool is_told(const struct record *rec, const char *label)
{
	const struct tap_header *t = &rec->tap;
	size_t name = t->bus_name.len;
	struct dbusmon_hdr h;
	const uint8_t *p;
	size_t i;

	memcpy(&h, rec->tap_data, sizeof(h));
	if (h.version != DBUSMON_VERSION || h.pad || t->time != rec->time ||
	    t->length != rec->length ||
	    t->flags & ~(uint32_t)(DBUSMON_F_OBSERVED | DBUSMON_F_DRIVER))
		return false;
	if (!t->pid && (t->uid != ~0u || t->comm.len))
		return false;
	for (i = t->comm.len; i < sizeof(h.comm); i++)
		if (h.comm[i])
			return false;
	if (name != strlen(label) || name > 255)
		return false;
	if (!name)
		return t->hdr_len == sizeof(h);
	p = rec->tap_data + sizeof(h) + sizeof(struct dbusmon_tlv);
	if ((const uint8_t *)t->bus_name.s != p ||
	    t->hdr_len != ((sizeof(h) + sizeof(struct dbusmon_tlv) + name + 7) & ~7ul))
		return false;
	for (p += name; p < rec->tap_data + t->hdr_len; p++)
		if (*p)
			return false;
	return true;
}

static void put_tap(struct out *o, const struct record *rec, const char *label)
{
	const struct tap_header *t = &rec->tap;

	put_number(o, "bus_number", t->bus);
	put_number(o, "seq", t->seq);
	put_named(o, "kind", record_kind_name(t->kind), t->kind);
	if (t->verdict)
		put_named(o, "verdict", record_verdict_name(t->verdict),
			  t->verdict);
	if (t->reason)
		put_named(o, "reason", record_reason_name(t->reason),
			  t->reason);
	if (t->rule)
		put_number(o, "rule", t->rule);
	if (t->pid) {
		put_number(o, "pid", t->pid);
		if (t->uid != ~0u)
			put_number(o, "uid", t->uid);
		put_str(o, "comm", t->comm);
		if (!wire_is_utf8(t->comm.s, t->comm.len))
			put_hex(o, "comm_octets", t->comm.s, t->comm.len);
	}
	put_id(o, "from", t->sender);
	put_id(o, "to", t->receiver);
	put_number(o, "recipients", t->n_recipients);
	if (t->n_fds)
		put_number(o, "fds", t->n_fds);
	if (t->lost)
		put_number(o, "lost", t->lost);
	put_key(o, "observed");
	out_str(o, t->flags & DBUSMON_F_OBSERVED ? "true" : "false");
	put_key(o, "driver");
	out_str(o, t->flags & DBUSMON_F_DRIVER ? "true" : "false");
	if (rec->what != RECORD_TORN && !is_told(rec, label))
		put_hex(o, "record_header", rec->tap_data, t->hdr_len);
}

void json_print(struct out *o, const struct sight *s, bool numeric)
{
	const struct record *rec = s->rec;
	bool all = false;

	o->hold = true;
	out_char(o, '{');
	put_seconds(o, "time", (int64_t)rec->time);
	put_number(o, "number", s->number);
	if (s->bus->label[0])
		put_text(o, "bus", s->bus->label);
	if (s->missing)
		put_number(o, "missing", s->missing);
	if (rec->has_tap)
		put_tap(o, rec, s->bus->label);
	if (rec->cooked.s) {
		put_text(o, "kind", record_kind_name(0));
		put_hex(o, "cooked_header", rec->cooked.s, rec->cooked.len);
	}
	if (rec->what == RECORD_TORN)
		put_number(o, "record_header_octets", rec->tap.hdr_len);
	if (rec->what == RECORD_MESSAGE)
		all = put_message(o, s, numeric);
	put_number(o, "length", rec->length);
	put_key(o, "truncated");
	out_str(o, rec->have < rec->length ? "true" : "false");
	if (rec->redacted)
		put_number(o, "redacted", rec->redacted);
	if (rec->what == RECORD_MESSAGE && !record_has_header(rec) &&
	    !record_is_cut(rec))
		put_text(o, "malformed", wire_strerror(rec->status));
	if (!all)
		put_hex(o, "octets", rec->data, rec->what == RECORD_TORN ?
					rec->tap.hdr_len : rec->have);
	put_str(o, "comment", rec->comment);
	out_mem(o, "}\n", 2);
	o->hold = false;
	out_settle(o);
}
