// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tshark --export-objects dbus,FOLDER: what services say of themselves
 * (Introspect), and arrays of bytes: icons, keys, files.
 */
#include <epan/packet.h>
#include <epan/export_object.h>
#include <epan/tap.h>

#include "dissector/calls.h"
#include "dissector/compat.h"
#include "dissector/message.h"
#include "dissector/objects.h"
#include "dissector/preferences.h"
#include "dissector/text.h"

/**
 * struct object - what the tap tells of
 * @from: who sent it
 * @name: a name for the file
 * @content: its octets, in the message
 */
struct object {
	const char *from;
	const char *type;
	const char *name;
	struct wire_str content;
};

static int tap = -1;

static void tell(const struct message *msg, const char *type, const char *name,
		 struct wire_str content)
{
	struct object *o = wmem_new(msg->pinfo->pool, struct object);

	o->from = msg->m.sender.s ? message_string(msg, msg->m.sender) : "";
	o->type = type;
	o->name = name;
	o->content = content;
	tap_queue_packet(tap, msg->pinfo, o);
}

static bool is_introspection(const struct message *msg)
{
	const struct call *call = msg->call;

	return msg->m.type == WIRE_METHOD_RETURN && call && call->member &&
	       call->interface && !strcmp(call->member, "Introspect") &&
	       !strcmp(call->interface, "org.freedesktop.DBus.Introspectable");
}

/* Files can't have slashes in their names. */
static const char *file_name(const struct message *msg, const char *member,
			     const char *path, const char *suffix)
{
	char *name;

	name = wmem_strdup_printf(msg->pinfo->pool, "%u%s%s%s", msg->pinfo->num,
				  path, member, suffix);
	return g_strdelimit(name, "/", '.');
}

static const char *called(const struct message *msg)
{
	if (msg->m.member.s)
		return message_string(msg, msg->m.member);
	return msg->call && msg->call->member ? msg->call->member : "reply";
}

static void tell_bytes(const struct message *msg, const struct wire_value *v)
{
	struct wire_str s = text_octets(&msg->m, v);
	const char *name;

	if (s.len < preferences.object_min)
		return;
	name = wmem_strdup_printf(msg->pinfo->pool, "-arg%u-%u", v->arg,
				  v->off);
	tell(msg, text_is_printable(s) ? "text/plain" :
					 "application/octet-stream",
	     file_name(msg, called(msg), ".", name), s);
}

void objects_tell(const struct message *msg)
{
	enum wire_event event;
	struct wire_value v;
	struct wire_iter it;

	if (!have_tap_listener(tap) || msg->m.have < msg->m.body)
		return;
	wire_iter_init(&it, &msg->m);
	do {
		event = wire_next(&it, &v);
		if (event == WIRE_VALUE && !v.depth && v.type == 's' &&
		    is_introspection(msg))
			tell(msg, "text/xml",
			     file_name(msg, "", msg->call->path ?
				       msg->call->path : "", ".xml"), v.str);
		if (event == WIRE_OPEN && text_is_bytes(&v)) {
			tell_bytes(msg, &v);
			event = wire_leave_array(&it, &v);
		}
	} while (event != WIRE_DONE && event != WIRE_BAD);
}

static tap_packet_status take(void *tapdata, packet_info *pinfo,
			      epan_dissect_t *edt, const void *data,
			      tap_flags_t flags)
{
	export_object_list_t *list = tapdata;
	const struct object *o = data;
	export_object_entry_t *entry = g_new0(export_object_entry_t, 1);

	entry->pkt_num = pinfo->num;
	entry->hostname = g_strdup(o->from);
	entry->content_type = g_strdup(o->type);
	entry->filename = g_strdup(o->name);
	entry->payload_len = o->content.len;
	entry->payload_data = g_memdup2(o->content.s, o->content.len);
	list->add_entry(list->gui_data, entry);
	return TAP_PACKET_REDRAW;
}

void objects_register(int proto)
{
	tap = register_export_object(proto, take, NULL);
}
