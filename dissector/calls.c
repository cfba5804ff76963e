// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls and their replies. A reply is known by the bus, the caller and the
 * serial of the call. Frames are met in their order once; what was found then
 * is kept with the frame, for they are dissected again in any order.
 */
#include <epan/packet.h>
#include <epan/expert.h>
#include <epan/proto_data.h>
#include <epan/wmem_scopes.h>

#include <linux/dbus.h>

#include "dissector/bus.h"
#include "dissector/calls.h"
#include "dissector/compat.h"
#include "dissector/message.h"
#include "dissector/preferences.h"
#include "dissector/record.h"
#include "wire/iter.h"

#define NO_REPLY "org.freedesktop.DBus.Error.NoReply"

static int proto_dbus;

static int hf_response_in = -1;
static int hf_response_to = -1;
static int hf_response_time = -1;

static expert_field ei_unanswered = EI_INIT;
static expert_field ei_unrequested = EI_INIT;
static expert_field ei_call_not_seen = EI_INIT;
static expert_field ei_second = EI_INIT;
static expert_field ei_late = EI_INIT;
static expert_field ei_not_wanted = EI_INIT;
static expert_field ei_slow = EI_INIT;

/* What the replies of a caller are compared with: what it has called so far */
struct caller {
	uint32_t first_serial;
};

static unsigned int call_hash(const void *key)
{
	const struct call *c = key;

	return g_direct_hash(c->caller) * 31 + c->serial * 2654435761u;
}

static int call_equal(const void *a, const void *b)
{
	const struct call *c = a, *d = b;

	return c->caller == d->caller && c->serial == d->serial;
}

static const char *intern(struct wire_str s)
{
	return s.s ? bus_intern(s.s, s.len) : NULL;
}

/* Who made the call that this is, or that this answers */
static const char *caller_of(const struct message *msg)
{
	bool is_call = msg->m.type == WIRE_METHOD_CALL;
	const char *name = intern(is_call ? msg->m.sender : msg->m.destination);
	const struct record *r = msg->record;

	if (msg->side[0])
		return msg->side[is_call ? 0 : 1];
	if (!name && r)
		name = record_peer_name(is_call ? r->sender : r->receiver,
					msg->pinfo->pool);
	return bus_intern(name ? name : "", name ? strlen(name) : 0);
}

/* The @n-th argument, if it is a string */
static const char *argument(const struct message *msg, int n)
{
	struct wire_value v;
	struct wire_iter it;

	wire_iter_init(&it, &msg->m);
	do {
		if (wire_next(&it, &v) != WIRE_VALUE || v.type != 's')
			return NULL;
	} while (n--);
	return bus_intern(v.str.s, v.str.len);
}

static const char *needed_argument(const struct message *msg)
{
	if (wire_str_is(msg->m.destination, "org.freedesktop.DBus"))
		return argument(msg, 0);
	if (wire_str_is(msg->m.interface, "org.freedesktop.DBus.Properties") &&
	    wire_str_is(msg->m.member, "Get"))
		return argument(msg, 1);
	return NULL;
}

static struct call *call_new(const struct message *msg)
{
	struct call *call = wmem_new0(wmem_file_scope(), struct call);

	call->bus = msg->bus;
	call->caller = caller_of(msg);
	call->serial = msg->m.serial;
	call->frame = msg->pinfo->num;
	call->time = msg->pinfo->abs_ts;
	call->destination = intern(msg->m.destination);
	call->path = intern(msg->m.path);
	call->interface = intern(msg->m.interface);
	call->member = intern(msg->m.member);
	call->argument = needed_argument(msg);
	call->not_expected = msg->m.flags & WIRE_NO_REPLY_EXPECTED;
	return call;
}

static wmem_map_t *calls_of(struct bus *bus)
{
	if (!bus->calls)
		bus->calls = wmem_map_new(wmem_file_scope(), call_hash,
					  call_equal);
	return bus->calls;
}

