// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls.h"

#include <stdlib.h>

#include "wire/match.h"

/* A call whose reply never comes is kept for so many more calls. */
#define CALLS_MAX 32768u

static uint32_t call_hash(struct wire_str caller, uint32_t serial)
{
	return table_hash(caller.s, caller.len, serial);
}

static struct call *call_find(const struct calls *c, struct wire_str caller,
			      uint32_t serial)
{
	uint32_t hash = call_hash(caller, serial);
	struct table_entry *e;

	for (e = table_first(&c->table, hash); e; e = e->next) {
		struct call *call = table_of(e, struct call, entry);

		if (e->hash == hash && call->serial == serial &&
		    call->caller.len == caller.len &&
		    !memcmp(call->caller.s, caller.s, caller.len))
			return call;
	}
	return NULL;
}

static void call_unlink(struct calls *c, struct call *call)
{
	table_del(&c->table, &call->entry);
	if (call->older)
		call->older->newer = call->newer;
	else
		c->oldest = call->newer;
	if (call->newer)
		call->newer->older = call->older;
	else
		c->newest = call->older;
}

static struct wire_str keep(char **to, struct wire_str s)
{
	struct wire_str kept = { NULL, 0 };

	if (!s.s)
		return kept;
	kept.s = memcpy(*to, s.s, s.len);
	kept.len = s.len;
	*to += s.len;
	return kept;
}

/* Only these tell, by their reply, who owns a name. */
static enum call_ask call_ask(const struct wire_msg *m, struct wire_str *name)
{
	static const struct {
		const char *member;
		enum call_ask ask;
	} asks[] = {
		{ "GetNameOwner", CALL_ASK_OWNER },
		{ "RequestName", CALL_ASK_REQUEST },
		{ "ReleaseName", CALL_ASK_RELEASE },
		{ "GetConnectionUnixProcessID", CALL_ASK_PID },
		{ "GetConnectionUnixUser", CALL_ASK_UID },
		{ "GetConnectionCredentials", CALL_ASK_CREDENTIALS },
	};
	enum call_ask ask = CALL_ASK_NOTHING;
	struct wire_args args;
	size_t i;

	if (!wire_str_is(m->destination, "org.freedesktop.DBus"))
		return ask;
	for (i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
		if (wire_str_is(m->member, asks[i].member))
			ask = asks[i].ask;
	if (ask == CALL_ASK_NOTHING)
		return ask;
	wire_args_get(&args, m);
	if (!args.n || args.arg[0].type != 's' || !args.arg[0].str.s)
		return CALL_ASK_NOTHING;
	*name = args.arg[0].str;
	return ask;
}

struct call *calls_add(struct calls *c, const struct record *rec)
{
	static const struct wire_str nobody = { "", 0 };
	const struct wire_msg *m = &rec->m;
	struct wire_str caller = m->sender.s ? m->sender : nobody;
	struct wire_str asked = { NULL, 0 };
	enum call_ask ask;
	struct call *call;
	char *text;

	if (m->flags & WIRE_NO_REPLY_EXPECTED)
		return NULL;
	call = call_find(c, caller, m->serial);
	if (!call && c->table.count >= CALLS_MAX)
		call = c->oldest;
	if (call) {
		call_unlink(c, call);
		free(call);
	}
	ask = call_ask(m, &asked);
	call = malloc(sizeof(*call) + caller.len + m->destination.len +
		      m->path.len + m->interface.len + m->member.len +
		      asked.len);
	if (!call)
		return NULL;
	call->time = rec->time;
	call->mark = 0;
	call->serial = m->serial;
	call->ask = (uint8_t)ask;
	call->matched = false;
	text = call->text;
	call->caller = keep(&text, caller);
	call->destination = keep(&text, m->destination);
	call->path = keep(&text, m->path);
	call->interface = keep(&text, m->interface);
	call->member = keep(&text, m->member);
	call->asked = keep(&text, asked);
	if (!table_add(&c->table, &call->entry, call_hash(caller, m->serial))) {
		free(call);
		return NULL;
	}
	call->older = c->newest;
	call->newer = NULL;
	if (c->newest)
		c->newest->newer = call;
	else
		c->oldest = call;
	c->newest = call;
	return call;
}

struct call *calls_take(struct calls *c, const struct record *rec)
{
	static const struct wire_str nobody = { "", 0 };
	const struct wire_msg *m = &rec->m;
	struct call *call = NULL;

	if (m->destination.s)
		call = call_find(c, m->destination, m->reply_serial);
	/* captured at the caller's own socket: the call had no sender yet */
	if (!call)
		call = call_find(c, nobody, m->reply_serial);
	if (call)
		call_unlink(c, call);
	return call;
}

void calls_free(struct calls *c)
{
	struct call *call = c->oldest, *next;

	for (; call; call = next) {
		next = call->newer;
		free(call);
	}
	table_free(&c->table);
	c->oldest = NULL;
	c->newest = NULL;
}
