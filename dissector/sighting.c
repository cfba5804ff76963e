// SPDX-License-Identifier: GPL-2.0-or-later
/* What statistics are made of: one sighting for each message. */
#include <epan/packet.h>
#include <epan/tap.h>

#include <linux/dbus.h>

#include "dissector/bus.h"
#include "dissector/calls.h"
#include "dissector/compat.h"
#include "dissector/message.h"
#include "dissector/ownership.h"
#include "dissector/record.h"
#include "dissector/sighting.h"
#include "dissector/text.h"

static int tap = -1;

void sighting_register(void)
{
	tap = register_tap("dbus");
}

static const char *kept(const struct message *msg, struct wire_str s)
{
	const char *shown;

	if (!s.s)
		return NULL;
	shown = message_string(msg, s);
	return bus_intern(shown, strlen(shown));
}

static const char *sender_of(const struct message *msg)
{
	const char *unique = kept(msg, msg->m.sender), *name;

	if (!unique)
		return NULL;
	name = owned_first(msg->bus, unique, msg->pinfo->num);
	return name ? name : unique;
}

static const char *verdict_of(const struct message *msg)
{
	const char *verdict;

	if (!msg->record)
		return NULL;
	verdict = record_verdict(msg->record, msg->pinfo->pool);
	return verdict ? bus_intern(verdict, strlen(verdict)) : NULL;
}

void sighting_tell(const struct message *msg, const struct text *line)
{
	struct sighting *s;
	const struct call *call = msg->call;

	if (!have_tap_listener(tap))
		return;
	s = wmem_new0(msg->pinfo->pool, struct sighting);
	s->type = msg->m.type;
	s->interface = kept(msg, msg->m.interface);
	s->member = kept(msg, msg->m.member);
	if (call && msg->m.reply_serial) {
		s->interface = call->interface;
		s->member = call->member;
		s->service = call->destination;
	}
	s->error_name = msg->m.type == WIRE_ERROR ?
				kept(msg, msg->m.error_name) : NULL;
	s->sender = sender_of(msg);
	s->verdict = verdict_of(msg);
	s->line = wmem_strdup(msg->pinfo->pool, line->s);
	s->length = msg->m.len;
	s->is_answer = calls_time(msg, &s->time);
	s->wants_answer = calls_wants_answer(msg);
	s->unanswered = s->wants_answer && calls_is_unanswered(msg);
	copy_address_shallow(&s->src, &msg->pinfo->src);
	copy_address_shallow(&s->dst, &msg->pinfo->dst);
	tap_queue_packet(tap, msg->pinfo, s);
}