static struct call *learn_call(const struct message *msg)
{
	struct call *call = call_new(msg);
	struct caller *caller;

	/* the key is in the call: an older one of this serial must go first */
	wmem_map_remove(calls_of(msg->bus), call);
	wmem_map_insert(calls_of(msg->bus), call, call);
	caller = wmem_map_lookup(msg->bus->callers, call->caller);
	if (!caller) {
		caller = wmem_new(wmem_file_scope(), struct caller);
		caller->first_serial = call->serial;
		wmem_map_insert(msg->bus->callers, call->caller, caller);
	}
	return call;
}

static struct call *learn_reply(const struct message *msg)
{
	struct call key = {
		.caller = caller_of(msg),
		.serial = msg->m.reply_serial,
	};
	struct call *call = wmem_map_lookup(calls_of(msg->bus), &key);

	if (call && !call->reply_frame) {
		call->reply_frame = msg->pinfo->num;
		call->reply_time = msg->pinfo->abs_ts;
		call->by_error = msg->m.type == WIRE_ERROR;
		call->no_reply = wire_str_is(msg->m.error_name, NO_REPLY);
	}
	return call;
}

static bool is_call(const struct message *msg)
{
	return msg->m.type == WIRE_METHOD_CALL && msg->m.serial;
}

static bool is_reply(const struct message *msg)
{
	return (msg->m.type == WIRE_METHOD_RETURN ||
		msg->m.type == WIRE_ERROR) && msg->m.reply_serial;
}

/* Several messages may be in one frame of a stream. */
static uint32_t key_of(const struct message *msg)
{
	return 1 + (uint32_t)tvb_raw_offset(msg->tvb);
}

void calls_take(struct message *msg)
{
	struct call *call;

	if (!is_call(msg) && !is_reply(msg))
		return;
	if (PINFO_FD_VISITED(msg->pinfo)) {
		msg->call = p_get_proto_data(wmem_file_scope(), msg->pinfo,
					     proto_dbus, key_of(msg));
		return;
	}
	call = is_call(msg) ? learn_call(msg) : learn_reply(msg);
	msg->call = call;
	if (call)
		p_add_proto_data(wmem_file_scope(), msg->pinfo, proto_dbus,
				 key_of(msg), call);
}

bool calls_time(const struct message *msg, nstime_t *delta)
{
	const struct call *call = msg->call;

	if (!call || !is_reply(msg) || call->reply_frame != msg->pinfo->num)
		return false;
	nstime_delta(delta, &call->reply_time, &call->time);
	return true;
}

bool calls_wants_answer(const struct message *msg)
{
	return msg->call && is_call(msg) && !msg->call->not_expected;
}

bool calls_is_unanswered(const struct message *msg)
{
	const struct record *r = msg->record;

	return calls_wants_answer(msg) && PINFO_FD_VISITED(msg->pinfo) &&
	       !msg->call->reply_frame &&
	       (!r || r->verdict == DBUSMON_DELIVERED ||
		r->verdict == DBUSMON_QUEUED);
}

/* --- Display -------------------------------------------------------------- */

static void show_frame(const struct message *msg, int hf, uint32_t frame)
{
	proto_item_set_generated(
		proto_tree_add_uint(msg->tree, hf, msg->tvb, 0, 0, frame));
}

/* Known for certain only when the file has been read to its end */
static void show_answer(struct message *msg)
{
	const struct call *call = msg->call;

	if (!PINFO_FD_VISITED(msg->pinfo))
		return;
	if (call->reply_frame)
		show_frame(msg, hf_response_in, call->reply_frame);
	else if (calls_is_unanswered(msg))
		expert_add_info(msg->pinfo, msg->item, &ei_unanswered);
}

