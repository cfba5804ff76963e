// SPDX-License-Identifier: GPL-2.0-or-later
#include "columns.h"

#include <stdio.h>

#include "line.h"
#include "value.h"

#define NSEC_PER_SEC 1000000000ull

enum field {
	F_TIME, F_NUMBER, F_BUS, F_TYPE, F_FLAGS, F_SERIAL, F_REPLY_SERIAL,
	F_SENDER, F_SENDER_NAMES, F_DESTINATION, F_DESTINATION_NAMES, F_PATH,
	F_INTERFACE, F_MEMBER, F_ERROR_NAME, F_SIGNATURE, F_UNIX_FDS, F_ARGS,
	F_LENGTH, F_ELAPSED, F_SEQ, F_VERDICT, F_REASON, F_RULE, F_PID, F_UID,
	F_COMM, F_RECIPIENTS, F_COUNT,
};

/* the keys of --json */
static const char *const names[] = {
	[F_TIME] = "time", [F_NUMBER] = "number", [F_BUS] = "bus",
	[F_TYPE] = "type", [F_FLAGS] = "flags", [F_SERIAL] = "serial",
	[F_REPLY_SERIAL] = "reply_serial", [F_SENDER] = "sender",
	[F_SENDER_NAMES] = "sender_names", [F_DESTINATION] = "destination",
	[F_DESTINATION_NAMES] = "destination_names", [F_PATH] = "path",
	[F_INTERFACE] = "interface", [F_MEMBER] = "member",
	[F_ERROR_NAME] = "error_name", [F_SIGNATURE] = "signature",
	[F_UNIX_FDS] = "unix_fds", [F_ARGS] = "args", [F_LENGTH] = "length",
	[F_ELAPSED] = "elapsed", [F_SEQ] = "seq", [F_VERDICT] = "verdict",
	[F_REASON] = "reason", [F_RULE] = "rule", [F_PID] = "pid",
	[F_UID] = "uid", [F_COMM] = "comm", [F_RECIPIENTS] = "recipients",
};

bool columns_parse(struct columns *c, const char *list)
{
	while (*list) {
		size_t len = strcspn(list, ",");
		unsigned int i;

		for (i = 0; i < F_COUNT; i++)
			if (strlen(names[i]) == len &&
			    !memcmp(names[i], list, len))
				break;
		if (i == F_COUNT || c->n == COLUMNS_MAX) {
			fprintf(stderr, "dbusdump: --fields: %s: '%.*s'\n  There "
				"are", i == F_COUNT ? "there is no field" :
				"too many", (int)len, list);
			for (i = 0; i < F_COUNT; i++)
				fprintf(stderr, " %s", names[i]);
			fputc('\n', stderr);
			return false;
		}
		c->field[c->n++] = (uint8_t)i;
		list += len;
		list += *list == ',';
	}
	return true;
}

static void put_str(struct out *o, struct wire_str s)
{
	if (s.s)
		out_text(o, s.s, s.len, 0, 0);
}

static void put_u64(struct out *o, bool known, uint64_t v)
{
	if (known)
		out_u64(o, v);
}

static void put_text(struct out *o, const char *text)
{
	if (text)
		out_str(o, text);
}

static void put_names(struct out *o, const struct bus *bus, struct wire_str who)
{
	const struct peer *p = who.s ? names_peer(&bus->names, who) : NULL;
	const struct name *n = p ? p->names : NULL;

	for (; n; n = n->next) {
		out_mem(o, n->text, n->len);
		if (n->next)
			out_char(o, ',');
	}
}

static void put_seconds(struct out *o, int64_t ns)
{
	uint64_t v = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

	if (ns < 0)
		out_char(o, '-');
	out_u64(o, v / NSEC_PER_SEC);
	out_char(o, '.');
	out_padded(o, v % NSEC_PER_SEC, 9);
}

static void put_tap_field(struct out *o, enum field f, const struct record *rec)
{
	const struct tap_header *t = &rec->tap;

	if (!rec->has_tap)
		return;
	switch (f) {
	case F_SEQ:
		out_u64(o, t->seq);
		break;
	case F_VERDICT:
		put_text(o, record_verdict_name(t->verdict));
		break;
	case F_REASON:
		put_text(o, t->reason ? record_reason_name(t->reason) : NULL);
		break;
	case F_RULE:
		put_u64(o, t->rule, t->rule);
		break;
	case F_PID:
		put_u64(o, t->pid, t->pid);
		break;
	case F_UID:
		put_u64(o, t->pid && t->uid != ~0u, t->uid);
		break;
	case F_COMM:
		put_str(o, t->comm);
		break;
	default:
		out_u64(o, t->n_recipients);
		break;
	}
}

