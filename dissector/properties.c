// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * org.freedesktop.DBus.Properties and .ObjectManager: which values of a message
 * are properties.
 */
#include "dissector/calls.h"
#include "dissector/message.h"
#include "dissector/properties.h"

/* By type of message, interface, member, signature: where they stand */
static const struct place {
	uint8_t type;
	const char *interface;
	const char *member;
	const char *signature;
	struct properties p;
} places[] = {
	{ WIRE_SIGNAL, "org.freedesktop.DBus.Properties",
	  "PropertiesChanged", "sa{sv}as", { 1, 1, 2, -1, -1, NULL } },
	{ WIRE_METHOD_CALL, "org.freedesktop.DBus.Properties",
	  "Set", "ssv", { -1, -1, -1, 1, 2, NULL } },
	{ WIRE_METHOD_CALL, "org.freedesktop.DBus.Properties",
	  "Get", "ss", { -1, -1, -1, 1, -1, NULL } },
	{ WIRE_METHOD_RETURN, "org.freedesktop.DBus.Properties",
	  "Get", "v", { -1, -1, -1, -1, 0, NULL } },
	{ WIRE_METHOD_RETURN, "org.freedesktop.DBus.Properties",
	  "GetAll", "a{sv}", { 0, 1, -1, -1, -1, NULL } },
	{ WIRE_SIGNAL, "org.freedesktop.DBus.ObjectManager",
	  "InterfacesAdded", "oa{sa{sv}}", { 1, 3, -1, -1, -1, NULL } },
	{ WIRE_METHOD_RETURN, "org.freedesktop.DBus.ObjectManager",
	  "GetManagedObjects", "a{oa{sa{sv}}}", { 0, 5, -1, -1, -1, NULL } },
};

/* Of a reply, interface and member are those of the call. */
static bool is_called(const struct message *msg, const struct place *place)
{
	const struct call *call = msg->call;

	if (msg->m.type != WIRE_METHOD_RETURN)
		return wire_str_is(msg->m.member, place->member) &&
		       wire_str_is(msg->m.interface, place->interface);
	return call && call->member && call->interface &&
	       !strcmp(call->member, place->member) &&
	       !strcmp(call->interface, place->interface);
}

static bool is_at(const struct message *msg, const struct place *place)
{
	return msg->m.type == place->type &&
	       wire_str_is(msg->m.signature, place->signature) &&
	       is_called(msg, place);
}

void properties_find(struct properties *p, const struct message *msg)
{
	unsigned int i;

	*p = (struct properties){ -1, -1, -1, -1, -1, NULL };
	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (!is_at(msg, &places[i]))
			continue;
		*p = places[i].p;
		if (msg->call && msg->m.type == WIRE_METHOD_RETURN)
			p->name = msg->call->argument;
		return;
	}
}

static bool put_changed(struct text *t, struct wire_iter *it,
			struct wire_value *v, const char **between)
{
	while (wire_next(it, v) == WIRE_OPEN) {
		if (t->full)
			return false;
		if (wire_next(it, v) != WIRE_VALUE)
			return false;
		text_add(t, *between);
		*between = ", ";
		text_add_len(t, v->str.s, v->str.len);
		text_add(t, "=");
		if (wire_next(it, v) != WIRE_OPEN ||
		    !text_value(t, it, v, true) || t->full)
			return false;
		if (wire_next(it, v) != WIRE_CLOSE)
			return false;
	}
	return v->type == 'a';
}

static void put_invalidated(struct text *t, struct wire_iter *it,
			    struct wire_value *v, const char *between)
{
	while (wire_next(it, v) == WIRE_VALUE && !t->full) {
		text_add(t, between);
		between = ", ";
		text_add(t, "!");
		text_add_len(t, v->str.s, v->str.len);
	}
}

bool properties_line(const struct message *msg, struct text *t)
{
	const char *between = ": ";
	struct properties p;
	struct wire_value v;
	struct wire_iter it;

	properties_find(&p, msg);
	if (p.names_arg != 2)
		return false;
	wire_iter_init(&it, &msg->m);
	if (wire_next(&it, &v) != WIRE_VALUE)
		return false;
	text_add_len(t, v.str.s, v.str.len);
	if (wire_next(&it, &v) != WIRE_OPEN)
		return true;
	if (!put_changed(t, &it, &v, &between)) {
		text_add(t, "\xe2\x80\xa6");
		return true;
	}
	if (wire_next(&it, &v) == WIRE_OPEN)
		put_invalidated(t, &it, &v, between);
	return true;
}