static void show_time(struct message *msg, const nstime_t *delta)
{
	double ms = nstime_to_msec(delta);
	proto_item *item;

	item = proto_tree_add_time(msg->tree, hf_response_time, msg->tvb, 0, 0,
				   delta);
	proto_item_set_generated(item);
	if (preferences.slow_ms && ms > preferences.slow_ms)
		expert_add_info_format(msg->pinfo, item, &ei_slow,
				       "Answered after %.3f s", ms / 1000);
}

/* A reply, but not the first, or not wanted */
static void judge_reply(struct message *msg)
{
	const struct call *call = msg->call;

	if (call->reply_frame != msg->pinfo->num) {
		if (call->no_reply)
			expert_add_info_format(msg->pinfo, msg->item, &ei_late,
					       "Late: the bus answered this call in frame %u already",
					       call->reply_frame);
		else
			expert_add_info_format(msg->pinfo, msg->item,
					       &ei_second,
					       "Second reply to this call, the first is in frame %u",
					       call->reply_frame);
	}
	if (call->not_expected && msg->m.type == WIRE_METHOD_RETURN)
		expert_add_info(msg->pinfo, msg->item, &ei_not_wanted);
}

/* Calls from before the capture are no fault, later ones would be known. */
static void judge_lone_reply(struct message *msg)
{
	const struct caller *caller = wmem_map_lookup(msg->bus->callers,
						      caller_of(msg));

	if (caller && msg->m.reply_serial > caller->first_serial)
		expert_add_info(msg->pinfo, msg->item, &ei_unrequested);
	else
		expert_add_info(msg->pinfo, msg->item, &ei_call_not_seen);
}

static void show_reply(struct message *msg)
{
	nstime_t delta;

	if (!msg->call) {
		judge_lone_reply(msg);
		return;
	}
	show_frame(msg, hf_response_to, msg->call->frame);
	if (calls_time(msg, &delta))
		show_time(msg, &delta);
	judge_reply(msg);
}

void calls_show(struct message *msg)
{
	if (is_reply(msg))
		show_reply(msg);
	else if (msg->call)
		show_answer(msg);
}

void calls_register(int proto)
{
	static hf_register_info hf[] = {
		{ &hf_response_in, { "Response in", "dbus.response_in",
			FT_FRAMENUM, BASE_NONE,
			FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0,
			"The reply to this call", HFILL } },
		{ &hf_response_to, { "Response to", "dbus.response_to",
			FT_FRAMENUM, BASE_NONE,
			FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0,
			"The call that this answers", HFILL } },
		{ &hf_response_time, { "Response time", "dbus.response_time",
			FT_RELATIVE_TIME, BASE_NONE, NULL, 0,
			"From the call to its reply", HFILL } },
	};
	static ei_register_info ei[] = {
		{ &ei_unanswered, { "dbus.unanswered",
			PI_RESPONSE_CODE, PI_WARN,
			"This capture holds no reply to this call", EXPFILL } },
		{ &ei_unrequested, { "dbus.unrequested",
			PI_SEQUENCE, PI_WARN,
			"A reply that nobody asked for", EXPFILL } },
		{ &ei_call_not_seen, { "dbus.call_not_seen",
			PI_SEQUENCE, PI_CHAT,
			"The call is not in this capture", EXPFILL } },
		{ &ei_second, { "dbus.second_reply", PI_SEQUENCE, PI_WARN,
			"Second reply to a call", EXPFILL } },
		{ &ei_late, { "dbus.late_reply", PI_SEQUENCE, PI_WARN,
			"Late reply", EXPFILL } },
		{ &ei_not_wanted, { "dbus.reply_not_wanted",
			PI_SEQUENCE, PI_NOTE,
			"The caller had asked for no reply", EXPFILL } },
		{ &ei_slow, { "dbus.slow", PI_RESPONSE_CODE, PI_WARN,
			"Slow reply", EXPFILL } },
	};

	proto_dbus = proto;
	proto_register_field_array(proto, hf, array_length(hf));
	expert_register_field_array(expert_register_protocol(proto), ei,
				    array_length(ei));
}