/* of a reply, path, interface and member are those of its call */
static void put_field(struct out *o, enum field f, const struct sight *s)
{
	const struct record *rec = s->rec;
	const struct wire_msg *m = &rec->m;
	bool message = rec->what == RECORD_MESSAGE;

	if (f == F_TIME)
		put_seconds(o, (int64_t)rec->time);
	else if (f == F_NUMBER)
		out_u64(o, s->number);
	else if (f == F_BUS)
		out_word(o, s->bus->label, strlen(s->bus->label));
	else if (f == F_LENGTH)
		out_u64(o, rec->length);
	else if (f >= F_SEQ)
		put_tap_field(o, f, rec);
	if (!message)
		return;
	switch (f) {
	case F_TYPE:
		put_text(o, record_type_name(m->type));
		break;
	case F_FLAGS:
		out_u64(o, m->flags);
		break;
	case F_SERIAL:
		out_u64(o, m->serial);
		break;
	case F_REPLY_SERIAL:
		put_u64(o, m->reply_serial, m->reply_serial);
		break;
	case F_SENDER:
		put_str(o, m->sender);
		break;
	case F_SENDER_NAMES:
		put_names(o, s->bus, m->sender);
		break;
	case F_DESTINATION:
		put_str(o, m->destination);
		break;
	case F_DESTINATION_NAMES:
		put_names(o, s->bus, m->destination);
		break;
	case F_PATH:
		put_str(o, s->call ? s->call->path : m->path);
		break;
	case F_INTERFACE:
		put_str(o, s->call ? s->call->interface : m->interface);
		break;
	case F_MEMBER:
		put_str(o, s->call ? s->call->member : m->member);
		break;
	case F_ERROR_NAME:
		put_str(o, m->error_name);
		break;
	case F_SIGNATURE:
		put_str(o, m->signature);
		break;
	case F_UNIX_FDS:
		put_u64(o, m->unix_fds, m->unix_fds);
		break;
	case F_ARGS:
		if (record_has_header(rec))
			value_args(o, rec, SIZE_MAX / 2);
		break;
	case F_ELAPSED:
		if (s->call)
			put_seconds(o, (int64_t)(rec->time - s->call->time));
		break;
	default:
		break;
	}
}

void columns_print(struct out *o, const struct columns *c,
		   const struct sight *s)
{
	unsigned int i;

	o->hold = true;
	for (i = 0; i < c->n; i++) {
		if (i)
			out_char(o, '\t');
		put_field(o, (enum field)c->field[i], s);
	}
	out_char(o, '\n');
	o->hold = false;
	out_settle(o);
}

/* --- --profile ------------------------------------------------------------ */

static void put_tab(struct out *o, struct wire_str s)
{
	out_char(o, '\t');
	if (s.s)
		out_mem(o, s.s, s.len);
	else
		out_str(o, "<none>");
}

void profile_head(struct out *o)
{
	out_str(o, "#type\ttimestamp\tserial\tsender\tdestination\tpath\t"
		"interface\tmember\n#\t\t\t\t\tin_reply_to\n");
}

void profile_print(struct out *o, const struct record *rec)
{
	static const char *const kind[] = {
		[WIRE_METHOD_CALL] = "mc", [WIRE_METHOD_RETURN] = "mr",
		[WIRE_ERROR] = "err", [WIRE_SIGNAL] = "sig",
	};
	const struct wire_msg *m = &rec->m;

	if (rec->what != RECORD_MESSAGE || !record_has_header(rec) ||
	    m->type > WIRE_SIGNAL)
		return;
	out_str(o, kind[m->type]);
	out_char(o, '\t');
	out_u64(o, rec->time / NSEC_PER_SEC);
	out_char(o, '.');
	out_padded(o, rec->time % NSEC_PER_SEC / 1000, 6);
	out_char(o, '\t');
	out_u64(o, m->serial);
	put_tab(o, m->sender);
	put_tab(o, m->destination);
	if (m->type == WIRE_METHOD_RETURN || m->type == WIRE_ERROR) {
		out_char(o, '\t');
		out_u64(o, m->reply_serial);
	} else {
		put_tab(o, m->path);
		put_tab(o, m->interface);
		put_tab(o, m->member);
	}
	out_char(o, '\n');
	out_settle(o);
}
